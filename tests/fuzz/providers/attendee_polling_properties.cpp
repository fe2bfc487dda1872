#include "attendee_polling_properties.hpp"

#include "providers/attendee/attendee.hpp"
#include "providers/attendee/cursor.hpp"
#include "providers/json_tree.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace rollcall::test {
namespace {

const std::string bot_id = "bot_Xk3vQ9TmZ2LrB7aE";
constexpr timestamp start{std::chrono::milliseconds{1786698310000}};
constexpr std::size_t largest_state = 2048;  // with the longest cursor, escaped or not

void expect(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

bool is_in(std::string_view row, std::string_view body)
{
    return row.data() != nullptr && body.find(row) != std::string_view::npos;
}

void expect_sensible_target(const std::string& target)
{
    expect(target.starts_with("/api/v1/bots"), "asks below its path");
    expect(target.size() < 8192, "asks briefly");
    for (const char c : target)
        expect(c > ' ' && c < 0x7F && c != '#' && c != '"', "asks with what a URL may hold");
}

// The next request of a plan, whenever that is.
std::string next_target(const poll_plan& plan, timestamp& now)
{
    for (int waits = 0; waits < 3; ++waits) {
        const auto step = plan.next(now);
        if (const auto* request = std::get_if<poll_request>(&step))
            return request->target;
        if (std::holds_alternative<poll_plan::done>(step))
            return {};
        const auto until = std::get<poll_plan::wait>(step).until;
        expect(until > now && until - now <= std::chrono::hours{24}, "waits, but not for ever");
        now = until;
    }
    expect(false, "what was waited for comes");
    return {};
}

void expect_one_answer(poll_plan& plan, std::string_view body, unsigned status, timestamp& now)
{
    const auto target = next_target(plan, now);
    if (target.empty())
        return;
    expect_sensible_target(target);
    const auto state = plan.state();
    const auto outcome =
        plan.on_response({status, "application/json", now, std::string{body}}, now);
    const bool good = outcome.result == poll_result::good;
    expect(good || !outcome.why.empty(), "says why it failed");
    expect(good || (outcome.rows.empty() && !outcome.swept), "a failure stores nothing");
    expect(plan.state() == state, "moves once the rows are stored");
    for (const auto& row : outcome.rows)
        expect(is_in(row.body, body), "rows are what the answer said");
    if (good)
        plan.on_stored(now);
    json_tree tree;
    const auto kept = plan.state();
    expect(tree.parse(kept).has_value() && kept.size() < largest_state, "state: a small object");
}

// After `answers`, one of which may be of use, the plan meets the body several times.
void expect_survives(std::unique_ptr<poll_plan> plan, std::string_view body, int answers)
{
    auto now = start;
    const auto alive = R"({"id":")" + bot_id + R"(","state":"joined_recording"})";
    for (int i = 0; i < answers; ++i)
        expect_one_answer(*plan, alive, 200, now);
    for (const unsigned status : {200U, 200U, 404U, 400U, 200U})
        expect_one_answer(*plan, body, status, now);
}

}  // namespace

void expect_attendee_polling_properties(std::string_view body)
{
    const auto& attendee = *find_provider("attendee");
    const poll_pace pace;
    expect_survives(attendee.follow(pace, bot_id, {}), body, 0);
    expect_survives(attendee.follow(pace, bot_id, {}), body, 1);
    expect_survives(attendee.follow(pace, bot_id, R"({"ended_at":1786698000000})"), body, 0);
    expect_survives(attendee.follow(pace, bot_id, body), body, 0);
    expect_survives(attendee.list(pace, {}), body, 0);
    expect_survives(attendee.list(pace, body), body, 0);
    if (const auto cursor = attendee::cursor_parameter(body))
        attendee::read_edge(*cursor);
    attendee::read_edge(body);
}

}  // namespace rollcall::test
