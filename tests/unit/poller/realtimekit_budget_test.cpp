// 200 live sessions of RealtimeKit within 1,000 requests in any five minutes, in virtual time: the
// real plans and the real schedule, and a provider that counts.
#include "poller/schedule.hpp"
#include "providers/provider.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t live_sessions = 200;
constexpr std::size_t page_size = 100;

std::string session_row(std::size_t number)
{
    return R"({"id":"s)" + std::to_string(number) +
           R"(","associated_id":"m","status":"LIVE","started_at":"2026-08-14T08:00:00Z"})";
}

std::size_t number_behind(const std::string& target, const std::string& what)
{
    return std::stoul(target.substr(target.find(what) + what.size()));
}

std::string answer_to(const std::string& target)
{
    if (target.starts_with("/sessions/") && target.find("/participants") != std::string::npos)
        return R"({"success":true,"data":{"participants":[{"id":"p","peer_events":[{"id":"e",)"
               R"("event_name":"PEER_JOINING","created_at":"2026-08-14T08:00:01Z"}]}],)"
               R"("paging":{"total_count":1}}})";
    if (target.starts_with("/sessions/"))
        return R"({"data":)" + session_row(number_behind(target, "/sessions/s")) + "}";
    std::string rows;
    const auto page = number_behind(target, "page_no=");
    const bool live = target.find("status=LIVE") != std::string::npos;
    for (std::size_t n = (page - 1) * page_size;
         live && n < std::min(page * page_size, live_sessions);
         ++n)
        rows.append(rows.empty() ? "" : ",").append(session_row(n));
    return R"({"data":{"sessions":[)" + rows + R"(]},"paging":{"total_count":)" +
           std::to_string(live ? live_sessions : 0) + "}}";
}

/// One credential's sources as the poller has them, and a provider that answers after 80 ms.
class polling {
public:
    explicit polling(std::size_t sources) : from_{make_provider("realtimekit", {})}
    {
        const auto credential = plans_.add_credential(from_->requests_a_minute());
        for (std::uint32_t n = 0; n < sources; ++n) {
            plans_.add_source(credential, 8);
            follow(n, {});
        }
    }

    void follow(std::uint32_t source, const std::string& meeting)
    {
        const poll_pace pace;
        auto plan = meeting.empty() ? from_->list(pace, {}) : from_->follow(pace, meeting, {});
        const auto lane = meeting.empty() ? schedule::lane::list : schedule::lane::meeting;
        objects_[plans_.add(source, lane, now_, pace.interval)] = {
            std::move(plan), meeting, source};
    }

    void run(milliseconds length)
    {
        for (const auto end = now_ + length; now_ < end; now_ += 1ms) {
            while (!flying_.empty() && flying_.begin()->first <= now_)
                land();
            while (const auto which = plans_.candidate(now_))
                advance(*which);
        }
    }

    timestamp now() const { return now_; }
    std::size_t most_in_five_minutes() const
    {
        std::size_t most = 0;
        for (std::size_t first = 0, last = 0; last < asked_.size(); ++last) {
            while (asked_[first] + 5min <= asked_[last])
                ++first;
            most = std::max(most, last - first + 1);
        }
        return most;
    }
    std::map<std::string, std::vector<timestamp>> reads;  ///< of each session's participants

private:
    struct object {
        std::unique_ptr<poll_plan> plan;
        std::string meeting;
        std::uint32_t source = 0;
    };

    void advance(schedule::entry which)
    {
        auto& of = objects_.at(which);
        const auto step = of.plan->next(now_);
        if (const auto* const wait = std::get_if<poll_plan::wait>(&step))
            return plans_.wait(which, wait->until, now_);
        const auto& request = std::get<poll_request>(step);
        ASSERT_TRUE(plans_.begin(which, now_));
        asked_.push_back(now_);
        flying_.emplace(now_ + 80ms, std::pair{which, request.target});
    }

    void land()
    {
        const auto [which, target] = flying_.begin()->second;
        flying_.erase(flying_.begin());
        auto& of = objects_.at(which);
        const auto outcome =
            of.plan->on_response({200, "application/json", now_, answer_to(target)}, now_);
        ASSERT_EQ(outcome.result, poll_result::good) << outcome.why;
        const auto rows = outcome.rows;
        of.plan->on_stored(now_);
        if (target.find("/participants") != std::string::npos)
            reads[std::to_string(of.source) + of.meeting].push_back(now_);
        plans_.finished(which, rows.empty() ? verdict::good : verdict::stored, now_);
        const auto source = of.source;
        for (const auto& row : rows)
            if (row.item == "session")
                follow(source, row.key);
    }

    std::mt19937 dice_{1};
    timestamp now_ = *parse_rfc3339("2026-08-14T09:00:00Z");
    schedule plans_{schedule_pace{}, [this] {
                        return std::uniform_real_distribution{0.0, 1.0}(dice_);
                    }};
    std::unique_ptr<const provider> from_;
    std::map<schedule::entry, object> objects_;
    std::multimap<timestamp, std::pair<schedule::entry, std::string>> flying_;
    std::vector<timestamp> asked_;
};

void hold_to_the_budget(std::size_t sources)
{
    polling all{sources};
    all.run(30min);
    EXPECT_LE(all.most_in_five_minutes(), 1'000U);
    EXPECT_GT(all.most_in_five_minutes(), 900U);
    ASSERT_EQ(all.reads.size(), live_sessions * sources);
    milliseconds worst{0};
    double sum = 0;
    std::size_t count = 0;
    for (const auto& [session, at] : all.reads) {
        milliseconds mine{0};
        for (std::size_t n = 1; n < at.size(); ++n) {
            mine = std::max(mine, at[n] - at[n - 1]);
            sum += static_cast<double>((at[n] - at[n - 1]).count());
            ++count;
        }
        worst = std::max({worst, mine, all.now() - at.back()});
        if (sources == 1)
            std::cout << session << " reads=" << at.size() << " oldest_ms=" << mine.count() << '\n';
    }
    std::cout << live_sessions * sources << " live sessions of " << sources
              << " sources: requests_in_five_minutes=" << all.most_in_five_minutes()
              << " freshness_mean_ms="
              << static_cast<std::int64_t>(sum / static_cast<double>(count))
              << " freshness_worst_ms=" << worst.count() << '\n';
    const auto fair = 5min * live_sessions * sources / 1'000;
    EXPECT_LT(worst, 2 * fair + 1min);  // the first look at each comes on top
}

TEST(RealtimekitBudget, HoldsWith200LiveSessions)
{
    hold_to_the_budget(1);
}

TEST(RealtimekitBudget, IsSharedByTheAppsOfOneOwner)
{
    hold_to_the_budget(2);
}

}  // namespace
}  // namespace rollcall
