// `rollcall replay` after the settings of two sources were wrong: exactly what is missing comes.
#include "harness/signed_sending.hpp"
#include "scene.hpp"
#include "support/broker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* both = "{ joined: participant.joined, left: participant.left }";

deployment::options with_sources(const std::string& rooms, const std::string& halls)
{
    deployment::options how;
    how.log_level = "debug";
    how.hold = 200ms;
    how.more_sources = rooms + halls;
    return how;
}

TEST(Replay, PublishesExactlyWhatAFaultInTheSettingsHasCost)
{
    const auto mended = with_sources(
        generic_source("rooms", both, "/data/who"), generic_source("halls", both, "/data/who")
    );
    // Of one the leaves are left out, of the other everything is a dead letter.
    const auto seeded = with_sources(
        generic_source("rooms", "{ joined: participant.joined }", "/data/who"),
        generic_source("halls", both, "/data/nobody")
    );
    deployment rollcall{shared_broker(), seeded};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());
    for (const std::string source : {"rooms", "halls"}) {
        const auto send = [&](const std::string& id, const std::string& body) {
            EXPECT_EQ(send_signed(daemon, source, source + id, body), 202U);
        };
        send("-1", generic_body("joined", "in-" + source, "p1"));
        send("-2", generic_body("joined", "in-" + source, "p2"));
        send("-3", generic_body("left", "in-" + source, "p1"));
        ASSERT_TRUE(passed(rollcall, daemon, source + "-3"));
    }
    const auto replay = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"replay", "--since", "1h"});
        const auto ran = rollcall.rollcall(daemon, words);
        EXPECT_EQ(ran.status, (exit_status{0, 0})) << ran.err;
        return ran.out;
    };
    EXPECT_THAT(replay({}), HasSubstr("0 new events put into the intake"));
    EXPECT_THAT(
        published_facts(rollcall, daemon, "before"),
        ElementsAre("rooms in-rooms participant.joined p1", "rooms in-rooms participant.joined p2")
    );

    rollcall.change(mended);
    ASSERT_TRUE(daemon.restart());
    for (int i = 0; i < 2; ++i)
        EXPECT_THAT(
            replay({"--dry-run"}),
            AllOf(
                HasSubstr("rooms  in-rooms  participant.left p1 at "),
                HasSubstr("halls  in-halls  participant.joined p1 at "),
                HasSubstr("halls  in-halls  participant.joined p2 at "),
                HasSubstr("halls  in-halls  participant.left p1 at "),
                HasSubstr("4 records with 4 new events would be put into the intake\n"),
                Not(HasSubstr("participant.joined p1 at rooms"))
            )
        );
    EXPECT_THAT(
        replay({"--dry-run", "--source", "rooms"}), HasSubstr("1 record with 1 new event would")
    );
    EXPECT_THAT(replay({"--dry-run", "--until", "59m"}), HasSubstr("0 records with 0 new events"));
    EXPECT_THAT(replay({}), HasSubstr("4 records with 4 new events put into the intake\n"));
    EXPECT_THAT(
        published_facts(rollcall, daemon, "after"),
        ElementsAre(
            "halls in-halls participant.joined p1",
            "halls in-halls participant.joined p2",
            "halls in-halls participant.left p1",
            "rooms in-rooms participant.joined p1",
            "rooms in-rooms participant.joined p2",
            "rooms in-rooms participant.left p1"
        )
    );
    EXPECT_THAT(replay({}), HasSubstr("0 new events put into the intake"));
}

}  // namespace
}  // namespace rollcall::test
