#include "listener/key_keeper.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <pthread.h>

#include <algorithm>
#include <utility>

namespace rollcall {
namespace {

namespace asio = boost::asio;

constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);
// A key and a little around it.
constexpr std::uint64_t most_answer_bytes = 64UL * 1024;

steady_time now()
{
    return std::chrono::steady_clock::now();
}

// Where the path of a URL begins; its size where there is none.
std::size_t path_of(std::string_view url)
{
    const auto scheme = url.find("://");
    const auto host = scheme == std::string_view::npos ? 0 : scheme + 3;
    return std::min(url.find('/', host), url.size());
}

http::client_options client_options_of(const key_keeper::options& how)
{
    http::client_options made;
    made.base_url = how.url.substr(0, path_of(how.url));
    made.ca_file = how.ca_file;
    made.connect_timeout = how.connect_timeout;
    made.answer_timeout = how.answer_timeout;
    made.body_bytes = most_answer_bytes;
    made.idle_connections = 0;  // once an hour
    return made;
}

key_keeper::options completed(key_keeper::options how)
{
    if (how.url.empty())
        how.url = how.from->default_key_url();
    return how;
}

}  // namespace

key_keeper::key_keeper(options how)
    : how_{completed(std::move(how))},
      target_{how_.url.substr(path_of(how_.url))},
      client_{io_.get_executor(), client_options_of(how_)},
      ring_{how_.pace},
      shown_{std::make_shared<const std::vector<webhook_key>>()}
{
    if (target_.empty())
        target_ = "/";
    asio::co_spawn(io_, run(), asio::detached);
    thread_ = std::jthread{[this] {
        pthread_setname_np(pthread_self(), "keys");
        io_.run();
    }};
}

// NOLINTNEXTLINE(bugprone-exception-escape): a thread that cannot be told to stop is a bug
key_keeper::~key_keeper()
{
    asio::post(io_, [this] {
        stopping_ = true;
        client_.stop();
        next_.cancel();
        for (auto& each : waiting_)
            each.cancel();
    });
}

std::shared_ptr<const std::vector<webhook_key>> key_keeper::keys() const
{
    const std::lock_guard lock{mutex_};
    return shown_;
}

// The wait itself is on the keeper's thread and bounded there, so that no cancellation need cross
// threads.
asio::awaitable<bool> key_keeper::renew(steady_time asked)
{
    auto uncancelled = asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable);
    auto waited = wait_for_fetch(asked);
    co_return co_await asio::co_spawn(io_, std::move(waited), uncancelled);
}

asio::awaitable<bool> key_keeper::wait_for_fetch(steady_time asked)
{
    const auto until = asked + how_.longest_wait;
    if (!fetching_ && !wanted_ && ring_.may_refetch(now())) {
        wanted_ = true;
        next_.cancel();
    }
    while ((wanted_ || fetching_) && !stopping_ && now() < until) {
        const auto mine = waiting_.emplace(waiting_.end(), io_, until);
        co_await mine->async_wait(nothrow);
        waiting_.erase(mine);
    }
    co_return ring_.confirmed_since(asked);
}

asio::awaitable<void> key_keeper::run()
{
    while (!stopping_) {
        if (wanted_ || now() >= ring_.next_fetch())
            co_await fetch();
        show(now());
        if (stopping_ || wanted_)
            continue;
        const auto next = ring_.next_fetch();
        next_.expires_at(std::min(next, ring_.next_expiry(now()).value_or(next)));
        co_await next_.async_wait(nothrow);
    }
}

asio::awaitable<void> key_keeper::fetch()
{
    wanted_ = false;
    fetching_ = true;
    ring_.began(now());
    const headers with{{"accept", "application/json"}};
    const auto answer = co_await client_.get(target_, with);
    fetching_ = false;
    if (!stopping_)
        take(answer);
    show(now());
    for (auto& each : waiting_)
        each.cancel();
}

void key_keeper::take(const result<http::client_answer>& answer)
{
    if (!answer)
        return give_up(answer.error().message(), client_.trouble());
    if (answer->status != 200)
        return give_up("not answered with 200", "status " + std::to_string(answer->status));
    auto key = how_.from->read_key_answer(answer->body);
    if (!key)
        return give_up(make_error_code(key.error().code).message(), key.error().where);
    const auto before = ring_.valid(now());
    const bool again = ring_.failures() > 0;
    ring_.fetched(*key, now());
    if (before.empty())
        log_.info("key fetched", {{"source", how_.source}});
    else if (before.front().bytes != key->bytes)
        log_.warn(
            "the provider has another key; the one before counts for its grace time",
            {{"source", how_.source}, {"grace_s", how_.pace.grace.count() / 1000}}
        );
    else if (again)
        log_.info("the key can be fetched again", {{"source", how_.source}});
}

void key_keeper::give_up(std::string_view why, std::string_view details)
{
    const bool first = ring_.failures() == 0;
    ring_.failed(now());
    if (first)
        log_.warn(
            ring_.valid(now()).empty()
                ? "the key of the signatures cannot be fetched, webhooks are answered 503"
                : "the key of the signatures cannot be fetched again, the one at hand counts",
            {{"source", how_.source}, {"error", why}, {"details", details}}
        );
}

void key_keeper::show(steady_time at)
{
    auto valid = std::make_shared<const std::vector<webhook_key>>(ring_.valid(at));
    const std::lock_guard lock{mutex_};
    shown_ = std::move(valid);
}

}  // namespace rollcall
