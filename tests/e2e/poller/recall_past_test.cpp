// Meetings of the past, which nobody tells of any more, fetched by command.
#include "recall_scene.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <set>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Three pages of a list.
simulator::world_options sixty_recordings()
{
    return world_of(20'260'404, 60, 600, 60);
}

// Holds the API when it is asked for the third page of a list, once.
class third_page {
public:
    void on_request(const simulator::api_request& asked)
    {
        if (asked.target.find("cursor=") == std::string::npos || ++further_pages_ != 2)
            return;
        reached_.count_down();
        let_go_.wait();
    }
    void wait() { reached_.wait(); }
    void let_go() { let_go_.count_down(); }

private:
    std::atomic<int> further_pages_{0};
    std::latch reached_{1};
    std::latch let_go_{1};
};

TEST(RecallBackfill, GoesOnWhereItWasKilledAndDoublesNothing)
{
    third_page third;
    recall_scene::options with;
    with.api.on_request = [&](const simulator::api_request& asked) { third.on_request(asked); };
    recall_scene scene{with};
    ASSERT_TRUE(scene.start());
    const auto truth = scene.show_past(sixty_recordings());
    auto& rollcall = scene.installation();
    const auto progress = rollcall.file("progress.json");
    const std::vector<std::string> words{
        "backfill", "demo", "--since", "4d", "--progress", progress};

    auto first = rollcall.start(scene.daemon(), words, "first.log");
    third.wait();
    first.kill();
    third.let_go();
    ASSERT_TRUE(std::filesystem::exists(progress));

    const auto second = rollcall.rollcall(scene.daemon(), words);
    EXPECT_EQ(second.status, (exit_status{0, 0})) << second.err;
    EXPECT_THAT(second.err, HasSubstr("going on from " + progress.string()));
    EXPECT_FALSE(std::filesystem::exists(progress));
    EXPECT_EQ(scene.differences_from(truth), "");

    const auto published = scene.via("download");
    const auto again = rollcall.rollcall(scene.daemon(), words);
    EXPECT_EQ(again.status, (exit_status{0, 0})) << again.err;
    EXPECT_THAT(again.err, HasSubstr("3 pages, "));
    ASSERT_TRUE(asked(scene.api(), 30));
    scene.reader().until_probed(scene.daemon(), "again");
    EXPECT_EQ(scene.via("download"), published);
}

TEST(RecallBackfill, BearsAnApiThatFailsAndSaysWhenItIsRefused)
{
    recall_scene scene;
    ASSERT_TRUE(scene.start());
    const auto truth = scene.show_past(world_of(20'260'408, 30, 120, 60));
    auto& rollcall = scene.installation();
    auto faults = simulator::api_faults{};
    faults.of(simulator::api_fault::failed).first = 1;
    faults.of(simulator::api_fault::broken).first = 1;
    scene.api().change_faults(faults);
    const auto done = rollcall.rollcall(scene.daemon(), {"backfill", "demo", "--since", "4d"});
    EXPECT_EQ(done.status, (exit_status{0, 0})) << done.err;
    EXPECT_EQ(scene.differences_from(truth), "");

    const auto& stranger = rollcall.add("stranger");  // whose key the API does not know
    const auto refused = rollcall.rollcall(stranger, {"backfill", "demo", "--since", "4d"});
    EXPECT_EQ(refused.status, (exit_status{1, 0}));
    EXPECT_THAT(refused.err, HasSubstr("401"));
}

// The truth of some meetings only.
simulator::truth only(const simulator::truth& all, const std::set<std::string>& meetings)
{
    simulator::truth some;
    some.complete = all.complete;
    for (const auto& [id, meeting] : all.meetings)
        if (meetings.contains(id))
            some.meetings.emplace(id, meeting);
    for (const auto& each : all.events)
        if (meetings.contains(each.meeting))
            some.events.push_back(each);
    return some;
}

TEST(RecallTrack, TakesARecordingByItsIdAndByItsBot)
{
    recall_scene scene;
    ASSERT_TRUE(scene.start());
    const auto truth = scene.show_past(world_of(20'260'405, 6, 300, 60));
    std::vector<std::string> with_bot;
    for (const auto& [id, meeting] : truth.meetings)
        if (meeting.names.bot_id && meeting.participants > 0)
            with_bot.push_back(id);
    ASSERT_GE(with_bot.size(), 2U);
    const auto& recording = with_bot.front();
    const auto& by_bot = with_bot.back();
    auto& rollcall = scene.installation();
    for (const auto& id : {recording, *truth.meetings.at(by_bot).names.bot_id}) {
        const auto told = rollcall.rollcall(scene.daemon(), {"track", "add", "demo", id});
        EXPECT_EQ(told.status, (exit_status{0, 0})) << told.err;
    }
    EXPECT_EQ(scene.differences_from(only(truth, {recording, by_bot})), "");

    const auto unknown = rollcall.rollcall(
        scene.daemon(), {"track", "add", "demo", "00000000-0000-4000-8000-000000000000"}
    );
    EXPECT_EQ(unknown.status, (exit_status{1, 0})) << unknown.out;
}

}  // namespace
}  // namespace rollcall::test
