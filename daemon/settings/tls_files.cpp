#include "settings/tls_files.hpp"

#include "settings/ca_file.hpp"
#include "settings/file_text.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <optional>
#include <utility>

namespace rollcall {
namespace {

constexpr std::size_t most_bytes = 256UL * 1024;  // a chain is some 10 KiB

constexpr const char* a_certificate = ", should hold a certificate in PEM";
constexpr const char* a_key = ", should hold the key of the certificate, in PEM";

using bio_ptr = std::unique_ptr<BIO, int (*)(BIO*)>;
using certificate_ptr = std::unique_ptr<X509, void (*)(X509*)>;
using key_ptr = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

bio_ptr reading(const std::string& pem)
{
    return {::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), ::BIO_free};
}

certificate_ptr first_certificate(const std::string& pem)
{
    certificate_ptr read{
        ::PEM_read_bio_X509_AUX(reading(pem).get(), nullptr, nullptr, nullptr), ::X509_free};
    ::ERR_clear_error();
    return read;
}

// Asks nobody for a passphrase, and remembers that there was one to ask for.
int note_lock(char* /*into*/, int /*size*/, int /*writing*/, void* noted)
{
    *static_cast<bool*>(noted) = true;
    return -1;
}

key_ptr key_in(const std::string& pem, bool& locked)
{
    key_ptr read{
        ::PEM_read_bio_PrivateKey(reading(pem).get(), nullptr, note_lock, &locked),
        ::EVP_PKEY_free};
    ::ERR_clear_error();
    return read;
}

timestamp time_of(const ASN1_TIME* at)
{
    std::tm parts{};
    if (::ASN1_TIME_to_tm(at, &parts) != 1)
        return {};
    return timestamp{std::chrono::seconds{::timegm(&parts)}};
}

/// What is wrong with the certificate; empty where nothing is.
std::string certificate_fault(const X509* certificate, timestamp now)
{
    if (certificate == nullptr)
        return std::string{"names a file without a certificate that can be read"} + a_certificate;
    const auto from = time_of(::X509_get0_notBefore(certificate));
    const auto until = time_of(::X509_get0_notAfter(certificate));
    if (now > until)
        return "names a certificate that expired at " + to_rfc3339(until) +
               ", should hold one that counts";
    if (now < from)
        return "names a certificate that counts only from " + to_rfc3339(from) +
               ", should hold one that counts now";
    return {};
}

/// What is wrong with the key; empty where nothing is.
std::string key_fault(const std::string& pem, const X509* certificate)
{
    bool locked = false;
    const auto key = key_in(pem, locked);
    if (locked)
        return std::string{"names a key that is locked with a passphrase"} + a_key;
    if (!key)
        return std::string{"names no private key that can be read"} + a_key;
    const bool matches =
        certificate == nullptr || ::X509_check_private_key(certificate, key.get()) == 1;
    ::ERR_clear_error();
    return matches ? std::string{} : "does not belong to the certificate, should be its key";
}

// Reads the three files one after the other; what cannot be read is kept as it was.
class file_reader {
public:
    void read(const char* setting, const std::string& file, const char* expected, std::string& into)
    {
        if (file.empty())
            return;
        auto text = read_file_text(file, most_bytes);
        if (text)
            into = std::move(*text);
        else if (text.error().is == file_fault::kind::irregular)
            add(setting, std::string{"names what is no regular file"} + expected);
        else
            add(setting, "names a file" + text.error().what + expected);
    }
    void add(const char* setting, std::string what)
    {
        if (!what.empty())
            faults.push_back({setting, std::move(what)});
    }
    bool failed(std::string_view setting) const
    {
        for (const auto& fault : faults)
            if (fault.setting == setting)
                return true;
        return false;
    }

    std::vector<tls_fault> faults;
};

}  // namespace

boost::system::result<tls_settings, std::vector<tls_fault>> read_tls_files(
    tls_settings of, timestamp now
)
{
    file_reader files;
    files.read("certificate", of.certificate_file, a_certificate, of.certificate);
    files.read("key", of.key_file, a_key, of.key);
    if (!of.client_ca_file.empty()) {
        files.add("client_ca", ca_file_fault(of.client_ca_file));
        if (!files.failed("client_ca"))
            files.read("client_ca", of.client_ca_file, "", of.client_ca);
    }
    const auto certificate = first_certificate(of.certificate);
    if (!of.certificate.empty() && !files.failed("certificate"))
        files.add("certificate", certificate_fault(certificate.get(), now));
    if (!of.key.empty() && !files.failed("key"))
        files.add("key", key_fault(of.key, certificate.get()));
    if (!files.faults.empty())
        return std::move(files.faults);
    return of;
}

timestamp expiry_of(const std::string& certificate)
{
    const auto first = first_certificate(certificate);
    return first ? time_of(::X509_get0_notAfter(first.get())) : timestamp{};
}

}  // namespace rollcall
