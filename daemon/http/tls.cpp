#include "http/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <new>
#include <stdexcept>
#include <string_view>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;

// https://wiki.mozilla.org/Security/Server_Side_TLS, version 5.7, without its DHE suites. Those of
// TLS 1.3 are OpenSSL's own: all of them are AEAD.
constexpr auto ciphers_of_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr auto groups = "X25519:P-256:P-384";

[[noreturn]] void refuse(const std::string& what)
{
    const char* reason = ::ERR_reason_error_string(::ERR_peek_last_error());
    const std::string words = reason != nullptr ? reason : "unknown";
    ::ERR_clear_error();
    throw std::invalid_argument{what + ": " + words};
}

using bio_ptr = std::unique_ptr<BIO, int (*)(BIO*)>;
using certificate_ptr = std::unique_ptr<X509, void (*)(X509*)>;

bio_ptr reading(const std::string& pem)
{
    return {::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), ::BIO_free};
}

certificate_ptr next_certificate(BIO* from)
{
    return {::PEM_read_bio_X509_AUX(from, nullptr, nullptr, nullptr), ::X509_free};
}

// A key that is locked with a passphrase is refused, not asked for at a terminal.
int no_passphrase(char* /*into*/, int /*size*/, int /*writing*/, void* /*context*/)
{
    return -1;
}

// OpenSSL has found no more certificates; one that is there and damaged ends the reading, too.
void expect_the_end(const char* otherwise)
{
    if (ERR_GET_REASON(::ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        refuse(otherwise);
    ::ERR_clear_error();
}

void use_chain(SSL_CTX* context, const std::string& pem)
{
    const auto in = reading(pem);
    const auto own = next_certificate(in.get());
    if (!own || ::SSL_CTX_use_certificate(context, own.get()) != 1)
        refuse("the certificate cannot be used");
    while (const auto between = next_certificate(in.get()))
        if (::SSL_CTX_add1_chain_cert(context, between.get()) != 1)
            refuse("a certificate of the chain cannot be used");
    expect_the_end("a certificate of the chain cannot be read");
}

void use_key(SSL_CTX* context, const std::string& pem)
{
    const auto in = reading(pem);
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{
        ::PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr), ::EVP_PKEY_free};
    if (!key || ::SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
        ::SSL_CTX_check_private_key(context) != 1)
        refuse("the key cannot be used");
}

void ask_clients(SSL_CTX* context, const std::string& ca, bool required)
{
    const auto in = reading(ca);
    bool any = false;
    while (const auto root = next_certificate(in.get())) {
        if (::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context), root.get()) != 1 ||
            ::SSL_CTX_add_client_CA(context, root.get()) != 1)
            refuse("a certificate of client_ca cannot be used");
        any = true;
    }
    if (!any)
        refuse("client_ca holds no certificate");
    expect_the_end("a certificate of client_ca cannot be read");
    const int refusing = required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | refusing, nullptr);
}

// Who offers protocols, and HTTP/1.1 is not among them, would not understand us (RFC 7301).
int choose_http(
    SSL* /*connection*/,
    const unsigned char** chosen,
    unsigned char* chosen_size,
    const unsigned char* offered,
    unsigned int offered_size,
    void* /*context*/
)
{
    static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* found = nullptr;
    const int outcome = ::SSL_select_next_proto(
        &found, chosen_size, ours.data(), ours.size(), offered, offered_size
    );
    if (outcome != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

// In place of all that OpenSSL checks. The store holds the one certificate and nothing else.
int is_pinned(X509_STORE_CTX* shown, void* /*context*/)
{
    const auto* const all = ::X509_STORE_get0_objects(::X509_STORE_CTX_get0_store(shown));
    const auto* const pinned = ::X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, 0));
    const auto* const own = ::X509_STORE_CTX_get0_cert(shown);
    if (own != nullptr && ::X509_cmp(own, pinned) == 0)
        return 1;
    ::X509_STORE_CTX_set_error(shown, X509_V_ERR_CERT_REJECTED);
    return 0;
}

// Trusts nobody yet.
asio::ssl::context client_context()
{
    asio::ssl::context context{asio::ssl::context::tls_client};
    auto* const native = context.native_handle();
    ::SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    ::SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    context.set_verify_mode(asio::ssl::verify_peer);
    return context;
}

void limit_protocol(SSL_CTX* context, bool only_1_3)
{
    ::SSL_CTX_set_min_proto_version(context, only_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    // A connection that ends without a farewell is an end all the same: HTTP says how long a
    // request is.
    ::SSL_CTX_set_options(
        context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF
    );
    if (::SSL_CTX_set_cipher_list(context, ciphers_of_1_2) != 1 ||
        ::SSL_CTX_set1_groups_list(context, groups) != 1)
        refuse("the ciphers cannot be had");
    ::SSL_CTX_set_alpn_select_cb(context, choose_http, nullptr);
}

// Tickets only: nothing is kept of a client. They count as long as the context that made them, so
// that a certificate that is replaced, or an authority that is no longer trusted, is noticed.
void keep_no_sessions(SSL_CTX* context)
{
    static constexpr std::string_view name = "rollcall";
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    ::SSL_CTX_set_session_id_context(
        context, reinterpret_cast<const unsigned char*>(name.data()), name.size()
    );
}

}  // namespace

tls_context make_server_context(const tls_offer& offer)
{
    ::ERR_clear_error();
    tls_context made{::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free};
    auto* const context = made.get();
    if (context == nullptr)
        throw std::bad_alloc{};
    limit_protocol(context, offer.only_1_3);
    keep_no_sessions(context);
    ::SSL_CTX_set_mode(
        context,
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
            SSL_MODE_RELEASE_BUFFERS
    );
    ::SSL_CTX_set_read_ahead(context, 1);
    use_chain(context, offer.certificate);
    use_key(context, offer.key);
    if (!offer.client_ca.empty())
        ask_clients(context, offer.client_ca, offer.client_required);
    return made;
}

asio::ssl::context make_client_context(const std::string& ca_file)
{
    auto context = client_context();
    if (ca_file.empty()) {
        context.set_default_verify_paths();
        return context;
    }
    boost::system::error_code ec;
    context.load_verify_file(ca_file, ec);
    if (ec)
        throw std::invalid_argument{
            "no certificates can be read from " + ca_file + ": " + ec.message()};
    return context;
}

asio::ssl::context make_pinned_context(const std::string& pem)
{
    auto context = client_context();
    auto* const native = context.native_handle();
    const auto in = reading(pem);
    const auto pinned = next_certificate(in.get());
    if (!pinned || ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(native), pinned.get()) != 1)
        refuse("the certificate cannot be used");
    ::SSL_CTX_set_cert_verify_callback(native, is_pinned, nullptr);
    return context;
}

error_code expect_host(SSL* connection, const std::string& host)
{
    auto* const checks = ::SSL_get0_param(connection);
    ::X509_VERIFY_PARAM_set_hostflags(
        checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
    );
    boost::system::error_code is_name;
    asio::ip::make_address(host, is_name);
    const bool set = is_name
                         ? ::X509_VERIFY_PARAM_set1_host(checks, host.c_str(), host.size()) == 1 &&
                               SSL_set_tlsext_host_name(connection, host.c_str()) == 1
                         : ::X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str()) == 1;
    ::ERR_clear_error();
    return set ? error_code{} : error_code{errc::tls_failed};
}

std::string certificate_trouble(const SSL* connection)
{
    const auto verdict = ::SSL_get_verify_result(connection);
    return verdict == X509_V_OK ? std::string{} : ::X509_verify_cert_error_string(verdict);
}

}  // namespace rollcall::http
