#include "http/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <stdexcept>

namespace rollcall::http {

namespace asio = boost::asio;

asio::ssl::context make_client_context(const std::string& ca_file)
{
    asio::ssl::context context{asio::ssl::context::tls_client};
    auto* const native = context.native_handle();
    ::SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    ::SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    context.set_verify_mode(asio::ssl::verify_peer);
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
