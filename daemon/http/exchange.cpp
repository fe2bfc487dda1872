#include "http/exchange.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/error.hpp>

#include <utility>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr std::size_t read_bytes = 16UL * 1024;  // a TLS record

errc classified(const error_code& ec)
{
    if (ec == beast::error::timeout)
        return errc::answer_timed_out;
    return ec == asio::error::operation_aborted ? errc::stopped : errc::answer_broken;
}

}  // namespace

exchange::exchange(std::unique_ptr<client_connection> by, answer_limits allowed)
    : by_{std::move(by)}, reader_{allowed}, room_(read_bytes, '\0')
{
}

asio::awaitable<error_code> exchange::send(std::string_view request, steady_time until)
{
    const auto ec = co_await by_->send(request, until);
    unsent_ = ec.failed();
    if (ec == beast::error::timeout || ec == asio::error::operation_aborted)
        co_return failed(classified(ec), ec.message());
    co_return error_code{};
}

asio::awaitable<error_code> exchange::receive(steady_time until)
{
    const auto [ec, bytes] = co_await by_->receive(room_, until);
    if (ec && ec != asio::error::eof)
        co_return failed(classified(ec), ec.message());
    const auto bad =
        ec ? reader_.take_end() : reader_.take(std::string_view{room_}.substr(0, bytes));
    if (bad)
        co_return failed(bad, ec ? "closed by the host" : bad.message());
    co_return error_code{};
}

std::unique_ptr<client_connection> exchange::release()
{
    return reader_.keep_alive() && !unsent_ ? std::move(by_) : nullptr;
}

error_code exchange::failed(const error_code& ec, std::string details)
{
    trouble_ = std::move(details);
    return ec;
}

}  // namespace rollcall::http
