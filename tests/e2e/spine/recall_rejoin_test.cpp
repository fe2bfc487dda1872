// Recall.ai's ids, by platform: whether somebody who comes back is the same participant is decided
// there. Several joins without a leave, and several ids of one person, are both legal, and each is
// published as it was told, once, in order.
#include "harness/deployment.hpp"
#include "harness/reading.hpp"
#include "simulator/recall.hpp"
#include "simulator/truth.hpp"
#include "simulator/value.hpp"
#include "support/broker.hpp"
#include "verifier/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using simulator::instant;
using simulator::value;

struct step {
    int id;
    std::string name;
    std::string action;
};
struct platform_rule {
    std::string meeting;
    std::vector<step> steps;             // a second apart
    std::vector<std::string> published;  // in order
};

const std::vector<platform_rule> rules = {
    {"zoom-app-comes-back",
     {{100, "Asha", "join"}, {100, "Asha", "leave"}, {101, "Asha", "join"}},
     {"joined 100 Asha", "left 100 Asha", "joined 101 Asha"}},
    {"zoom-network-drop",
     {{100, "Asha", "join"}, {100, "Asha", "leave"}, {100, "Asha", "join"}},
     {"joined 100 Asha", "left 100 Asha", "joined 100 Asha"}},
    {"zoom-web-reload",
     {{100, "Asha", "join"}, {100, "Asha", "join"}, {100, "Asha", "leave"}},
     {"joined 100 Asha", "joined 100 Asha", "left 100 Asha"}},
    {"google-meet-comes-back",
     {{100, "Asha", "join"}, {101, "Asha", "join"}, {100, "Asha", "leave"}},
     {"joined 100 Asha", "joined 101 Asha", "left 100 Asha"}},
    {"teams-comes-back",
     {{100, "Asha", "join"}, {100, "Asha", "leave"}, {100, "Asha", "join"}, {100, "Asha", "leave"}},
     {"joined 100 Asha", "left 100 Asha", "joined 100 Asha", "left 100 Asha"}},
    {"teams-guest-comes-back",
     {{100, "Asha (Guest)", "join"}, {100, "Asha (Guest)", "leave"}, {101, "Asha (Guest)", "join"}},
     {"joined 100 Asha (Guest)", "left 100 Asha (Guest)", "joined 101 Asha (Guest)"}},
    {"one-person-on-two-devices",
     {{100, "Asha", "join"}, {101, "Asha", "join"}, {101, "Asha", "leave"}},
     {"joined 100 Asha", "joined 101 Asha", "left 101 Asha"}},
    {"renamed",
     {{100, "Asha", "join"}, {100, "Asha Rao", "update"}, {100, "Asha Rao", "leave"}},
     {"joined 100 Asha", "updated 100 Asha Rao", "left 100 Asha Rao"}},
};

simulator::webhook told(
    const simulator::recall& by,
    const std::string& meeting,
    const step& what,
    instant at,
    const std::string& delivery
)
{
    value::object participant;
    participant.emplace_back("id", what.id);
    participant.emplace_back("name", what.name);
    value::object time;
    time.emplace_back("absolute", simulator::to_text(at));
    value::object inner;
    inner.emplace_back("participant", std::move(participant));
    inner.emplace_back("timestamp", std::move(time));
    value::object recording;
    recording.emplace_back("id", meeting);
    value::object data;
    data.emplace_back("data", std::move(inner));
    data.emplace_back("recording", std::move(recording));
    value::object body;
    body.emplace_back("event", "participant_events." + what.action);
    body.emplace_back("data", std::move(data));
    auto made = by.post(std::move(body), false, delivery);
    by.sign(made, std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
    return made;
}

std::string line_of(const message& what)
{
    return what.kind.substr(what.kind.find('.') + 1) + ' ' + what.participant + ' ' +
           what.text("/participant/name").value_or("?");
}

TEST(RecallRejoins, ArePublishedAsThePlatformTellsThem)
{
    deployment::options how;
    how.provider = "recall";
    how.hold = 5s;  // everything is told within it
    deployment rollcall{shared_broker(), how};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());
    reading reader{rollcall};

    const simulator::recall by{deployment::secrets_of("recall")};
    const auto begun =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now() - 1min);
    // The last first, and each of them twice.
    for (const auto* const pass : {"first", "second"})
        for (const auto& rule : rules)
            for (auto i = rule.steps.size(); i-- > 0;) {
                const auto delivery = rule.meeting + std::to_string(i) + pass;
                EXPECT_EQ(
                    send(told(by, rule.meeting, rule.steps[i], begun + i * 1s, delivery), daemon) /
                        100,
                    2U
                );
            }
    reader.until_probed(daemon, "end");

    std::map<std::string, std::vector<std::string>> published;
    const auto all = reader.without_probes();
    for (const auto* topic : {"attendance", "activity"})
        for (const auto& record :
             topic == std::string{"attendance"} ? all.attendance : all.activity) {
            const auto read = read_message(record, topic);
            ASSERT_TRUE(read);
            published[read->meeting].push_back(read->occurred_at + ' ' + line_of(*read));
        }
    for (const auto& rule : rules) {
        auto& lines = published[rule.meeting];
        std::ranges::sort(lines);  // an update goes to the other topic
        for (auto& line : lines)
            line.erase(0, line.find(' ') + 1);
        EXPECT_EQ(lines, rule.published) << rule.meeting;
    }
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
