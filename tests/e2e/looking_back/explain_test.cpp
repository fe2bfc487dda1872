// `rollcall explain` on everything that can become of an event, against a daemon and a real Kafka.
#include "scene.hpp"
#include "support/broker.hpp"
#include "support/http_client.hpp"
#include "verifier/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// By cause, so that one event can be held for long while others go out at once.
deployment::options by_cause()
{
    deployment::options how;
    how.log_level = "debug";
    how.mode = promise::causal;
    how.hold = 2min;
    return how;
}

class Explain : public testing::Test {
protected:
    Explain() { daemon_.start(); }

    bool send_participant(
        const std::string& meeting, const std::string& id, const std::string& type
    )
    {
        return send(participant_event(meeting, id, type, present()), daemon_) / 100 == 2;
    }
    template <class Enough>
    rapidjson::Document explained_once(const std::string& id, const Enough& enough) const
    {
        return explained(rollcall_, daemon_, id, enough);
    }

    deployment rollcall_{shared_broker(), by_cause()};
    instance& daemon_ = rollcall_.add("only");
    const std::vector<std::string> meetings_ =
        probe_meetings(rollcall_.how().partitions, "explain");
};

TEST_F(Explain, SaysWhereAnEventIsPublishedAndWhichAreItsDuplicates)
{
    ASSERT_TRUE(daemon_.ready());
    const auto first = participant_event(meetings_[0], "pe_first", "join", present());
    for (int i = 0; i < 2; ++i)
        ASSERT_LT(send(first, daemon_), 300U);
    const auto said =
        explained_once("pe_first", [](const auto& now) { return fate_of(now, 1) == "duplicate"; });
    ASSERT_EQ(fate_of(said, 0), "published");
    ASSERT_EQ(fate_of(said, 1), "duplicate");
    EXPECT_STREQ(said["records"][0]["via"].GetString(), "webhook");
    EXPECT_STREQ(said["records"][0]["delivery"].GetString(), "key-of-pe_first");
    EXPECT_TRUE(said["records"][1]["passed"].GetBool());

    const auto& message = said["records"][0]["events"][0]["message"];
    console_reader attendance{rollcall_.kafka(), rollcall_.topic("attendance")};
    const auto read = attendance.read_until([&](const std::vector<console_record>& so_far) {
        return !so_far.empty() &&
               so_far.back().value.value_or("").find("pe_first") != std::string::npos;
    });
    const auto& real = read.back();
    EXPECT_EQ(message["topic"].GetString(), rollcall_.topic("attendance"));
    EXPECT_EQ(message["partition"].GetInt(), real.partition);
    EXPECT_EQ(message["offset"].GetInt64(), real.offset);
    EXPECT_EQ(message["event"].GetString(), real.header("ce_id"));
    EXPECT_EQ(message["sequence"].GetUint64(), 1U);
    EXPECT_EQ(message["intake"].GetString(), real.header("rollcall-intake"));

    // The same by the message's id, by the delivery's, and by the meeting's.
    for (const auto& id : {*real.header("ce_id"), std::string{"key-of-pe_first"}, meetings_[0]}) {
        const auto again = answer_of(rollcall_, daemon_, {"explain", id, "--json"}, 0);
        EXPECT_EQ(again["records"], said["records"]) << id;
    }
    const auto text = rollcall_.rollcall(daemon_, {"explain", "pe_first"});
    EXPECT_THAT(
        text.out,
        HasSubstr(
            "published: " + rollcall_.topic("attendance") + ' ' + std::to_string(real.partition) +
            ':' + std::to_string(real.offset)
        )
    );
    EXPECT_THAT(text.out, HasSubstr("a duplicate of the one told first by webhook"));
    EXPECT_THAT(text.out, Not(HasSubstr("Zoë")));
}

TEST_F(Explain, SaysUntilWhenAnEventIsHeld)
{
    ASSERT_TRUE(daemon_.ready());
    ASSERT_TRUE(send_participant(meetings_[1], "pe_left", "leave"));
    ASSERT_TRUE(send_participant(meetings_[1], "pe_other", "speech_start"));
    const auto after =
        explained_once("pe_other", [](const auto& now) { return fate_of(now, 0) == "published"; });
    EXPECT_EQ(fate_of(after, 0), "published");
    const auto said = answer_of(rollcall_, daemon_, {"explain", "pe_left", "--json"}, 0);
    ASSERT_EQ(fate_of(said, 0), "held");
    const auto& record = said["records"][0];
    EXPECT_EQ(
        read_time(record["events"][0]["until"].GetString()) -
            read_time(record["received_at"].GetString()),
        2min
    );
    EXPECT_FALSE(record["passed"].GetBool());
    EXPECT_LE(record["committed"].GetInt64(), record["offset"].GetInt64());
    EXPECT_THAT(
        rollcall_.rollcall(daemon_, {"explain", "pe_left"}).out,
        HasSubstr("  not passed: the relay has committed ")
    );
}

TEST_F(Explain, SaysWhyAnEventIsADeadLetter)
{
    ASSERT_TRUE(daemon_.ready());
    ASSERT_LT(send(unusable(meetings_[2], "delivery-of-nothing"), daemon_), 300U);
    const auto said = explained_once("delivery-of-nothing", [](const auto& now) {
        return now["records"].Size() == 1 && now["records"][0].HasMember("dead_letter");
    });
    ASSERT_EQ(said["records"].Size(), 1U);
    const auto& letter = said["records"][0]["dead_letter"];
    EXPECT_EQ(letter["topic"].GetString(), rollcall_.topic("deadletter"));
    EXPECT_STREQ(letter["step"].GetString(), "normalise");
    EXPECT_STREQ(letter["reason"].GetString(), "field missing");
    EXPECT_THAT(letter["where"].GetString(), HasSubstr("data"));
}

TEST_F(Explain, KnowsNothingOfWhatWasRefusedOrNeverSent)
{
    ASSERT_TRUE(daemon_.listening());
    auto forged = participant_event(meetings_[3], "pe_forged", "join", present());
    const auto signature = std::ranges::find_if(forged.headers, [](const auto& header) {
        return header.first == "X-Webhook-Signature";
    });
    ASSERT_NE(signature, forged.headers.end());
    signature->second = "AAAA" + signature->second.substr(4);
    ASSERT_EQ(send(forged, daemon_), 401U);
    for (const auto* id : {"pe_forged", "pe_unheard_of"}) {
        const auto ran = rollcall_.rollcall(daemon_, {"explain", id});
        EXPECT_EQ(ran.status, (exit_status{1, 0}));
        EXPECT_EQ(ran.out, "");
        EXPECT_THAT(ran.err, HasSubstr("nothing is known of " + std::string{id}));
        EXPECT_THAT(ran.err, HasSubstr("Requests that were refused (400, 401"));
        const auto said = answer_of(rollcall_, daemon_, {"explain", id, "--json"}, 1);
        EXPECT_FALSE(said["known"].GetBool());
    }
    const auto lost = rollcall_.rollcall(
        daemon_, {"explain", "pe_forged", "--set", "kafka.bootstrap_servers=127.0.0.1:1"}
    );
    EXPECT_EQ(lost.status, (exit_status{1, 0}));
    EXPECT_THAT(lost.err, HasSubstr("127.0.0.1:1"));
}

}  // namespace
}  // namespace rollcall::test
