#include "providers/given_up.hpp"
#include "scene.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace rollcall::test {
namespace {

const std::string url = file_plan::url("file_1");

TEST(PollerDownloads, StoreEachPartThenTheWordThatAllIsThere)
{
    scene on;
    on.api.holds(url, {"a,b", "1,c", ",d"});
    on.start();
    on.relay_owns(0, {on.meeting("file_1")});
    on.store.wait_for_forgotten(1);
    on.stop();
    const auto records = on.journal.records();
    ASSERT_EQ(bodies(records), (std::vector<std::string>{"a", "b1", "c", "d", "", ""}));
    for (std::uint32_t n = 0; n < 4; ++n) {
        EXPECT_EQ(records[n].key, "file_1");
        EXPECT_EQ(records[n].item, "row");
        EXPECT_EQ(records[n].via, way::download);
        EXPECT_EQ(records[n].delivery_id, "file of file_1");
        EXPECT_EQ(records[n].number, n);
        EXPECT_EQ(records[n].notice, tracking_sign::none);
    }
    EXPECT_EQ(records[4].notice, tracking_sign::downloaded);
    EXPECT_EQ(records[4].via, way::download);
    EXPECT_EQ(records[4].delivery_id, "file of file_1");
    EXPECT_EQ(records[4].key, "file_1");
    EXPECT_EQ(records[5].notice, tracking_sign::swept);
    EXPECT_EQ(records[5].delivery_id, "");
    EXPECT_EQ(on.polls.counts("prod")->rows, 4U);
}

TEST(PollerDownloads, AreMarkedByAPatch)
{
    scene on;
    const auto file = file_plan::url("file-marked");
    on.api.holds(file, {"a"});
    on.start();
    on.relay_owns(0, {on.meeting("file-marked")});
    on.store.wait_for_forgotten(1);
    EXPECT_EQ(on.api.asked(file), 1U);
    EXPECT_EQ(on.api.asked("/file-marked"), 1U);
    EXPECT_EQ(on.api.sent("/file-marked"), R"({"metadata":{}})");
}

TEST(PollerDownloads, BeginAgainWhenTheyBreakOff)
{
    scene on;
    on.api.holds(url, {"a,b,", "c,"}, errc::answer_broken);
    on.start();
    on.relay_owns(0, {on.meeting("file_1")});
    on.api.wait_for(url, 2);
    on.api.holds(url, {"a,b,", "c,d"});
    on.store.wait_for_forgotten(1);
    on.stop();
    auto records = on.journal.records();
    ASSERT_GE(records.size(), 9U);
    EXPECT_EQ(records[3].body, "a");  // from the start
    EXPECT_EQ(records[3].number, 0U);
    EXPECT_EQ(std::ranges::count(records, tracking_sign::downloaded, &intake_record::notice), 1);
    EXPECT_GE(on.polls.counts("prod")->failed, 1U);
}

TEST(PollerDownloads, BeginAgainWhenAPartIsNotStored)
{
    scene on;
    on.api.holds(url, {"a,", "b,", "c,"});
    on.journal.fail("b", errc::kafka_timed_out);
    on.start();
    on.relay_owns(0, {on.meeting("file_1")});
    on.store.wait_for_forgotten(1);
    on.stop();
    EXPECT_EQ(bodies(on.journal.records()), (std::vector<std::string>{"a", "a", "b", "c", "", ""}));
    EXPECT_EQ(on.polls.counts("prod")->failed, 0U);  // the provider has done nothing wrong
}

TEST(PollerDownloads, RepeatTheWordThatAllIsThereUntilItIsStored)
{
    scene on;
    on.api.holds(url, {"a,"});
    on.journal.fail("", errc::kafka_timed_out);
    on.start();
    on.relay_owns(0, {on.meeting("file_1")});
    on.store.wait_for_forgotten(1);
    on.stop();
    EXPECT_EQ(bodies(on.journal.records()), (std::vector<std::string>{"a", "a", "", ""}));
}

// Two rows in two parts, each refused for good, with parts before them that are stored each time.
TEST(PollerDownloads, PassOverARowThatCannotBeStoredAndTellOfIt)
{
    scene on;
    on.api.holds(url, {"a,", "poison,", "b,", "venom,", "c,"});
    on.journal.fail("poison", errc::kafka_rejected, 1'000'000);
    on.journal.fail("venom", errc::kafka_rejected, 1'000'000);
    on.start();
    on.relay_owns(0, {on.meeting("file_1")});
    on.store.wait_for_forgotten(1);
    on.stop();
    const auto records = on.journal.records();
    EXPECT_EQ(std::ranges::count(records, given_up_item, &intake_record::item), 2);
    EXPECT_EQ(std::ranges::count(records, "a", &intake_record::body), 3);
    EXPECT_EQ(std::ranges::count(records, "c", &intake_record::body), 1);
    for (const auto& each : records)
        EXPECT_EQ(each.body.find("secret"), std::string::npos) << each.body;
    EXPECT_EQ(on.polls.counts("prod")->given_up, 2U);
}

TEST(PollerDownloads, TellThePlanWhateverWentWrong)
{
    scene on;
    on.api.holds(url, {"a"});
    on.api.refuse(url, 403, 1);
    on.api.refuse(url, 302, 1);
    on.api.fail(url, errc::host_refused, 1);
    on.api.fail(url, errc::answer_timed_out, 1);
    on.start();
    on.relay_owns(0, {on.meeting("file_1"), on.meeting("bot_1")});
    on.store.wait_for_forgotten(1);
    EXPECT_EQ(on.polls.counts("prod")->failed, 4U);
    // The credential is not at fault where a file is refused.
    EXPECT_EQ(on.polls.counts("prod")->denied, 0U);
    EXPECT_FALSE(on.polls.states().front().denied);
}

TEST(PollerDownloads, OfGarbageTellThePlanWhereItIs)
{
    scene on;
    on.api.holds(url, {"a,", "broken,", "b,"});
    on.start();
    on.relay_owns(0, {on.meeting("file_1")});
    on.api.wait_for(url, 2);
    on.api.holds(url, {"a,b"});
    on.store.wait_for_forgotten(1);
    const auto records = on.journal.records();
    EXPECT_EQ(std::ranges::count(records, "b", &intake_record::body), 1);
}

TEST(PollerDownloads, ThatFailDisturbNobodyElse)
{
    scene on;
    on.api.fail(url, errc::host_refused, 1'000'000);
    on.api.answers("/bot_1", "a");
    on.start();
    on.relay_owns(0, {on.meeting("file_1"), on.meeting("bot_1")});
    on.api.wait_for(url, 8);
    const auto before = on.api.asked("/bot_1");
    on.api.wait_for("/bot_1", before + 20);
    on.polls.stop();
    EXPECT_FALSE(on.polls.states().front().failing);
}

// As the plan would wait for a fresh URL with the second one.
TEST(PollerDownloads, AreNotManyAtOnce)
{
    scene on;
    on.api.hold();
    on.start();
    for (int n = 0; n < 5; ++n)
        on.relay_owns(n, {on.meeting("file_" + std::to_string(n))});
    on.relay_owns(9, {on.meeting("bot_1")});
    on.api.wait_for("/bot_1", 1);  // held back with them, and past their limit
    std::size_t under_way = 0;
    for (int n = 0; n < 5; ++n)
        under_way += on.api.asked(file_plan::url("file_" + std::to_string(n)));
    EXPECT_LE(under_way, 2U);
    on.api.release();
    on.store.wait_for_forgotten(5);
}

TEST(PollerDownloads, StopInTheMiddle)
{
    scene on;
    on.api.holds(url, {"a,", "b,"});
    on.journal.hold();
    on.start();
    on.relay_owns(0, {on.meeting("file_1")});
    on.journal.wait_for(1);
    on.api.hold();
    on.journal.release();
    on.stop();
    EXPECT_EQ(bodies(on.journal.records()), std::vector<std::string>{"a"});
    EXPECT_TRUE(on.store.forgotten().empty());
}

TEST(PollerDownloads, OfAPartitionThatIsGivenUpGoNoFurther)
{
    scene on;
    on.api.holds(url, {"a,", "b,"});
    on.journal.hold();
    on.start();
    on.relay_owns(0, {on.meeting("file_1")});
    on.journal.wait_for(1);
    on.polls.on_given_up(0);
    on.relay_owns(1, {on.meeting("bot_2")});
    on.api.wait_for("/bot_2", 1);
    on.journal.release();
    on.api.wait_for("/bot_2", 5);
    on.stop();
    EXPECT_EQ(bodies(on.journal.records()), std::vector<std::string>{"a"});
    EXPECT_TRUE(on.store.forgotten().empty());
}

}  // namespace
}  // namespace rollcall::test
