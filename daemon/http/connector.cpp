#include "http/connector.hpp"

#include "http/public_address.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;

steady_time now()
{
    return std::chrono::steady_clock::now();
}

}  // namespace

connector::connector(
    asio::any_io_executor on,
    base_url to,
    asio::ssl::context* tls,
    reach allowed,
    address_lookup::asked ask
)
    : on_{std::move(on)},
      to_{std::move(to)},
      tls_{tls},
      allowed_{allowed},
      lookup_{on_, to_.host, to_.port, std::move(ask)}
{
}

asio::awaitable<connector::opened> connector::connect(milliseconds within)
{
    if (stopped_)
        co_return errc::stopped;
    const auto until = now() + within;
    auto found = co_await lookup_.find(until);
    if (stopped_)
        co_return errc::stopped;
    if (!found) {
        const bool unknown = found.error() == errc::name_not_found;
        co_return failed(found.error(), unknown ? lookup_.trouble() : "no address in time");
    }
    if (allowed_ == reach::public_only)
        std::erase_if(*found, [](const auto& at) { return !is_public(at.address()); });
    if (found->empty())
        co_return failed(errc::address_refused, to_.host);
    co_return co_await connect(std::move(*found), until);
}

// One address after the other. Each has its share of the time that is left, so that one from which
// nothing comes back does not use it up.
asio::awaitable<connector::opened> connector::connect(endpoints to_one_of, steady_time until)
{
    if (last_good_)
        std::ranges::stable_partition(to_one_of, [this](const auto& at) {
            return at == *last_good_;
        });
    error_code last = errc::connect_timed_out;
    std::string details;
    for (std::size_t i = 0; i < to_one_of.size() && now() < until; ++i) {
        auto made = std::make_unique<client_connection>(on_, to_, tls_);
        open_.push_back(*made);
        const auto share = (until - now()) / static_cast<int>(to_one_of.size() - i);
        last = co_await made->open(to_one_of[i], now() + share, until);
        if (stopped_)
            co_return errc::stopped;
        if (!last) {
            last_good_ = to_one_of[i];
            co_return made;
        }
        details = made->trouble();
        if (last == errc::tls_failed || last == errc::bad_certificate || last == errc::stopped)
            break;  // the host is there, and this is what it has to say
    }
    co_return failed(last, std::move(details));
}

void connector::stop()
{
    stopped_ = true;
    lookup_.stop();
    for (auto& connection : open_)
        connection.close();
}

error_code connector::failed(const error_code& ec, std::string details)
{
    trouble_ = std::move(details);
    return ec;
}

}  // namespace rollcall::http
