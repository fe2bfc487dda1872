#include "support/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace rollcall::test {
namespace {

constexpr long day = 24L * 60 * 60;

template <class T>
T* made(T* object)
{
    return object ? object : throw std::runtime_error{"OpenSSL made nothing"};
}

void worked(int result)
{
    if (result <= 0)
        throw std::runtime_error{"OpenSSL refused"};
}

std::shared_ptr<EVP_PKEY> make_key()
{
    return {made(EVP_EC_gen("P-256")), EVP_PKEY_free};
}

template <class Write>
std::string pem(Write write)
{
    const std::unique_ptr<BIO, int (*)(BIO*)> out{made(BIO_new(BIO_s_mem())), BIO_free};
    worked(write(out.get()));
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string certificate_pem(X509* certificate)
{
    return pem([certificate](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

void extend(X509* certificate, X509* issuer, int what, const char* value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> extension{
        made(X509V3_EXT_conf_nid(nullptr, &context, what, value)), X509_EXTENSION_free};
    worked(X509_add_ext(certificate, extension.get(), -1));
}

std::shared_ptr<X509> unsigned_certificate(EVP_PKEY* key, const char* name, long serial, int ago)
{
    std::shared_ptr<X509> certificate{made(X509_new()), X509_free};
    worked(X509_set_version(certificate.get(), X509_VERSION_3));
    worked(ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial));
    made(X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -(ago + 1) * day));
    made(X509_gmtime_adj(X509_getm_notAfter(certificate.get()), (ago > 0 ? -ago : 1) * day));
    worked(X509_set_pubkey(certificate.get(), key));
    worked(X509_NAME_add_entry_by_txt(
        X509_get_subject_name(certificate.get()),
        "CN",
        MBSTRING_UTF8,
        reinterpret_cast<const unsigned char*>(name),
        -1,
        -1,
        0
    ));
    return certificate;
}

}  // namespace

authority::authority() : key_{make_key()}, self_{unsigned_certificate(key_.get(), "Test CA", 1, 0)}
{
    worked(X509_set_issuer_name(self_.get(), X509_get_subject_name(self_.get())));
    extend(self_.get(), self_.get(), NID_basic_constraints, "critical,CA:TRUE");
    extend(self_.get(), self_.get(), NID_key_usage, "critical,keyCertSign");
    worked(X509_sign(self_.get(), key_.get(), EVP_sha256()));
    root_ = certificate_pem(self_.get());
}

identity authority::issue(const std::string& names, int ago) const
{
    const auto key = make_key();
    const auto certificate = unsigned_certificate(key.get(), "localhost", 2, ago);
    worked(X509_set_issuer_name(certificate.get(), X509_get_subject_name(self_.get())));
    if (!names.empty())
        extend(certificate.get(), self_.get(), NID_subject_alt_name, names.c_str());
    worked(X509_sign(certificate.get(), key_.get(), EVP_sha256()));
    const auto write_key = [&key](BIO* out) {
        return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    };
    return {.certificate = certificate_pem(certificate.get()), .key = pem(write_key)};
}

}  // namespace rollcall::test
