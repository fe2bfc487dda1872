// What is written to Recall.ai once a meeting has settled.
#include "recall_scene.hpp"
#include "support/eventually.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view ours = R"("rollcall":"demo: )";
constexpr std::string_view theirs = R"("owner":"team 7")";

bool has(const std::map<std::string, std::string>& all, std::string_view text)
{
    return !all.empty() && std::ranges::all_of(all, [&](const auto& each) {
        return each.second.find(text) != std::string::npos;
    });
}

std::uint64_t patches(recall_scene& scene)
{
    const auto counts = scene.api().counts();
    const auto found = counts.by_path.find("mark");
    return found == counts.by_path.end() ? 0 : found->second;
}

class RecallMarks : public testing::TestWithParam<bool> {};

// Whether a PATCH merges or replaces: what was there stays, a mark is written once, and not again
// after a crash.
TEST_P(RecallMarks, AreWrittenOnceBesideWhatIsThere)
{
    recall_scene::options with;
    with.replaces_metadata = GetParam();
    with.more =
        ", marks: { rollcall: \"{source}: {events} events, {recovered} recovered, settled "
        "{settled_at}\", seen: \"yes\" }";
    recall_scene scene{with};
    ASSERT_TRUE(scene.start());
    const auto world = scene.play(scene.world(20'260'403, 0.3));
    ASSERT_TRUE(world->acknowledged(world->what().planned.deliveries.size() / 2, 1min));
    const auto before = scene.metadata("processing");
    ASSERT_FALSE(before.empty());
    for (const auto& [artifact, metadata] : before)
        scene.patch(artifact, "{" + std::string{theirs} + "}");
    world->finish();
    EXPECT_EQ(scene.differences_from(*world), "");

    ASSERT_TRUE(eventually(20s, [&] { return has(scene.metadata("done"), ours); }));
    const auto marked = scene.metadata("done");
    for (const auto& [artifact, metadata] : marked) {
        EXPECT_THAT(metadata, HasSubstr(R"("seen":"yes")"));
        EXPECT_THAT(metadata, Not(HasSubstr("{events}")));
        if (before.contains(artifact)) {
            EXPECT_THAT(metadata, HasSubstr(theirs));
        }
    }
    EXPECT_EQ(patches(scene), marked.size() + before.size());

    // What a restart reads again writes nothing again.
    ASSERT_TRUE(scene.kill_and_start());
    ASSERT_TRUE(scene.daemon().ready());
    ASSERT_TRUE(asked(scene.api(), 5));
    scene.reader().until_probed(scene.daemon(), "after");
    EXPECT_EQ(scene.metadata("done"), marked);
    EXPECT_EQ(patches(scene), marked.size() + before.size());
}

INSTANTIATE_TEST_SUITE_P(Providers, RecallMarks, testing::Bool(), [](const auto& each) {
    return each.param ? "ThatReplace" : "ThatMerge";
});

}  // namespace
}  // namespace rollcall::test
