#include "support/tls_client.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <stdexcept>

namespace rollcall::test {
namespace {

constexpr timeval patience{.tv_sec = 10, .tv_usec = 0};

using bio_ptr = std::unique_ptr<BIO, int (*)(BIO*)>;
using certificate_ptr = std::unique_ptr<X509, void (*)(X509*)>;

bio_ptr reading(const std::string& pem)
{
    return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free};
}

certificate_ptr certificate_in(const std::string& pem)
{
    return {PEM_read_bio_X509(reading(pem).get(), nullptr, nullptr, nullptr), X509_free};
}

void show(SSL_CTX* context, const identity& own)
{
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{
        PEM_read_bio_PrivateKey(reading(own.key).get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
    if (SSL_CTX_use_certificate(context, certificate_in(own.certificate).get()) != 1 ||
        SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        throw std::runtime_error{"no identity to show"};
}

std::shared_ptr<SSL_CTX> make_context(const tls_manner& how)
{
    std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    // Debian lets nobody ask for TLS 1.1 otherwise.
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), how.least);
    SSL_CTX_set_max_proto_version(context.get(), how.most);
    if (!how.ciphers.empty() && SSL_CTX_set_cipher_list(context.get(), how.ciphers.c_str()) != 1)
        throw std::runtime_error{"no such ciphers"};
    if (!how.ca.empty()) {
        const auto ca = certificate_in(how.ca);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), ca.get());
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    }
    if (!how.own.certificate.empty())
        show(context.get(), how.own);
    std::string protocols;
    for (const auto& one : how.protocols)
        protocols.append(1, static_cast<char>(one.size())).append(one);
    const auto* bytes = reinterpret_cast<const unsigned char*>(protocols.data());
    if (!protocols.empty())
        SSL_CTX_set_alpn_protos(context.get(), bytes, static_cast<unsigned>(protocols.size()));
    return context;
}

std::shared_ptr<int> connect_to(const boost::asio::ip::tcp::endpoint& server)
{
    const int made = ::socket(server.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::shared_ptr<int> socket{new int{made}, [](const int* fd) {
                                    ::close(*fd);
                                    delete fd;
                                }};
    ::setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(made, server.data(), static_cast<socklen_t>(server.size())) != 0)
        throw std::runtime_error{"nobody listens"};
    return socket;
}

}  // namespace

tls_client::tls_client(const boost::asio::ip::tcp::endpoint& server, const tls_manner& how)
    : context_{make_context(how)},
      socket_{connect_to(server)},
      tls_{SSL_new(context_.get()), SSL_free}
{
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets whose other end has gone
    SSL_set_fd(tls_.get(), *socket_);
    SSL_set1_host(tls_.get(), "localhost");
    SSL_set_tlsext_host_name(tls_.get(), "localhost");
    if (how.session)
        SSL_set_session(tls_.get(), how.session.get());
    ERR_clear_error();
    connected_ = SSL_connect(tls_.get()) == 1 || failed();
}

// False, with the reason kept.
bool tls_client::failed()
{
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    trouble_ = reason != nullptr ? reason : "the connection has ended";
    ERR_clear_error();
    return false;
}

bool tls_client::send(std::string_view bytes)
{
    return SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0 || failed();
}

bool tls_client::read_more()
{
    std::string part(16'384, '\0');
    const int count = SSL_read(tls_.get(), part.data(), static_cast<int>(part.size()));
    farewell_ = SSL_get_error(tls_.get(), count) == SSL_ERROR_ZERO_RETURN;
    if (count <= 0)
        return failed();
    received_.append(part, 0, static_cast<std::size_t>(count));
    return true;
}

tls_answer tls_client::read_answer()
{
    tls_answer answer;
    while (received_.find("\r\n\r\n") == std::string::npos)
        if (!read_more())
            return answer;
    constexpr std::string_view name = "\r\nContent-Length: ";
    const auto field = received_.find(name);
    const auto head = received_.find("\r\n\r\n") + 4;
    std::size_t length = 0;
    if (field < head)
        std::from_chars(received_.data() + field + name.size(), received_.data() + head, length);
    while (received_.size() < head + length)
        if (!read_more())
            return answer;
    std::from_chars(received_.data() + 9, received_.data() + 12, answer.status);
    answer.body = received_.substr(head, length);
    received_.erase(0, head + length);
    return answer;
}

bool tls_client::closes()
{
    return received_.empty() && !read_more() && farewell_;
}

std::string tls_client::version() const
{
    return SSL_get_version(tls_.get());
}

std::string tls_client::cipher() const
{
    return SSL_get_cipher_name(tls_.get());
}

std::string tls_client::protocol() const
{
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(tls_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

bool tls_client::resumed() const
{
    return SSL_session_reused(tls_.get()) == 1;
}

std::string tls_client::certificate() const
{
    const bio_ptr out{BIO_new(BIO_s_mem()), BIO_free};
    PEM_write_bio_X509(out.get(), SSL_get0_peer_certificate(tls_.get()));
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

tls_session tls_client::session() const
{
    return {SSL_get1_session(tls_.get()), SSL_SESSION_free};
}

bool tls_client::renegotiates()
{
    return SSL_renegotiate(tls_.get()) == 1 && SSL_do_handshake(tls_.get()) == 1;
}

}  // namespace rollcall::test
