#include "http/address_lookup.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <netdb.h>

#include <cstring>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;
namespace intrusive = boost::intrusive;

constexpr auto nothrow = asio::as_tuple(asio::deferred);

struct waiter : intrusive::list_base_hook<intrusive::link_mode<intrusive::auto_unlink>> {
    waiter(const asio::any_io_executor& on, steady_time until) : patience{on, until} {}
    asio::steady_timer patience;
};

}  // namespace

// Shared by the loop and the thread that asks, so that neither needs the other to end.
struct address_lookup::question {
    // The loop's.
    std::optional<lookup_answer> answer;
    intrusive::list<waiter, intrusive::constant_time_size<false>> waiting;

    // Both.
    std::mutex mutex;
    bool abandoned = false;  // the executor's context may be gone
    asio::any_io_executor on;

    void abandon()
    {
        const std::lock_guard lock{mutex};
        abandoned = true;
    }
};

lookup_answer ask_system(const std::string& host, std::uint16_t port)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    const int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &first);
    if (failed != 0)
        return {.found = {}, .trouble = ::gai_strerror(failed)};
    lookup_answer answer;
    for (const auto* each = first; each; each = each->ai_next) {
        asio::ip::tcp::endpoint at;
        if (each->ai_addrlen > at.capacity())
            continue;
        at.resize(each->ai_addrlen);
        std::memcpy(at.data(), each->ai_addr, each->ai_addrlen);
        at.port(port);
        answer.found.push_back(at);
    }
    ::freeaddrinfo(first);
    if (answer.found.empty())
        answer.trouble = "no address";
    return answer;
}

address_lookup::address_lookup(
    asio::any_io_executor on, std::string host, std::uint16_t port, asked ask
)
    : on_{std::move(on)}, host_{std::move(host)}, port_{port}, ask_{std::move(ask)}
{
}

address_lookup::~address_lookup()
{
    stop();
}

asio::awaitable<result<endpoints>> address_lookup::find(steady_time until)
{
    if (stopped_)
        co_return errc::stopped;
    boost::system::error_code is_name;
    const auto address = asio::ip::make_address(host_, is_name);
    if (!is_name)
        co_return endpoints(1, {address, port_});

    if (!question_ || question_->answer)
        begin();
    const auto mine = question_;
    boost::system::error_code woken;
    if (!mine->answer) {
        waiter me{on_, until};
        mine->waiting.push_back(me);
        const auto [ec] = co_await me.patience.async_wait(nothrow);
        woken = ec;
    }
    const auto& said = mine->answer;
    if (!said)
        co_return woken ? errc::stopped : errc::connect_timed_out;
    if (said->found.empty()) {
        trouble_ = said->trouble;
        co_return errc::name_not_found;
    }
    co_return said->found;
}

void address_lookup::begin()
{
    question_ = std::make_shared<question>();
    question_->on = on_;
    auto asking = [shared = question_, ask = ask_, host = host_, port = port_] {
        auto answer = ask(host, port);
        const std::lock_guard lock{shared->mutex};
        if (shared->abandoned)
            return;
        asio::post(shared->on, [shared, answer = std::move(answer)]() mutable {
            shared->answer = std::move(answer);
            for (auto& each : shared->waiting)
                each.patience.cancel();
        });
    };
    try {
        std::thread{std::move(asking)}.detach();
    } catch (const std::system_error& no_thread) {
        question_->answer = lookup_answer{.found = {}, .trouble = no_thread.what()};
    }
}

void address_lookup::stop()
{
    stopped_ = true;
    if (!question_)
        return;
    question_->abandon();
    for (auto& each : question_->waiting)
        each.patience.cancel();
}

}  // namespace rollcall::http
