// Downloads and webhooks that tell one meeting at different times, through a real broker, and the
// relay killed in between.
#include "scene.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <csignal>
#include <map>
#include <ostream>
#include <random>
#include <string>
#include <vector>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

const std::string recording = "rec_1";

// What happened, named by the participant's name in whichever way tells it.
struct told_meeting {
    std::vector<std::string> webhooks, rows;
    std::map<std::string, int> wanted;
};

std::string participant(int who, const std::string& name)
{
    return R"({"id":)" + std::to_string(who) + R"(,"name":")" + name + R"("})";
}

std::string moment_of(timestamp at)
{
    return R"({"absolute":")" + to_rfc3339(at) + R"(","relative":0})";
}

std::string webhook(const std::string& who, timestamp at)
{
    return R"({"event":"participant_events.webcam_on","data":{"data":{"participant":)" + who +
           R"(,"timestamp":)" + moment_of(at) + R"(,"data":null},"recording":{"id":")" + recording +
           R"(","metadata":{}}}})";
}

std::string row(const std::string& name, const std::string& who, timestamp at)
{
    return R"({"id":")" + name + R"(","action":"webcam_on","participant":)" + who +
           R"(,"timestamp":)" + moment_of(at) + R"(,"data":null})";
}

std::string end_of_recording(timestamp at)
{
    return R"({"event":"recording.done","data":{"data":{"code":"done","sub_code":null,"updated_at":")" +
           to_rfc3339(at) + R"("},"recording":{"id":")" + recording + R"(","metadata":{}}}})";
}

// Like events are at least four seconds apart; the webhooks' clock is three seconds ahead, and
// their times are off by up to a second. Three webhooks in ten are lost, one row in ten is lacking.
told_meeting tell(timestamp begin)
{
    told_meeting all;
    std::mt19937 dice{20261121};
    int number = 0;
    for (int who = 1; who <= 4; ++who) {
        auto at = begin + milliseconds{dice() % 4'000};
        for (int i = 0; i < 20; ++i) {
            const auto name = "h" + std::to_string(number++);
            const auto jitter = milliseconds{dice() % 2'000} - 1s;
            const bool lost = dice() % 10 < 3, lacking = dice() % 10 < 1;
            if (!lost)
                all.webhooks.push_back(webhook(participant(who, name), at + 3s + jitter));
            if (!lacking)
                all.rows.push_back(row(name, participant(who, name), at));
            if (!lost || !lacking)
                all.wanted[name] = 1;
            at += 4s + milliseconds{dice() % 9'000};
        }
    }
    return all;
}

std::map<std::string, int> published(const scene& s)
{
    std::map<std::string, int> found;
    for (const auto& message : s.read("activity")) {
        rapidjson::Document value;
        value.Parse(message.value.data(), message.value.size());
        ++found[value["participant"]["name"].GetString()];
    }
    return found;
}

enum class order { webhooks_first, download_first };
void PrintTo(order which, std::ostream* out)
{
    *out << (which == order::webhooks_first ? "webhooks first" : "download first");
}

class RelayDownloads : public testing::TestWithParam<order> {};

TEST_P(RelayDownloads, AreMatchedWithWebhooksOverRestarts)
{
    scene s;
    const timestamp begin = wall_clock() - 1h;
    const auto meeting = tell(begin);
    const auto store_webhooks = [&] {
        for (const auto& body : meeting.webhooks)
            s.store_recall(recording, body);
    };
    const auto store_rows = [&] {
        for (const auto& body : meeting.rows)
            s.store_recall(recording, body, "artifact");
    };
    const auto finish = [&] {
        s.store_recall(recording, {}, "artifact", tracking_sign::downloaded);
        s.store_recall(recording, end_of_recording(begin + 1h));
        s.store_recall(recording, {}, "artifact", tracking_sign::swept);
    };
    const auto killed = [&](const std::string& step, const std::string& nth) {
        auto relay = s.start("a", {"kill", step, nth});
        EXPECT_EQ(relay.wait(60s), (exit_status{.signal = SIGKILL}));
    };

    if (GetParam() == order::webhooks_first) {
        store_webhooks();
        killed("committed", "1");
        store_rows();  // without the word that it is whole
        s.store_recall(recording, webhook(participant(8, "between"), begin));  // rows alone wait
        killed("committing", "1");
        store_rows();
        finish();
    } else {
        store_rows();
        finish();
        killed("committed", "1");
        store_webhooks();
        killed("committing", "1");
    }
    auto last = s.start("a");
    EXPECT_TRUE(eventually(90s, [&] { return published(s).size() >= meeting.wanted.size(); }));
    // What comes after everything that waited shows that nothing more comes of it.
    s.store_recall(recording, webhook(participant(9, "last"), begin + 2h));
    EXPECT_TRUE(eventually(90s, [&] { return published(s).contains("last"); }));
    auto wanted = meeting.wanted;
    wanted["last"] = 1;
    if (GetParam() == order::webhooks_first)
        wanted["between"] = 1;
    EXPECT_EQ(published(s), wanted);
    EXPECT_TRUE(s.read("deadletter").empty());
    EXPECT_EQ(last.stop(20s), (exit_status{.code = 0}));
}

INSTANTIATE_TEST_SUITE_P(
    Orders, RelayDownloads, testing::Values(order::webhooks_first, order::download_first)
);

}  // namespace
}  // namespace rollcall::test
