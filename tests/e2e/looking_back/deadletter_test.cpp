// `rollcall deadletter` against a daemon whose settings were wrong, and a real Kafka.
#include "harness/signed_sending.hpp"
#include "scene.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr const char* both = "{ joined: participant.joined, left: participant.left }";

deployment::options with_rooms(const std::string& participant)
{
    deployment::options how;
    how.log_level = "debug";
    how.hold = 200ms;
    how.more_sources = generic_source("rooms", both, participant);
    return how;
}

class DeadLetters : public testing::Test {
protected:
    DeadLetters()
    {
        daemon_.start();
        EXPECT_TRUE(daemon_.ready());
        for (const auto* who : {"p1", "p2"})
            EXPECT_EQ(send_signed(daemon_, "rooms", std::string{"msg_"} + who, body_of(who)), 202U);
        EXPECT_LT(send(unusable("bot_broken", "delivery_broken"), daemon_), 300U);
        EXPECT_TRUE(eventually(30s, [this] { return listed({}).size() == 3; }));
    }

    static std::string body_of(const std::string& who)
    {
        static const std::string session = "s1";
        static const auto p1 = generic_body("joined", session, "p1");
        static const auto p2 = generic_body("joined", session, "p2");
        return who == "p1" ? p1 : p2;
    }

    completed deadletter(std::vector<std::string> words) const
    {
        words.insert(words.begin(), "deadletter");
        auto ran = rollcall_.rollcall(daemon_, words);
        EXPECT_EQ(ran.status, (exit_status{0, 0})) << ran.err;
        return ran;
    }
    std::vector<rapidjson::Document> listed(std::vector<std::string> words) const
    {
        words.insert(words.begin(), {"list", "--json"});
        std::istringstream lines{deadletter(words).out};
        std::vector<rapidjson::Document> all;
        for (std::string line; std::getline(lines, line);)
            all.emplace_back().Parse(line.c_str());
        return all;
    }

    deployment rollcall_{shared_broker(), with_rooms("/data/nobody")};
    instance& daemon_ = rollcall_.add("only");
};

TEST_F(DeadLetters, AreListedAndShownWhole)
{
    EXPECT_THAT(listed({"--source", "rooms"}), SizeIs(2));
    EXPECT_THAT(listed({"--reason", "/data/nobody"}), SizeIs(2));
    EXPECT_THAT(listed({"--reason", "no such thing"}), SizeIs(0));
    EXPECT_THAT(listed({"--until", "1h"}), SizeIs(0));
    EXPECT_THAT(listed({"--since", "1h"}), SizeIs(3));
    const auto table = deadletter({"list"}).out;
    EXPECT_THAT(
        table,
        AllOf(
            testing::StartsWith("WHEN"),
            HasSubstr("field missing at /data/nobody (normalise)  "),
            HasSubstr("  s1  "),
            HasSubstr("bot_broken"),
            Not(HasSubstr("Zoë"))
        )
    );

    const auto rooms = listed({"--source", "rooms"});
    const auto shown = deadletter({"show", rooms[0]["place"].GetString()}).out;
    const auto end = shown.find("\n\n");
    ASSERT_NE(end, std::string::npos);
    EXPECT_THAT(
        shown.substr(0, end),
        AllOf(
            HasSubstr("rollcall-source: rooms\n"),
            HasSubstr("rollcall-reason: field missing\n"),
            HasSubstr("rollcall-meeting: s1\n"),
            HasSubstr("traceparent: 00-")
        )
    );
    const auto body = shown.substr(end + 2);
    EXPECT_TRUE(body == body_of("p1") || body == body_of("p2")) << body;
    const auto none = rollcall_.rollcall(daemon_, {"deadletter", "show", "0:4711"});
    EXPECT_EQ(none.status, (exit_status{1, 0}));
    EXPECT_THAT(none.err, HasSubstr("there is no such dead letter"));
}

TEST_F(DeadLetters, ThatCanBeUsedNowArePublishedOnceHoweverOftenTheyAreReplayed)
{
    EXPECT_THAT(
        deadletter({"replay"}).out,
        HasSubstr("0 dead letters with 0 new events put into the intake\n3 dead letters: not usable"
        )
    );
    EXPECT_EQ(daemon_.stop(), (exit_status{0, 0}));
    rollcall_.change(with_rooms("/data/who"));
    for (int i = 0; i < 2; ++i) {
        const auto dry = deadletter({"replay", "--dry-run"}).out;
        EXPECT_THAT(
            dry, HasSubstr("2 dead letters with 2 new events would be put into the intake\n1 dead")
        );
        EXPECT_THAT(dry, AllOf(HasSubstr("  rooms  s1  new\n"), HasSubstr("bot_broken  unusable")));
    }
    // Nobody has read the first ones yet: they come twice.
    for (int i = 0; i < 2; ++i)
        EXPECT_THAT(deadletter({"replay"}).out, HasSubstr("2 new events put into the intake"));
    daemon_.start();
    ASSERT_TRUE(daemon_.ready());
    EXPECT_THAT(
        published_facts(rollcall_, daemon_, "end"),
        ElementsAre("rooms s1 participant.joined p1", "rooms s1 participant.joined p2")
    );
    EXPECT_THAT(
        deadletter({"replay", "--source", "rooms"}).out,
        HasSubstr("0 new events put into the intake\n2 dead letters: nothing new")
    );
    const auto said = answer_of(rollcall_, daemon_, {"explain", "msg_p1", "--json"}, 0);
    ASSERT_EQ(said["records"].Size(), 3U);
    EXPECT_EQ(fate_of(said, 0), "dead letter");
    EXPECT_EQ(fate_of(said, 1), "published");
    EXPECT_EQ(fate_of(said, 2), "duplicate");
    EXPECT_THAT(said["records"][1]["replayed_from"].GetString(), HasSubstr("deadletter "));
    EXPECT_THAT(listed({}), SizeIs(3));
}

}  // namespace
}  // namespace rollcall::test
