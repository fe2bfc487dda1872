// What `rollcall doctor` makes of what it has seen.
#include "app/doctor/judgement.hpp"

#include <gmock/gmock.h>

#include <map>
#include <string>

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

const timestamp noon = *parse_rfc3339("2026-08-14T12:00:00Z");

finding at_distance(milliseconds ahead)
{
    return judge_clock("clock", {.date = noon + ahead, .sent = noon, .came = noon + 1s}, 5min);
}

TEST(DoctorsClock, HalvesTheWayAndTheSecondThatADateLeavesOut)
{
    // Asked at noon, answered 600 ms later: written at 300 ms, in the second that began at noon.
    EXPECT_EQ(clock_skew({.date = noon, .sent = noon, .came = noon + 600ms}), 200ms);
    EXPECT_EQ(clock_skew({.date = noon - 10min, .sent = noon, .came = noon}), 500ms - 10min);
}

TEST(DoctorsClock, WarnsFromFiveSecondsOnAndFailsBeyondTheTolerance)
{
    EXPECT_EQ(at_distance(5s).is, verdict::ok);
    EXPECT_EQ(at_distance(-5s).is, verdict::ok);
    EXPECT_EQ(at_distance(5001ms).is, verdict::warn);
    EXPECT_EQ(at_distance(-5001ms).is, verdict::warn);
    EXPECT_EQ(at_distance(5min).is, verdict::warn);
    EXPECT_EQ(at_distance(5min + 1ms).is, verdict::fail);
}

TEST(DoctorsClock, SaysHowFarAndWhichWay)
{
    const auto behind = at_distance(-10min);
    EXPECT_EQ(behind.is, verdict::fail);
    EXPECT_EQ(behind.seen, "the provider's is 10m behind ours");
    EXPECT_THAT(behind.advice, AllOf(HasSubstr("timedatectl"), HasSubstr("tolerance, 5m")));
    EXPECT_EQ(at_distance(10min).seen, "the provider's is 10m ahead of ours");
}

TEST(DoctorsBudget, IsWhatTheAnswerTells)
{
    rate_notice told;
    EXPECT_EQ(judge_budget("b", 200, told, {}).seen, "the provider's answers tell none");
    told.left = 12;
    told.a_minute = 60;
    const auto some = judge_budget("b", 200, told, {});
    EXPECT_EQ(some.is, verdict::ok);
    EXPECT_EQ(some.seen, "12 requests left of 60 a minute");
    told.left = 0;
    told.resets_in = 30s;
    const auto none = judge_budget("b", 200, told, {});
    EXPECT_EQ(none.is, verdict::warn);
    EXPECT_EQ(none.seen, "nothing is left of it for another 30s");
    const auto refused = judge_budget("b", 429, {}, 7s);
    EXPECT_EQ(refused.is, verdict::warn);
    EXPECT_THAT(refused.seen, AllOf(HasSubstr("another 7s"), HasSubstr("429")));
    EXPECT_THAT(refused.advice, HasSubstr("requests_a_minute"));
}

class DoctorsTopic : public testing::Test {
protected:
    DoctorsTopic()
    {
        plan.name = "x.intake";
        plan.partitions = 12;
        plan.replication_factor = 3;
        plan.config = {{"cleanup.policy", "delete"}, {"retention.ms", "604800000"}};
        is = {.name = plan.name, .partitions = 12, .replication_factor = 3, .config = plan.config};
        is.config["min.insync.replicas"] = "2";
    }
    finding judged() const { return judge_topic(plan, {plan.name, is, wrong, notes}); }

    topic_plan plan;
    topic_state is;
    std::vector<std::string> wrong, notes;
};

TEST_F(DoctorsTopic, IsWellAsItWasPlanned)
{
    const auto found = judged();
    EXPECT_EQ(found.is, verdict::ok);
    EXPECT_EQ(found.step, "topic x.intake");
    EXPECT_EQ(found.seen, "12 partitions, 3 replicas, min.insync.replicas 2, delete, kept 168h");
    EXPECT_THAT(found.advice, IsEmpty());
}

TEST_F(DoctorsTopic, IsMissing)
{
    const auto found = judge_topic(plan, {plan.name, {}, {"x.intake: does not exist"}, {}});
    EXPECT_EQ(found.is, verdict::fail);
    EXPECT_THAT(found.advice, HasSubstr("topics --create"));
}

TEST_F(DoctorsTopic, SaysAllThatIsWrongWithItWithoutItsName)
{
    wrong = {"x.intake: one thing", "x.intake: another"};
    EXPECT_EQ(judged().is, verdict::fail);
    EXPECT_EQ(judged().seen, "one thing; another");
}

TEST_F(DoctorsTopic, HasOtherNumbersThanTheSettings)
{
    is.partitions = 6;
    EXPECT_EQ(judged().is, verdict::warn);
    EXPECT_EQ(judged().seen, "6 partitions, 12 by kafka.topics.partitions");
    is.partitions = 12;
    is.replication_factor = 2;
    EXPECT_EQ(judged().is, verdict::warn);
    EXPECT_THAT(judged().advice, HasSubstr("replication_factor is 3"));
    is.replication_factor = 3;
    notes = {"x.intake: is kept 1d, 7d by kafka.topics.retention"};
    EXPECT_EQ(judged().is, verdict::warn);
    EXPECT_EQ(judged().seen, "is kept 1d, 7d by kafka.topics.retention");
}

TEST_F(DoctorsTopic, HasToHaveAsManyReplicasAsAcksAllNeeds)
{
    is.config["min.insync.replicas"] = "4";
    EXPECT_EQ(judged().is, verdict::warn);
    EXPECT_THAT(judged().advice, HasSubstr("refuse every record"));
    is.config["min.insync.replicas"] = "3";
    EXPECT_EQ(judged().is, verdict::warn);
    EXPECT_THAT(judged().advice, HasSubstr("one broker down"));
    is.config["min.insync.replicas"] = "1";
    EXPECT_EQ(judged().is, verdict::warn);
    EXPECT_THAT(judged().advice, HasSubstr("one broker alone"));
    plan.replication_factor = is.replication_factor = 1;  // there is only one
    EXPECT_EQ(judged().is, verdict::ok);
}

TEST(DoctorsCertificate, IsWarnedOfInTime)
{
    const auto found = [](milliseconds left) {
        return judge_expiry("c", noon + left, noon, 14 * 24h);
    };
    EXPECT_EQ(found(14 * 24h + 1ms).is, verdict::ok);
    EXPECT_EQ(found(14 * 24h).is, verdict::warn);
    EXPECT_EQ(found(14 * 24h).seen, "counts until 2026-08-28T12:00:00.000Z, 336h from now");
    EXPECT_EQ(found(0ms).is, verdict::fail);
    EXPECT_EQ(found(0ms).seen, "expired at 2026-08-14T12:00:00.000Z");
}

TEST(DoctorsSpool, NeedsRoomForAllThatMayWaitAndTheReserve)
{
    const auto found = [](std::uint64_t free, std::uint64_t used) {
        return judge_room(
            "spool", "/s", {.free = free, .used = used, .max_bytes = 100, .reserve = 9}
        );
    };
    EXPECT_EQ(found(109, 0).is, verdict::ok);
    EXPECT_EQ(found(108, 0).is, verdict::warn);
    EXPECT_EQ(found(9, 100).is, verdict::ok) << "what is used already counts";
    EXPECT_EQ(found(0, 200).is, verdict::ok);
    EXPECT_EQ(found(8, 0).is, verdict::fail) << "not even the reserve";
    EXPECT_THAT(found(8, 0).seen, HasSubstr("/s: 8B free, not enough for the 100B"));
    EXPECT_THAT(found(45'000'000'123, 0).seen, HasSubstr("41GiB free"));
    EXPECT_THAT(found(9'999'999, 0).seen, HasSubstr("9765KiB free"));
}

TEST(DoctorsReadiness, IsWhatTheDaemonSays)
{
    EXPECT_EQ(judge_readiness("d", 200, "ready\n").is, verdict::ok);
    EXPECT_EQ(judge_readiness("d", 200, "ready\n").seen, "ready");
    const auto degraded = judge_readiness("d", 200, "degraded: spooling\n");
    EXPECT_EQ(degraded.is, verdict::warn);
    EXPECT_EQ(degraded.seen, "degraded: spooling");
    const auto restoring = judge_readiness("d", 503, "restoring 5 of 12 partitions\n");
    EXPECT_EQ(restoring.is, verdict::fail);
    EXPECT_EQ(restoring.seen, "not ready: restoring 5 of 12 partitions");
}

TEST(DoctorsRoute, TakesWhatIsSignedAndRefusesWhatIsNot)
{
    route_answer answer{.status = 202, .proof = "signed with secret 1 of 1"};
    EXPECT_EQ(judge_route("r", answer).is, verdict::ok);
    EXPECT_EQ(judge_route("r", answer).seen, "signed with secret 1 of 1: taken with 202");
    answer.status = 200;
    EXPECT_EQ(judge_route("r", answer).is, verdict::fail) << "not the provider's";
    const auto advice = [&answer](unsigned status) {
        answer.status = status;
        EXPECT_EQ(judge_route("r", answer).is, verdict::fail);
        return judge_route("r", answer).advice;
    };
    EXPECT_THAT(advice(401), HasSubstr("another secret"));
    EXPECT_THAT(advice(404), HasSubstr("does not know this source"));
    EXPECT_THAT(advice(503), HasSubstr("Kafka nor in the spool"));
    answer.signature_known = false;
    EXPECT_THAT(advice(202), HasSubstr("should have been refused"));
    answer.status = 401;
    EXPECT_EQ(judge_route("r", answer).is, verdict::ok);
    EXPECT_THAT(judge_route("r", answer).seen, HasSubstr("only the provider can sign"));
}

}  // namespace
}  // namespace rollcall
