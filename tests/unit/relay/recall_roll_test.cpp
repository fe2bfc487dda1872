// What Recall.ai's webhooks come to once the ledger has decided: the recorded meeting, with the
// accidents of its delivery.
#include "providers/provider.hpp"
#include "story.hpp"
#include "support/fixtures.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <stdexcept>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

const std::string recording = "b3d0a6c8-52f1-4c9b-9a6e-0e3f4d7a1c55";

timestamp time_of(const std::string& text)
{
    return parse_rfc3339(text).value();
}

std::string webhook(const std::string& name)
{
    return fixture("recall/webhooks/" + name + ".json");
}

std::string replaced(std::string body, const std::string& piece, const std::string& by)
{
    const auto at = body.find(piece);
    if (at == std::string::npos)
        throw std::logic_error("nothing to replace: " + piece);
    return body.replace(at, piece.size(), by);
}

std::string state_of_recording(const std::string& code, const std::string& at)
{
    return R"({"event":"recording.)" + code + R"(","data":{"data":{"code":")" + code +
           R"(","sub_code":null,"updated_at":")" + at + R"("},"recording":{"id":")" + recording +
           R"(","metadata":{}}}})";
}

std::string action(const std::string& name, const std::string& id, const std::string& at)
{
    return R"({"event":"participant_events.)" + name + R"(","data":{"data":{"participant":{"id":)" +
           id + R"(},"timestamp":{"absolute":")" + at + R"("},"data":null},"recording":{"id":")" +
           recording + R"("}}})";
}

// Delivers webhooks to a source of its own, one after the other within the hold.
class RecallRoll : public testing::Test {
protected:
    RecallRoll()
    {
        source_options options;
        options.region = "us-west-2";
        from_ = make_provider("recall", options);
    }

    void deliver(const std::string& body)
    {
        intake_record came;
        came.body = body;
        came.source = "recall-prod";
        came.provider = "recall";
        came.received_at = now_ += 10ms;
        auto found = from_->normalise(came);
        if (!found)
            throw std::logic_error("cannot be used: " + found.error().where);
        for (auto& each : found->events)
            records_.push_back({std::move(each), static_cast<std::int64_t>(records_.size())});
    }

    // Everything that was delivered, and whatever settles.
    const published& published_after_all()
    {
        plays_.commit_batch(records_, 0, records_.size(), now_);
        plays_.pass_time(now_ + 10s);
        plays_.pass_time(now_ + 2min);
        return plays_.out();
    }

    std::vector<std::string> lines()
    {
        std::vector<std::string> all;
        for (const auto& p : published_after_all())
            all.push_back(
                std::string{to_string(p.what.kind)} +
                (p.what.participant ? " " + p.what.participant->id : "") +
                (p.what.via == way::derived && p.what.participant ? " derived" : "")
            );
        return all;
    }

private:
    std::unique_ptr<const provider> from_;
    std::vector<record> records_;
    player plays_{roll_settings{}};
    timestamp now_ = time_of("2026-03-17T14:06:00Z");
};

TEST_F(RecallRoll, TakesAReplayedRequestForADuplicate)
{
    for (int i = 0; i < 3; ++i)
        deliver(webhook("webhook_chat_message"));
    EXPECT_THAT(lines(), ElementsAre("participant.chat 200"));
}

TEST_F(RecallRoll, PublishesOnceWhatTwoEndpointsOfOneBotTell)
{
    deliver(webhook("webhook_join"));
    deliver(replaced(webhook("webhook_join"), "41d8f6b9-3c70", "00000000-0000"));
    EXPECT_THAT(lines(), ElementsAre("participant.joined 200"));
}

TEST_F(RecallRoll, PublishesOnceWhatIsWrittenInAnotherWay)
{
    deliver(action("join", "200", "2026-03-17T14:00:16.554243Z"));
    deliver(action("join", "\"200\"", "2026-03-17T15:00:16.5542430+01:00"));
    EXPECT_THAT(lines(), ElementsAre("participant.joined 200"));
}

TEST_F(RecallRoll, PublishesBothOfTwoThatHaveOneKeyAndSayDifferentThings)
{
    const auto one = action("join", "200", "2026-03-17T14:00:16.554243Z");
    deliver(one);
    deliver(replaced(one, R"({"id":200})", R"({"id":200,"name":"Anna"})"));
    deliver(action("join", "200", "2026-03-17T14:00:16.554789Z"));
    deliver(one);
    EXPECT_THAT(
        lines(),
        ElementsAre("participant.joined 200", "participant.joined 200", "participant.joined 200")
    );
}

// A page that is reloaded, on Zoom's web client; always on Teams and Webex.
TEST_F(RecallRoll, LetsOneIdJoinAgainWithoutHavingLeft)
{
    deliver(action("join", "200", "2026-03-17T14:00:16Z"));
    deliver(action("join", "200", "2026-03-17T14:02:00Z"));
    deliver(webhook("status_recording_done"));
    EXPECT_THAT(
        lines(),
        ElementsAre(
            "participant.joined 200",
            "participant.joined 200",
            "meeting.ended",
            "participant.left 200 derived",
            "meeting.settled"
        )
    );
}

TEST_F(RecallRoll, LetsOneIdComeBackAfterItHasLeft)
{
    deliver(action("join", "200", "2026-03-17T14:00:16Z"));
    deliver(action("leave", "200", "2026-03-17T14:01:00Z"));
    deliver(action("join", "200", "2026-03-17T14:02:00Z"));
    deliver(action("leave", "200", "2026-03-17T14:03:00Z"));
    deliver(webhook("status_recording_done"));
    EXPECT_THAT(
        lines(),
        ElementsAre(
            "participant.joined 200",
            "participant.left 200",
            "participant.joined 200",
            "participant.left 200",
            "meeting.ended",
            "meeting.settled"
        )
    );
}

// On Zoom and Meet whoever comes back has another id: nothing ties the two together.
TEST_F(RecallRoll, CountsOnePersonWithTwoIdsTwice)
{
    for (const auto* name :
         {"webhook_join",
          "webhook_leave",
          "webhook_rejoin_new_participant_id",
          "status_recording_done"})
        deliver(webhook(name));
    const auto& out = published_after_all();
    ASSERT_EQ(out.size(), 6u);
    EXPECT_EQ(out[4].what.kind, kind::participant_left);
    EXPECT_EQ(out[4].what.participant->id, "300");
    EXPECT_EQ(out[4].what.via, way::derived);
    EXPECT_EQ(out[5].what.data, R"({"participants":2,"events":4,"recovered":0,"derived":1})");
}

TEST_F(RecallRoll, PublishesANameThatIsKnownOnlyLater)
{
    deliver(webhook("webhook_update"));
    deliver(webhook("webhook_join"));
    const auto& out = published_after_all();
    ASSERT_EQ(out.size(), 2u);
    EXPECT_EQ(out[0].what.participant->name, "iPhone");
    EXPECT_EQ(out[1].what.kind, kind::participant_updated);
    EXPECT_EQ(out[1].what.participant->name, "Tomás Okafor");
    EXPECT_FALSE(out[1].late);
}

// A state is applied by the time it was reached, and nothing goes back: in whatever order they
// come, the start is the first of its signs, the end the first of its own.
TEST_F(RecallRoll, HasOneStartAndOneEndInEveryOrderOfTheStates)
{
    std::vector<std::string> states = {
        state_of_recording("processing", "2026-03-17T14:00:04.512906+00:00"),
        state_of_recording("paused", "2026-03-17T14:01:00+00:00"),
        state_of_recording("processing", "2026-03-17T14:02:00+00:00"),
        state_of_recording("done", "2026-03-17T14:05:36.521948+00:00"),
        state_of_recording("done", "2026-03-17T14:05:40+00:00"),
    };
    std::ranges::sort(states);
    do {
        source_options options;
        options.region = "us-west-2";
        const auto from = make_provider("recall", options);
        player plays{roll_settings{}};
        std::vector<record> records;
        auto now = time_of("2026-03-17T14:06:00Z");
        for (const auto& body : states) {
            intake_record came;
            came.body = body;
            came.source = "recall-prod";
            came.provider = "recall";
            came.received_at = now += 10ms;
            records.push_back(
                {from->normalise(came)->events.at(0), static_cast<std::int64_t>(records.size())}
            );
        }
        plays.commit_batch(records, 0, records.size(), now);
        plays.pass_time(now + 2min);
        const auto& out = plays.out();
        ASSERT_EQ(out.size(), 3u);
        EXPECT_EQ(out[0].what.kind, kind::meeting_started);
        EXPECT_EQ(out[0].what.occurred_at, time_of("2026-03-17T14:00:04.512Z"));
        EXPECT_EQ(out[1].what.kind, kind::meeting_ended);
        EXPECT_EQ(out[1].what.occurred_at, time_of("2026-03-17T14:05:36.521Z"));
        EXPECT_EQ(out[2].what.kind, kind::meeting_settled);
    } while (std::ranges::next_permutation(states).found);
}

TEST_F(RecallRoll, IsNotStartedAgainByAStateThatComesAfterTheEnd)
{
    deliver(state_of_recording("processing", "2026-03-17T14:00:04Z"));
    deliver(webhook("status_recording_done"));
    published_after_all();
    deliver(state_of_recording("processing", "2026-03-17T14:07:00Z"));
    EXPECT_THAT(lines(), ElementsAre("meeting.started", "meeting.ended", "meeting.settled"));
}

// The whole recorded meeting, but for the two leaves that no webhook tells.
TEST_F(RecallRoll, PublishesTheRecordedMeetingInItsOrder)
{
    deliver(state_of_recording("processing", "2026-03-17T14:00:04.512906+00:00"));
    for (const auto* name :
         {"webhook_chat_message",
          "webhook_join",
          "webhook_join_before_recording",
          "webhook_leave",
          "webhook_rejoin_new_participant_id",
          "webhook_screenshare_off",
          "webhook_screenshare_on",
          "webhook_speech_off",
          "webhook_speech_on",
          "webhook_update",
          "webhook_webcam_off",
          "webhook_webcam_on",
          "status_participant_events_done",
          "status_bot_call_ended",
          "status_recording_done"})
        deliver(webhook(name));
    EXPECT_THAT(
        lines(),
        ElementsAre(
            "participant.joined 100",
            "meeting.started",
            "participant.joined 200",
            "participant.webcam_on 200",
            "participant.updated 200",
            "participant.speech_started 100",
            "participant.speech_stopped 100",
            "participant.chat 200",
            "participant.screenshare_on 100",
            "participant.screenshare_off 100",
            "participant.webcam_off 200",
            "participant.left 200",
            "participant.joined 300",
            "meeting.ended",
            "participant.left 100 derived",
            "participant.left 300 derived",
            "meeting.settled"
        )
    );
}

}  // namespace
}  // namespace rollcall::test
