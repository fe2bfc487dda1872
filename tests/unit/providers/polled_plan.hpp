#pragma once

#include "providers/provider.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::test {

/// A plan with a clock, told what a poller would tell it.
struct polled_plan {
    std::unique_ptr<poll_plan> plan;
    timestamp now = *parse_rfc3339("2026-08-14T09:05:10Z");

    static polled_plan of(
        std::string meeting,
        std::string_view state = {},
        poll_pace pace = {},
        std::string_view provider = "attendee"
    )
    {
        return {find_provider(provider)->follow(pace, std::move(meeting), state)};
    }
    static polled_plan list(
        std::string_view state = {}, poll_pace pace = {}, std::string_view provider = "attendee"
    )
    {
        return {find_provider(provider)->list(pace, state)};
    }

    /// A recording's, or a bot's, or (empty) the list's, of a workspace in us-west-2.
    static polled_plan of_recall(
        const std::string& meeting,
        std::string_view state = {},
        poll_pace pace = {},
        source_options options = {}
    )
    {
        options.region = "us-west-2";
        pace.base_url = "https://us-west-2.recall.ai";
        const auto from = make_provider("recall", options);
        auto plan = meeting.empty() ? from->list(pace, state) : from->follow(pace, meeting, state);
        return {std::move(plan), *parse_rfc3339("2026-03-17T14:06:00Z")};
    }

    /// Waits as long as the plan wants, and gives its request: `done` where there is none.
    std::string ask()
    {
        for (;;) {
            const auto step = plan->next(now);
            if (const auto* request = std::get_if<poll_request>(&step))
                return request->target;
            if (std::holds_alternative<poll_plan::done>(step))
                return "done";
            now = std::get<poll_plan::wait>(step).until;
        }
    }

    /// How long the plan wants to wait.
    milliseconds wait() const
    {
        const auto step = plan->next(now);
        const auto* wait = std::get_if<poll_plan::wait>(&step);
        return wait == nullptr ? milliseconds{0} : wait->until - now;
    }

    /// An answer that is not stored yet.
    poll_outcome hear(unsigned status, std::string body)
    {
        now += milliseconds{50};
        const auto date = std::chrono::floor<std::chrono::seconds>(now);
        return plan->on_response({status, "application/json", date, std::move(body)}, now);
    }

    /// The download that was asked for, in one piece: its rows, then what came of it. Where it
    /// breaks off the plan is told why.
    poll_outcome read(std::string_view file)
    {
        auto reading = plan->open_download();
        std::vector<polled_row> all;
        std::string broken;
        const auto add = [&](auto rows) {
            if (rows)
                std::ranges::move(*rows, std::back_inserter(all));
            else
                broken = "broken at " + rows.error().where;
        };
        add(reading.by->take(file));
        if (broken.empty())
            add(reading.by->finish());
        now += milliseconds{50};
        auto outcome = plan->on_response({200, "", std::nullopt, "", broken}, now);
        if (outcome.result == poll_result::good)
            plan->on_stored(now);
        outcome.rows.insert(outcome.rows.begin(), all.begin(), all.end());
        return outcome;
    }

    /// An answer whose rows are stored at once.
    poll_outcome take(std::string body, unsigned status = 200)
    {
        auto outcome = hear(status, std::move(body));
        if (outcome.result == poll_result::good)
            plan->on_stored(now);
        return outcome;
    }
};

}  // namespace rollcall::test
