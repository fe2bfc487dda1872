// How Recall.ai repeats and gives up, against a receiver that refuses.
#include "receiver.hpp"
#include "simulator/player.hpp"
#include "simulator/recall.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace rollcall::simulator {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

std::string header_of(const received& what, const std::string& name)
{
    for (const auto& [key, content] : what.headers)
        if (key == name)
            return content;
    return {};
}

bool is_about(const received& what, const std::string& recording)
{
    return what.body.find(recording) != std::string::npos;
}

bool is_last_word(const received& what)
{
    return what.body.find(R"("event":"realtime_endpoint.failed")") != std::string::npos;
}

class RecallDelivery : public testing::Test {
protected:
    RecallDelivery()
    {
        world_options options;
        options.seed = 3;
        options.meetings = 3;
        options.events = 30;
        options.length = 100ms;
        const auto now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
        what = prepare(options, provider, {now, 1}, {});
        refused = provider.meeting_id(what.of, 1);
    }

    /// A second of the provider's takes 20 ms.
    report send(const receiver& to)
    {
        player_options options;
        options.targets = {parse_target(to.url())};
        options.time_scale = 50;
        const auto record = [this](const outcome& how) { outcomes.push_back(how); };
        return play(what, provider, options, steady::now(), record, seen, {});
    }

    recall provider{
        "whsec_ZXhhbXBsZS1zaWduaW5nLWtleS0wMDAx,whsec_ZXhhbXBsZS1lbmRwb2ludC1rZXktMDAy"};
    performance what;
    std::string refused;  ///< a recording
    std::vector<outcome> outcomes;
    progress seen;
};

TEST_F(RecallDelivery, GivesAnEndpointUpForGoodAfterSixtyAttemptsAndSaysSo)
{
    receiver to{[this](const std::vector<received>& all) {
        const auto& last = all.back();
        return is_about(last, refused) && !header_of(last, "webhook-id").empty() ? 503U : 202U;
    }};
    const auto done = send(to);
    const auto arrived = to.stop();

    std::size_t endings = 0;
    for (const auto& how : outcomes) {
        const auto& told = what.told[what.planned.deliveries[how.delivery].telling];
        const bool to_refused = told.meeting_id == refused && !provider.endpoint(told, 0).empty();
        EXPECT_EQ(how.acknowledged, !to_refused);
        EXPECT_LE(how.attempts.size(), to_refused ? 60U : 59U);
        if (how.endpoint_failed) {
            EXPECT_EQ(how.attempts.size(), 60U);
            ++endings;
        }
    }
    EXPECT_EQ(endings, 1U);
    EXPECT_GT(done.given_up, 1U);

    EXPECT_EQ(std::ranges::count_if(arrived, is_last_word), 1);
    const auto last = std::ranges::find_if(arrived, is_last_word);
    EXPECT_TRUE(is_about(*last, refused));
    EXPECT_FALSE(header_of(*last, "svix-id").empty());
}

TEST_F(RecallDelivery, SignsEachAttemptAnewUnderTheSameId)
{
    receiver to{[](const std::vector<received>& all) {
        const auto& body = all.back().body;
        return std::ranges::count(all, body, &received::body) < 60 ? 500U : 200U;
    }};
    // One real-time webhook alone: sixty attempts take longer than a second.
    std::erase_if(what.planned.deliveries, [&](const planned_delivery& each) {
        return provider.endpoint(what.told[each.telling], 0).empty();
    });
    what.planned.deliveries.resize(1);
    EXPECT_EQ(send(to).given_up, 0U);
    const auto arrived = to.stop();
    ASSERT_EQ(arrived.size(), 60U);
    std::set<std::string> ids;
    std::set<std::pair<std::string, std::string>> signatures;
    for (const auto& each : arrived) {
        ids.insert(header_of(each, "webhook-id"));
        signatures.emplace(
            header_of(each, "webhook-timestamp"), header_of(each, "webhook-signature")
        );
    }
    EXPECT_EQ(ids.size(), 1U);
    EXPECT_GT(signatures.size(), 1U);
    std::set<std::string> times;
    for (const auto& [time, signature] : signatures)
        times.insert(time);
    EXPECT_EQ(times.size(), signatures.size());
}

}  // namespace
}  // namespace rollcall::simulator
