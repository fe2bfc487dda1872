// The rounds: who is asked when, and what comes of it.
#include "poller/poller.hpp"
#include "poller/retry_after.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace rollcall {
namespace {

namespace asio = boost::asio;

constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);

schedule::limit limit_of(const poll_request& request)
{
    return request.how == poll_method::download ? schedule::download
                                                : static_cast<schedule::limit>(request.limit);
}

}  // namespace

asio::awaitable<void> poller::drive()
{
    while (!stopping_) {
        ask_what_is_due();
        if (now() >= next_look_)
            look();
        const auto until = std::min(schedule_.wake().value_or(next_look_), next_look_);
        alarm_.expires_at(started_ + (until - started_at_));
        co_await alarm_.async_wait(nothrow);
    }
}

void poller::ask_what_is_due()
{
    for (;;) {
        const auto place = schedule_.candidate(now());
        if (!place)
            return;
        advance(by_place_[*place]);
    }
}

// Goes on with what is not being asked.
void poller::advance(const pointer& what)
{
    auto step = what->plan->next(now());
    if (auto* const request = std::get_if<poll_request>(&step))
        return send(what, std::move(*request));
    if (const auto* const wait = std::get_if<poll_plan::wait>(&step))
        return schedule_.wait(what->place, wait->until, now());
    forget(what);
}

void poller::send(const pointer& what, poll_request request)
{
    if (!schedule_.begin(what->place, now(), limit_of(request)))
        return;  // what it counts against is used up
    what->asked = true;
    ++in_flight_;
    sources_[what->source]->report.counts.requests.fetch_add(1, std::memory_order_relaxed);
    asio::co_spawn(io_, ask(what, std::move(request)), [this, what](const std::exception_ptr& bug) {
        --in_flight_;
        if (bug && !stopping_) {
            try {
                std::rethrow_exception(bug);
            } catch (const std::exception& seen) {
                log_.error("a poll ended by an exception", {{"error", seen.what()}});
            }
            finish(what, verdict::failed, std::nullopt);
        }
        if (stopping_ && in_flight_ == 0)
            io_.stop();
    });
}

asio::awaitable<void> poller::ask(pointer what, poll_request request)
{
    result_of_asking came;
    if (request.how == poll_method::download)
        came = co_await download(what, request.target);
    else
        came = co_await call(what, request);
    finish(what, came.to, came.retry_after);
}

asio::awaitable<poller::result_of_asking> poller::call(pointer what, const poll_request& request)
{
    auto& source = *sources_[what->source];
    auto got = co_await source.api->ask(request);
    result_of_asking came;
    came.retry_after = parse_retry_after(got.retry_after, got.response.date, around_.clock());
    schedule_.told_limit(what->source, got.limit, now());
    // What came for an object that is not ours any more is dropped.
    if (dropped(*what))
        co_return came;
    const bool answered = got.error == errc::answer_too_large || got.error == errc::answer_encoded;
    const source_report::request asked{request.target, what->meeting};
    if (got.error && !answered) {
        source.report.failed(asked, got, got.error.message(), now());
        came.to = verdict::failed;
        co_return came;
    }
    if (answered)
        got.response.unreadable = got.error.message();
    auto outcome = what->plan->on_response(got.response, now());
    if (const auto bad = unusable(*what, asked, outcome, got, came.retry_after))
        came.to = *bad;
    else
        came.to = co_await store(what, request.target, way::poll, std::move(outcome));
    co_return came;
}

// Counts and tells what the plan made of an answer. Nothing: it is to be stored.
std::optional<verdict> poller::unusable(
    const followed& what,
    const source_report::request& asked,
    const poll_outcome& outcome,
    const fetched& got,
    std::optional<milliseconds> retry_after
)
{
    auto& report = sources_[what.source]->report;
    switch (outcome.result) {
        case poll_result::good:
            if (!outcome.why.empty())
                report.odd(asked, got, outcome.why, now());
            break;
        case poll_result::failed:
            report.failed(asked, got, outcome.why, now());
            return verdict::failed;
        case poll_result::throttled:
            report.throttled(asked, got, retry_after, now());
            return verdict::throttled;
        case poll_result::denied:
            report.denied(asked, got, now());
            return verdict::denied;
    }
    return std::nullopt;
}

void poller::finish(const pointer& what, verdict came_to, std::optional<milliseconds> retry_after)
{
    what->asked = false;
    schedule_.finished(what->place, came_to, now(), retry_after);
    if (!schedule_.denied(what->source))
        sources_[what->source]->report.admitted();
    if (stopping_)
        return;
    if (!what->gone) {
        tell_plan(*what);
        if (came_to == verdict::good || came_to == verdict::stored)
            settle(what);
    }
    wake_up();
}

// After an answer that was used: the plan knows whether there is more.
void poller::settle(const pointer& what)
{
    const auto step = what->plan->next(now());
    if (const auto* const request = std::get_if<poll_request>(&step))
        return schedule_.expect(what->place, limit_of(*request));  // it is due, and has its turn
    what->read_to_end = now();
    advance(what);
}

}  // namespace rollcall
