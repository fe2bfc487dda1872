#include "app/topic_plan.hpp"

#include "app/connection.hpp"

#include <gmock/gmock.h>

#include <functional>

namespace rollcall {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

settings small()
{
    settings with;
    with.kafka.partitions = 3;
    return with;
}

// The topics as they were planned.
std::vector<std::optional<topic_state>> as_planned(const std::vector<topic_plan>& plans)
{
    std::vector<std::optional<topic_state>> is;
    for (const auto& plan : plans)
        is.emplace_back(topic_state{
            plan.name, plan.partitions, plan.replication_factor, plan.config});
    return is;
}

std::vector<std::string> faults(const std::vector<topic_finding>& findings)
{
    std::vector<std::string> all;
    for (const auto& one : findings)
        all.insert(all.end(), one.wrong.begin(), one.wrong.end());
    return all;
}

TEST(TopicPlan, NamesFiveTopicsWithWhatExactlyOnceNeeds)
{
    auto with = small();
    with.kafka.topic_prefix = "x.";
    with.kafka.replication_factor = 2;
    const auto plans = plan_topics(with);
    std::vector<std::string> names;
    for (const auto& plan : plans) {
        names.push_back(plan.name);
        EXPECT_EQ(plan.partitions, 3);
        EXPECT_EQ(plan.replication_factor, 2);
        EXPECT_EQ(plan.config.at("message.timestamp.type"), "CreateTime");
    }
    EXPECT_THAT(
        names, ElementsAre("x.intake", "x.attendance", "x.activity", "x.tracking", "x.deadletter")
    );
    EXPECT_EQ(plans[0].config.at("retention.ms"), "604800000");
    EXPECT_EQ(plans[3].config.at("cleanup.policy"), "compact");
    EXPECT_EQ(plans[4].config.at("retention.ms"), "2592000000");
}

TEST(TopicPlan, KeepsThemAsLongAsIsSet)
{
    auto with = small();
    with.kafka.retention = {.intake = 48h, .published = 24h * 60, .deadletter = 72h};
    const auto plans = plan_topics(with);
    EXPECT_EQ(plans[0].config.at("retention.ms"), "172800000");
    EXPECT_EQ(plans[1].config.at("retention.ms"), "5184000000");
    EXPECT_EQ(plans[2].config.at("retention.ms"), "5184000000");
    EXPECT_EQ(plans[4].config.at("retention.ms"), "259200000");
}

TEST(TopicPlan, NotesWhatIsKeptForAnotherTimeThanIsSet)
{
    const auto plans = plan_topics(small());
    auto is = as_planned(plans);
    is[0]->config["retention.ms"] = "-1";
    is[4]->config["retention.ms"] = "86400000";
    const auto findings = compare_topics(plans, is, 80h);
    EXPECT_THAT(faults(findings), IsEmpty());
    EXPECT_THAT(
        findings[0].notes,
        ElementsAre(AllOf(
            HasSubstr("rollcall.intake: is kept for ever, 168h by kafka.topics.retention"),
            HasSubstr("retention.ms=604800000")
        ))
    );
    EXPECT_THAT(findings[1].notes, IsEmpty());
    EXPECT_THAT(findings[4].notes, ElementsAre(HasSubstr("is kept 24h, 720h by")));
}

TEST(TopicPlan, HasRoomForTheLargestBody)
{
    auto with = small();
    EXPECT_EQ(largest_record_bytes(with), 2'000'000);
    EXPECT_EQ(plan_topics(with)[0].config.at("max.message.bytes"), "2100000");
    with.limits.body_bytes = 16'777'216;
    EXPECT_EQ(largest_record_bytes(with), 17'277'216);
    EXPECT_EQ(connection_of(with).properties.at("message.max.bytes"), "17277216");
    with.kafka.properties["message.max.bytes"] = "3000000";
    EXPECT_EQ(connection_of(with).properties.at("message.max.bytes"), "3000000");
    EXPECT_EQ(plan_topics(with)[4].config.at("max.message.bytes"), "3100000");
}

TEST(TopicComparison, HasNothingToSayAboutWhatIsAsPlanned)
{
    const auto plans = plan_topics(small());
    EXPECT_THAT(faults(compare_topics(plans, as_planned(plans), 80h)), IsEmpty());
}

TEST(TopicComparison, LeavesTheOperatorWhatIsTheOperators)
{
    const auto plans = plan_topics(small());
    auto is = as_planned(plans);
    for (auto& topic : is) {
        topic->partitions = 7;  // all of them
        topic->replication_factor = 3;
        topic->config["max.message.bytes"] = "99000000";
    }
    is[0]->config["retention.ms"] = "3600000";
    is[1]->config["retention.ms"] = "-1";
    is[2]->config["retention.ms"] = "288000000";  // the window, exactly
    is[4]->partitions = 1;
    EXPECT_THAT(faults(compare_topics(plans, is, 80h)), IsEmpty());
}

struct difference {
    std::string name;
    std::size_t topic;
    std::function<void(std::optional<topic_state>&)> make;
    std::vector<std::string> said;
};
class TopicDifference : public testing::TestWithParam<difference> {};
TEST_P(TopicDifference, IsSaidWithBothSides)
{
    const auto plans = plan_topics(small());
    auto is = as_planned(plans);
    GetParam().make(is[GetParam().topic]);
    const auto said = faults(compare_topics(plans, is, 80h));
    ASSERT_EQ(said.size(), 1U);
    EXPECT_THAT(said[0], HasSubstr(plans[GetParam().topic].name));
    for (const auto& part : GetParam().said)
        EXPECT_THAT(said[0], HasSubstr(part));
}

std::function<void(std::optional<topic_state>&)> with_config(std::string name, std::string value)
{
    return [name, value](std::optional<topic_state>& topic) { topic->config[name] = value; };
}

const difference differences[] = {
    {"Missing", 2, [](auto& topic) { topic.reset(); }, {"does not exist", "--create"}},
    {"Partitions", 1, [](auto& topic) { topic->partitions = 4; }, {"4 partitions", "intake has 3"}},
    {"TrackingPartitions",
     3,
     [](auto& topic) { topic->partitions = 1; },
     {"1 partitions", "has 3"}},
    {"Compacted", 0, with_config("cleanup.policy", "compact"), {"is compact", "must be delete"}},
    {"NotCompacted", 3, with_config("cleanup.policy", "delete"), {"is delete", "must be compact"}},
    {"LogAppendTime",
     1,
     with_config("message.timestamp.type", "LogAppendTime"),
     {"is LogAppendTime", "must be CreateTime"}},
    {"Retention",
     1,
     with_config("retention.ms", "287999999"),
     {"287999999", "at least", "288000000"}},
    {"RetentionBytes", 2, with_config("retention.bytes", "1000000"), {"1000000", "must be -1"}},
    {"Room", 4, with_config("max.message.bytes", "1048588"), {"1048588", "at least 2100000"}},
};
INSTANTIATE_TEST_SUITE_P(
    Differences,
    TopicDifference,
    testing::ValuesIn(differences),
    [](const auto& one) { return one.param.name; }
);

TEST(TopicComparison, SaysAllThatIsWrong)
{
    const auto plans = plan_topics(small());
    EXPECT_EQ(
        faults(compare_topics(plans, std::vector<std::optional<topic_state>>(5), 80h)).size(), 5U
    );
}

}  // namespace
}  // namespace rollcall
