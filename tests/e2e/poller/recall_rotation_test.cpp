// Recall.ai's secrets are changed while webhooks of both families come.
#include "recall_scene.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

namespace rollcall::test {
namespace {

using testing::ElementsAre;

// The workspace's, and the one of the dashboard's endpoint.
const std::string old_ones = deployment::secrets_of("recall");
const std::string new_ones =
    "whsec_bmV4dC13b3Jrc3BhY2Uta2V5LTAwMDAwMQ==\nwhsec_bmV4dC1lbmRwb2ludC1rZXktMDAwMDAwMg==";

simulator::truth both(simulator::truth one, const simulator::truth& other)
{
    one.meetings.insert(other.meetings.begin(), other.meetings.end());
    one.events.insert(one.events.end(), other.events.begin(), other.events.end());
    return one;
}

// The answers to a status webhook and to a real-time one, signed now.
std::vector<unsigned> tries(const std::string& secrets, const playing& world, const instance& to)
{
    const auto by = simulator::make_dialect("recall", secrets);
    const auto& all = world.what().told;
    const auto is_real_time = [](const auto& each) { return each.expected && each.expected->who; };
    std::vector<unsigned> answers;
    for (const auto& each : {all.front(), *std::ranges::find_if(all, is_real_time)}) {
        auto made = by->render(each, 0);
        by->sign(
            made, std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())
        );
        answers.push_back(send(made, to));
    }
    return answers;
}

TEST(RecallSecrets, MayBeChangedWhileWebhooksCome)
{
    recall_scene::options with;
    with.secrets = old_ones + "\n" + new_ones;
    recall_scene scene{with};
    ASSERT_TRUE(scene.start());

    // While both count, the sender signs with the old ones here, with the new ones there.
    auto before = scene.play(scene.world(20'260'406, 0), "before");
    auto after_options = scene.world(20'260'407, 0);
    after_options.secrets = new_ones;
    auto after = scene.play(after_options, "after");
    EXPECT_EQ(before->finish().given_up, 0U);

    // Then the old ones are removed, in the midst of what is signed with the new ones.
    auto how = scene.installation().how();
    how.secrets = new_ones;
    scene.installation().change(how);
    ASSERT_TRUE(scene.daemon().restart());
    EXPECT_EQ(after->finish().given_up, 0U);
    EXPECT_THAT(tries(old_ones, *before, scene.daemon()), ElementsAre(401U, 401U));
    EXPECT_THAT(tries(new_ones, *after, scene.daemon()), ElementsAre(202U, 202U));
    EXPECT_EQ(scene.differences_from(both(before->truth(), after->truth())), "");
}

}  // namespace
}  // namespace rollcall::test
