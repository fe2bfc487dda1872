#include "app/mapping_trial.hpp"

#include "app/check.hpp"
#include "app/exit_code.hpp"
#include "support/fixtures.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace rollcall {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// The source of the recorded bodies, and the directory they are put into.
class MappingTrial : public testing::Test {
protected:
    test::temp_dir directory;
    source_settings source{"rooms", "standard_webhooks"};
    mapping_settings mapping;

    MappingTrial()
    {
        mapping.kinds = {
            {"participant.joined", "participant.joined"},
            {"com.example.meetings.participant.joined.v1", "participant.joined"},
            {"com.example.meetings.participant.left.v1", "participant.left"}};
        mapping.meeting.id = "/data/session_id";
        mapping.participant.id = "/data/participant/connection_id";
        mapping.participant.name = "/data/participant/name";
    }
    void add_example(const std::string& name, const std::string& body)
    {
        test::write_file(directory.path() / name, body);
        mapping.examples.push_back(directory.path() / name);
    }
    source_settings mapped() const
    {
        auto with = source;
        with.mapping = mapping;
        return with;
    }
    static std::string recorded(const std::string& name)
    {
        return test::fixture("standard-webhooks/" + name + ".json");
    }
};

TEST_F(MappingTrial, ShowsTheEventThatAnExampleMakes)
{
    add_example("joined.json", recorded("webhook_participant_joined"));
    add_example("other.json", recorded("webhook_unknown_type"));
    const auto tried = try_mapping(mapped());
    ASSERT_THAT(tried, SizeIs(2));
    EXPECT_EQ(tried[0].file, "joined.json");
    EXPECT_EQ(tried[0].wrong, "");
    EXPECT_THAT(
        tried[0].lines,
        ElementsAre("participant.joined at 2026-03-04T14:00:02.640Z, meeting room-42-20260304, "
                    "participant c-7f3a, name Asha Rao, identity standard_webhooks:2:ID")
    );
    EXPECT_EQ(tried[1].wrong, "");
    EXPECT_THAT(tried[1].lines, ElementsAre("ignored: whiteboard.opened"));
}

TEST_F(MappingTrial, SaysWhatIsWrongAndWhere)
{
    add_example("thin.json", recorded("webhook_thin"));
    add_example("broken.json", "{");
    mapping.examples.push_back(directory.path() / "nowhere.json");
    const auto tried = try_mapping(mapped());
    ASSERT_THAT(tried, SizeIs(3));
    EXPECT_EQ(tried[0].wrong, "/data/session_id: field missing");
    EXPECT_EQ(tried[1].wrong, "byte 1: not valid JSON");
    EXPECT_THAT(tried[2].wrong, HasSubstr("cannot be read (No such file or directory)"));
}

TEST_F(MappingTrial, TakesCloudEventsOneByOneAndInBatches)
{
    source.webhook.cloudevents.emplace();
    mapping.participant.id = "/data/participant/peer_id";
    add_example("one.json", recorded("cloudevents_structured"));
    add_example("two.json", recorded("cloudevents_batch"));
    const auto tried = try_mapping(mapped());
    ASSERT_THAT(tried, SizeIs(2));
    EXPECT_EQ(tried[0].wrong, "");
    EXPECT_THAT(tried[0].lines, SizeIs(1));
    EXPECT_EQ(tried[1].wrong, "");
    ASSERT_THAT(tried[1].lines, SizeIs(2));
    EXPECT_EQ(tried[1].lines[0], tried[0].lines[0]);
    EXPECT_THAT(tried[1].lines[1], HasSubstr("participant.left at 2026-03-04T14:20:09.415Z"));
}

TEST_F(MappingTrial, LetsNoValueDriveATerminal)
{
    add_example(
        "escape.json",
        R"({"type":"participant.joined","timestamp":1772632802,"data":{"session_id":"\u001b[2J",)"
        R"("participant":{"connection_id":"c"}}})"
    );
    EXPECT_THAT(try_mapping(mapped())[0].lines[0], HasSubstr("meeting ?[2J,"));
}

TEST_F(MappingTrial, DecidesHowCheckEnds)
{
    settings with;
    with.kafka.bootstrap_servers = "k:9092";
    add_example("joined.json", recorded("webhook_participant_joined"));
    with.sources = {mapped()};
    std::ostringstream good;
    EXPECT_EQ(run_check(with, good), exit_done);
    EXPECT_THAT(good.str(), HasSubstr("            joined.json: participant.joined at "));
    EXPECT_THAT(good.str(), HasSubstr("The configuration is right.\n"));

    add_example("thin.json", recorded("webhook_thin"));
    with.sources = {mapped()};
    std::ostringstream bad;
    EXPECT_EQ(run_check(with, bad), exit_wrong_configuration);
    EXPECT_THAT(
        bad.str(), HasSubstr("            thin.json: WRONG: /data/session_id: field missing\n")
    );
    EXPECT_THAT(
        bad.str(), HasSubstr("The configuration is wrong: 1 example does not fit the mapping.\n")
    );
}

TEST(Check, SaysWhatWebhooksProveThemselvesWith)
{
    settings with;
    with.sources = {{"a", "standard_webhooks", {{"whsec_x"}}}};
    const auto said = [&with] {
        std::ostringstream out;
        run_check(with, out);
        return out.str();
    };
    auto& webhook = with.sources[0].webhook;
    EXPECT_THAT(said(), HasSubstr("a: standard_webhooks, 1 secret, POST"));
    webhook.query_token = "hunter2";
    EXPECT_THAT(said(), HasSubstr("a: standard_webhooks, 1 secret and query token, POST"));
    webhook.unsigned_allowed = true;
    EXPECT_THAT(said(), HasSubstr("a: standard_webhooks, 1 secret or query token, POST"));
    webhook.secrets.clear();
    EXPECT_THAT(said(), HasSubstr("a: standard_webhooks, query token, POST"));
    EXPECT_THAT(said(), testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace rollcall
