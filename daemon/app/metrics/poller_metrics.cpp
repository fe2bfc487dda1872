#include "app/metrics/poller_metrics.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace rollcall {
namespace {

using views = std::vector<polled_view>;

double seconds(milliseconds time)
{
    return std::chrono::duration<double>(time).count();
}

void write_counters(metric_writer& to, const views& all)
{
    const auto tell =
        [&](const char* name, const char* help, std::atomic<std::uint64_t> poll_counts::*which) {
            to.counter(name, help);
            for (const auto& each : all)
                to.sample((each.counted->*which).load(), {{"source", each.now.source}});
        };
    tell("rollcall_poll_requests_total", "Requests sent to the provider.", &poll_counts::requests);
    tell("rollcall_poll_rows_total", "Rows that are stored in the intake.", &poll_counts::rows);
    tell(
        "rollcall_poll_given_up_total",
        "Rows and answers that were passed over; the dead letters tell of each.",
        &poll_counts::given_up
    );
    to.counter("rollcall_poll_errors_total", "Requests that failed, by class.");
    for (const auto& each : all) {
        const auto error = [&](const char* class_of, const std::atomic<std::uint64_t>& count) {
            to.sample(count.load(), {{"source", each.now.source}, {"class", class_of}});
        };
        error("failed", each.counted->failed);
        error("throttled", each.counted->throttled);
        error("denied", each.counted->denied);
    }
}

void write_states(metric_writer& to, const views& all)
{
    const auto tell = [&](const char* name, const char* help, auto&& value) {
        to.gauge(name, help);
        for (const auto& each : all)
            to.sample(value(each.now), {{"source", each.now.source}});
    };
    tell("rollcall_poll_objects", "Meetings and lists that are followed.", [](const auto& now) {
        return static_cast<double>(now.followed);
    });
    tell("rollcall_poll_requests_in_flight", "Requests under way.", [](const auto& now) {
        return static_cast<double>(now.in_flight);
    });
    tell(
        "rollcall_poll_oldest_read_age_seconds",
        "Since the followed object that was read longest ago was read to its end.",
        [](const auto& now) { return seconds(now.oldest_read); }
    );
    tell(
        "rollcall_poll_cursor_age_seconds",
        "Age of the oldest cursor; that of an idle meeting grows.",
        [](const auto& now) { return seconds(now.oldest_cursor); }
    );
    tell(
        "rollcall_poll_due_lag_seconds",
        "How long the object that waits longest has been due.",
        [](const auto& now) { return seconds(now.due_lag); }
    );
}

void write_conditions(metric_writer& to, const views& all)
{
    to.gauge("rollcall_poll_condition", "1 while a source is in this condition.");
    for (const auto& each : all) {
        const auto condition = [&](const char* name, bool is) {
            to.sample(is ? 1.0 : 0.0, {{"source", each.now.source}, {"condition", name}});
        };
        condition("denied", each.now.denied);
        condition("failing", each.now.failing);
        condition("throttled", each.now.throttled);
        condition("storage_closed", each.now.storage_closed);
    }
    to.gauge(
        "rollcall_poll_budget_left_requests",
        "Requests that the credential's budget allows at once now, by the provider's limit."
    );
    for (const auto& each : all)
        for (std::size_t limit = 0; limit < each.now.budget_left.size(); ++limit)
            to.sample(
                static_cast<std::uint64_t>(each.now.budget_left[limit]),
                {{"source", each.now.source}, {"limit", std::to_string(limit)}}
            );
}

}  // namespace

void write_poller_metrics(metric_writer& to, const views& all)
{
    write_counters(to, all);
    write_states(to, all);
    write_conditions(to, all);
}

}  // namespace rollcall
