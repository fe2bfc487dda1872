#include "settings/ca_file.hpp"

#include "settings/file_text.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace rollcall {
namespace {

constexpr const char* expected = ", should hold certificates in PEM";

enum class content { none, good, damaged };

content read_certificates(const std::string& pem)
{
    const std::unique_ptr<BIO, int (*)(BIO*)> in{
        ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), ::BIO_free};
    auto found = content::none;
    ::ERR_clear_error();
    while (X509* one = ::PEM_read_bio_X509_AUX(in.get(), nullptr, nullptr, nullptr)) {
        ::X509_free(one);
        found = content::good;
    }
    const bool at_end = ERR_GET_REASON(::ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ::ERR_clear_error();
    return at_end ? found : content::damaged;
}

}  // namespace

std::string ca_file_fault(const std::filesystem::path& path)
{
    const auto text = read_file_text(path, max_ca_file_bytes);
    if (!text && text.error().is == file_fault::kind::irregular)
        return std::string{"names what is no regular file"} + expected;
    if (!text)
        return "names a file" + text.error().what + expected;
    switch (read_certificates(*text)) {
        case content::good:
            break;
        case content::none:
            return std::string{"names a file without a certificate"} + expected;
        case content::damaged:
            return std::string{"names a file with a certificate that cannot be read"} + expected;
    }
    return {};
}

}  // namespace rollcall
