#include "support/http_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/system/system_error.hpp>

#include <stdexcept>

namespace rollcall::test {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

struct target {
    std::string host, port, path;
};

target parse(const std::string& url)
{
    constexpr std::string_view scheme = "http://";
    const auto slash = url.find('/', scheme.size());
    const auto authority = url.substr(scheme.size(), slash - scheme.size());
    const auto colon = authority.rfind(':');
    if (!url.starts_with(scheme) || colon == std::string::npos)
        throw std::invalid_argument("not http://host:port/path: " + url);
    return {
        authority.substr(0, colon),
        authority.substr(colon + 1),
        slash == std::string::npos ? "/" : url.substr(slash)};
}

using request_type = http::request<http::string_body>;

request_type make_request(
    http::verb verb, const target& to, const http_headers& headers, std::string body
)
{
    request_type request{verb, to.path, 11};
    request.set(http::field::host, to.host + ":" + to.port);
    for (const auto& [name, value] : headers)
        request.insert(name, value);
    request.body() = std::move(body);
    if (request.find(http::field::content_length) == request.end())
        request.prepare_payload();
    return request;
}

// Everything is the caller's, who waits until this has ended.
asio::awaitable<void> exchange(
    beast::tcp_stream& stream,
    const target& to,
    const request_type& request,
    http::response<http::string_body>& response
)
{
    tcp::resolver resolver{stream.get_executor()};
    const auto endpoints = co_await resolver.async_resolve(to.host, to.port, asio::use_awaitable);
    co_await stream.async_connect(endpoints, asio::use_awaitable);
    co_await http::async_write(stream, request, asio::use_awaitable);
    beast::flat_buffer buffer;
    co_await http::async_read(stream, buffer, response, asio::use_awaitable);
}

http_answer send(
    http::verb verb,
    const std::string& url,
    const http_headers& headers,
    std::string body,
    std::chrono::milliseconds timeout
)
{
    const auto to = parse(url);
    const auto request = make_request(verb, to, headers, std::move(body));

    asio::io_context io;
    beast::tcp_stream stream{io};
    stream.expires_after(timeout);
    http::response<http::string_body> response;
    http_answer answer;
    const auto done = [&answer](std::exception_ptr failure) {
        try {
            if (failure)
                std::rethrow_exception(failure);
        } catch (const boost::system::system_error& error) {
            answer.error = error.code();
        }
    };
    asio::co_spawn(io, exchange(stream, to, request, response), done);
    io.run();

    answer.status = answer.error ? 0 : response.result_int();
    for (const auto& field : response)
        answer.headers.emplace_back(field.name_string(), field.value());
    answer.body = std::move(response.body());
    return answer;
}

}  // namespace

std::string http_answer::header(std::string_view name) const
{
    for (const auto& [field, value] : headers)
        if (beast::iequals(field, name))
            return value;
    return {};
}

http_answer post(
    const std::string& url,
    const http_headers& headers,
    std::string body,
    std::chrono::milliseconds timeout
)
{
    return send(http::verb::post, url, headers, std::move(body), timeout);
}

http_answer patch(const std::string& url, const http_headers& headers, std::string body)
{
    return send(http::verb::patch, url, headers, std::move(body), std::chrono::seconds{10});
}

http_answer get(
    const std::string& url, const http_headers& headers, std::chrono::milliseconds timeout
)
{
    return send(http::verb::get, url, headers, {}, timeout);
}

}  // namespace rollcall::test
