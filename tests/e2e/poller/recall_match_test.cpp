// Recall.ai's two ways, whose times differ, with a match window: each event is published once, with
// one of its two times.
#include "recall_scene.hpp"

#include <gtest/gtest.h>

#include <iostream>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

struct times_differ {
    std::string name;
    milliseconds by{0};       ///< all of them
    double jitter = 0;        ///< and each, as a part of the distance of like events
    double lost = 0.3;        ///< of the webhooks
    milliseconds backlog{0};  ///< half of the webhooks come so much later, after the files
    bool over_restarts = false;
};
void PrintTo(const times_differ& which, std::ostream* out)
{
    *out << which.name;
}

class RecallMatched : public testing::TestWithParam<times_differ> {};

// One row in ten is lacking.
TEST_P(RecallMatched, EachEventIsPublishedOnceThoughTheTimesDiffer)
{
    const auto& which = GetParam();
    // The world decides the window, and the daemon has to be there before the world.
    playing::options how;
    how.provider = "recall";
    how.world = world_of(20'260'402, 4, 480, 48);
    const auto distance = nearest_like(how);
    std::cout << "like events are " << distance.count() << " ms apart, or more\n";
    ASSERT_GE(distance, 4ms);

    recall_scene::options with;
    with.downloads = ", match_window: " + std::to_string(distance.count() / 2) +
                     "ms, match_distance: 10s, match_wait: 3s";
    recall_scene scene{with};
    scene.matched = true;
    ASSERT_TRUE(scene.start());
    const auto world_options = how.world;
    how = scene.world(0, which.lost);
    how.world = world_options;
    how.wanted.archive.missing = 0.1;
    how.wanted.archive.offset = which.by;
    how.wanted.archive.jitter = milliseconds{
        static_cast<std::int64_t>(which.jitter * static_cast<double>(distance.count()))};
    how.wanted.backlog = which.backlog;
    const auto world = scene.play(how);
    if (which.over_restarts) {
        for (const std::uint64_t webhooks : {100U, 200U}) {
            ASSERT_TRUE(world->acknowledged(webhooks, 60s));
            ASSERT_TRUE(scene.kill_and_start());
        }
    }
    world->finish();
    EXPECT_EQ(scene.differences_from(*world), "");
    EXPECT_TRUE(scene.via("download") > 0 || which.lost == 0);
    EXPECT_GT(scene.via("webhook"), 0U);
}

const times_differ worlds[] = {
    {.name = "ByJitterAndWebhooksAreLost", .jitter = 0.45},
    {.name = "ByAConstantAndJitter", .by = -700ms, .jitter = 0.45, .lost = 0},
    {.name = "ByBoth", .by = -1'313ms, .jitter = 0.45},
    {.name = "ByBothAndFilesComeFirst", .by = -1'313ms, .jitter = 0.45, .backlog = 15s},
    {.name = "ByBothOverRestarts", .by = -1'313ms, .jitter = 0.45, .over_restarts = true},
};
INSTANTIATE_TEST_SUITE_P(Worlds, RecallMatched, testing::ValuesIn(worlds), [](const auto& each) {
    return each.param.name;
});

}  // namespace
}  // namespace rollcall::test
