// Recall.ai's webhooks and its files, over a real Kafka: whatever of the two there is, what is
// published is the truth.
#include "recall_scene.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>

#include <iostream>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

// What a world is like, and what there has to be of it in the end.
struct recall_case {
    std::string name;
    double lost = 0;
    bool api_fails = false;
    simulator::archive_faults files{};
};
void PrintTo(const recall_case& which, std::ostream* out)
{
    *out << which.name;
}

class RecallTold : public testing::TestWithParam<recall_case> {};

TEST_P(RecallTold, EachEventIsPublishedOnceAsItWas)
{
    recall_scene scene;
    if (GetParam().api_fails)
        scene.api().change_faults(three_in_ten());
    ASSERT_TRUE(scene.start());
    auto how = scene.world(20'260'319, GetParam().lost);
    how.wanted.archive = GetParam().files;
    const auto world = scene.play(how);
    world->finish();
    EXPECT_EQ(scene.differences_from(*world), "");

    const auto downloaded = scene.via("download");
    std::cout << "by download: " << downloaded << "; " << to_text(scene.api().counts()) << '\n';
    EXPECT_TRUE(downloaded > 0 || GetParam().lost == 0);
    EXPECT_EQ(scene.daemon().stop(), (exit_status{0, 0}));
}

const recall_case told[] = {
    {.name = "ByBothWays"},
    {.name = "ByFilesAlone", .lost = 1},
    {.name = "ByBothWhereThreeInTenWebhooksAreLost", .lost = 0.3},
    {.name = "ByFilesAloneOfAnApiThatFails", .lost = 1, .api_fails = true},
    {.name = "WithoutSomeFiles",
     .lost = 0.3,
     .files = {.failed = 0.3, .deleted = 0.2, .processing = 2s}},
    {.name = "WithTimesOfAnotherPrecision", .lost = 0.3, .files = {.digits = 3}},
    {.name = "WithRowsInNoOrder", .lost = 0.3, .files = {.processing = 3s, .shuffled = true}},
};
INSTANTIATE_TEST_SUITE_P(Worlds, RecallTold, testing::ValuesIn(told), [](const auto& each) {
    return each.param.name;
});

// What comes after the files have been read was read in them.
TEST(RecallFiles, MayComeBeforeTheWebhooks)
{
    recall_scene scene;
    ASSERT_TRUE(scene.start());
    auto how = scene.world(20'260'320, 0);
    how.wanted.backlog = 20s;
    const auto world = scene.play(how);
    world->finish();
    EXPECT_EQ(scene.differences_from(*world), "");
    EXPECT_GT(scene.via("download"), 0U);
}

// Seventy of the provider's seconds: the endpoints of the meetings that went on are dead.
TEST(RecallEndpoint, ThatDiedIsMadeGoodByTheFiles)
{
    recall_scene scene;
    ASSERT_TRUE(scene.start());
    auto how = scene.world(20'260'321, 0);
    how.player.time_scale = 20;
    const auto world = scene.play(how);
    ASSERT_TRUE(world->acknowledged(world->what().planned.deliveries.size() / 3, 1min));
    scene.daemon().kill();
    // As long as it takes the provider to give endpoints up.
    ASSERT_TRUE(eventually(60s, [&] { return world->seen().given_up > 0; }));
    scene.daemon().start();
    const auto sent = world->finish();
    EXPECT_GT(sent.given_up, 0U);
    EXPECT_EQ(scene.differences_from(*world), "");
    EXPECT_GT(scene.via("download"), 0U);
}

TEST(RecallDaemon, MayBeKilledWhileItReadsFiles)
{
    recall_scene scene;
    ASSERT_TRUE(scene.start());
    const auto world = scene.play(scene.world(20'260'322, 0.5));
    for (int kills = 0; kills < 3; ++kills) {
        ASSERT_TRUE(asked(scene.api(), 25));
        ASSERT_TRUE(scene.kill_and_start());
    }
    world->finish();
    ASSERT_TRUE(scene.daemon().ready());
    EXPECT_EQ(scene.differences_from(*world), "");
}

}  // namespace
}  // namespace rollcall::test
