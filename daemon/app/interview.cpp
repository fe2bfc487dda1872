#include "app/interview.hpp"

#include "poller/http_fetcher.hpp"
#include "poller/retry_after.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

namespace rollcall {

interview::interview(const polled_source& with) : api_{make_http_fetcher(io_.get_executor(), with)}
{
    for (const auto limit : limits_of(with))
        budgets_.emplace_back(std::max(limit / 2, 1U));
}

std::string interview::run(
    poll_plan& plan, const std::function<std::string(const poll_outcome&)>& take
)
{
    constexpr milliseconds first_wait{1'000};
    constexpr milliseconds longest_wait{60'000};
    unsigned failures = 0;
    for (;;) {
        const auto step = plan.next(wall_clock());
        if (std::holds_alternative<poll_plan::done>(step))
            return {};
        if (const auto* const wait = std::get_if<poll_plan::wait>(&step)) {
            std::this_thread::sleep_for(wait->until - wall_clock());
            continue;
        }
        const auto said = ask(plan, std::get<poll_request>(step));
        const auto& outcome = said.outcome;
        if (outcome.result == poll_result::good) {
            failures = 0;
            if (auto why = take(outcome); !why.empty())
                return why;
            plan.on_stored(wall_clock());
            continue;
        }
        if (outcome.result == poll_result::denied || ++failures >= most_tries)
            return outcome.why;
        const auto wait = std::min(first_wait * (1U << failures), longest_wait);
        std::this_thread::sleep_for(std::max(wait, said.retry_after));
    }
}

interview::answer interview::ask(poll_plan& plan, const poll_request& what)
{
    wait_for_budget(what.limit);
    fetched got;
    bool is_over = false;
    boost::asio::co_spawn(
        io_,
        api_->ask(what),
        [&](const std::exception_ptr& bug, fetched answered) {
            if (bug)
                std::rethrow_exception(bug);
            got = std::move(answered);
            is_over = true;
        }
    );
    io_.restart();
    // A connection that is kept for the next request is no reason to wait.
    while (!is_over)
        io_.run_one();
    const auto now = wall_clock();
    answer said;
    said.retry_after =
        parse_retry_after(got.retry_after, got.response.date, now).value_or(milliseconds{0});
    if (got.error) {
        said.outcome.result = poll_result::failed;
        said.outcome.why = got.error.message();
        return said;
    }
    said.outcome = plan.on_response(got.response, now);
    return said;
}

void interview::wait_for_budget(std::size_t limit)
{
    auto& budget = budgets_[std::min(limit, budgets_.size() - 1)];
    std::this_thread::sleep_for(budget.ready_at() - wall_clock());
    budget.take(wall_clock());
}

}  // namespace rollcall
