#include "simulator/realtimekit.hpp"

#include "harness/deployment.hpp"
#include "harness/playing.hpp"
#include "harness/reading.hpp"
#include "simulator/truth.hpp"
#include "support/broker.hpp"
#include "support/console_reader.hpp"
#include "support/eventually.hpp"
#include "support/fixtures.hpp"
#include "support/http_client.hpp"
#include "support/ports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using simulator::realtimekit;
using testing::HasSubstr;
using testing::Not;

// The key is at an address where nobody may listen yet.
struct key_place {
    std::string address = free_address();
    std::string url() const { return "http://" + address + "/.well-known/webhooks.json"; }

    std::unique_ptr<simulator::api_server> open(const simulator::dialect& by) const
    {
        simulator::api_options how;
        how.address = address;
        return std::make_unique<simulator::api_server>(by.open_api({}), how);
    }
};

deployment::options taking_webhooks(const key_place& keys)
{
    deployment::options how;
    how.provider = "realtimekit";
    how.hold = 10s;  // reordering, and all retries until the key can be had, stay below it
    how.key_url = keys.url();
    return how;
}

// Sixteen sessions: every tenth webhook sent twice, every fifth overtaken.
playing::options a_bad_day(const instance& to)
{
    playing::options how;
    how.provider = "realtimekit";
    how.world = world_of(20'261'122, 16, 1'600, 200);
    how.wanted.duplicated = 0.1;
    how.wanted.reordered = 0.2;
    how.wanted.reorder_span = 800ms;
    how.player.targets = {simulator::parse_target(to.webhook_url())};
    return how;
}

simulator::instant now()
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

const realtimekit& provider_of(const playing& world)
{
    return dynamic_cast<const realtimekit&>(world.provider());
}

TEST(Realtimekit, PublishesTheTruthOnceThoughTheKeyComesLateAndChanges)
{
    const key_place keys;
    deployment rollcall{shared_broker(), taking_webhooks(keys)};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    playing world{a_bad_day(daemon), rollcall.file("truth.ndjson")};
    ASSERT_TRUE(world.attempted(20, 30s));
    EXPECT_EQ(world.seen().acknowledged, 0U);  // 503: there is no key
    const auto endpoint = keys.open(world.provider());
    ASSERT_TRUE(world.acknowledged(200, 30s));
    provider_of(world).keys().rotate();
    const auto sent = world.finish();
    EXPECT_EQ(sent.given_up, 0U);
    EXPECT_GT(sent.attempts, sent.deliveries);

    const auto truth = world.truth();
    reader.until_settled(ended_meetings(truth));
    reader.until_probed(daemon, "end");
    EXPECT_EQ(listed(differences(truth, reader.without_probes(), rollcall.expected())), "");
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

// What the daemon's topic holds, once there is a record of each of the probe's meetings.
std::string everything_in(const deployment& of, const std::string& topic, const std::string& probe)
{
    std::size_t missing = probe_meetings(of.how().partitions, probe).size();
    console_reader reader{of.kafka(), of.topic(topic)};
    std::string all;
    for (const auto& record : reader.read_until([&](const auto& read) {
             missing -=
                 !read.empty() && read.back().key.value_or("").starts_with("bot_probe_") ? 1U : 0U;
             return missing == 0;
         }))
        all += record.value.value_or("");
    return all;
}

TEST(Realtimekit, KeepsNoLinkAndNoStreamKeyAnywhere)
{
    const key_place keys;
    auto settings = taking_webhooks(keys);
    settings.hold = 200ms;
    deployment rollcall{shared_broker(), settings};
    auto& daemon = rollcall.add("only");
    const realtimekit by{deployment::secrets_of("realtimekit")};
    const auto endpoint = keys.open(by);
    daemon.start();
    ASSERT_TRUE(daemon.ready());
    reading reader{rollcall};
    for (const auto* name :
         {"livestreaming_status_update",
          "recording_status_update",
          "chat_synced",
          "transcript",
          "summary",
          "unknown_event",
          "participant_joined"}) {
        auto sent =
            realtimekit::post(fixture("realtimekit/webhooks/" + std::string{name} + ".json"), name);
        by.sign(sent, {});
        EXPECT_TRUE(eventually(10s, [&] { return send(sent, daemon) == 200; })) << name;
    }
    reader.until_probed(daemon, "end");
    const auto intake = everything_in(rollcall, "intake", "end");
    EXPECT_THAT(intake, HasSubstr("Asha Rao"));
    EXPECT_THAT(intake, Not(HasSubstr("not-a-real-key")));
    EXPECT_THAT(intake, Not(HasSubstr("example.test")));
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
    const auto log = read_file(daemon.log());
    EXPECT_THAT(log, HasSubstr("livestreaming.statusUpdate"));
    EXPECT_THAT(log, Not(HasSubstr("not-a-real-key")));
    EXPECT_THAT(log, Not(HasSubstr("example.test")));
}

TEST(Realtimekit, AnswersWhatItCannotUseSoThatNothingIsRepeatedInVain)
{
    const key_place keys;
    deployment rollcall{shared_broker(), taking_webhooks(keys)};
    auto& daemon = rollcall.add("only");
    const realtimekit by{deployment::secrets_of("realtimekit")};
    const auto endpoint = keys.open(by);
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    auto joined = fixture("realtimekit/webhooks/participant_joined.json");
    const std::string then = "2026-03-04T14:00:02.640Z";
    joined.replace(joined.find(then), then.size(), simulator::to_text(now()));
    const auto signed_by = [](const realtimekit& key, const std::string& body) {
        auto sent = realtimekit::post(body, "delivery");
        key.sign(sent, {});
        return sent;
    };
    ASSERT_TRUE(eventually(10s, [&] { return send(signed_by(by, joined), daemon) == 200; }));

    // Within the time in which the key is not looked at again, the answer is 503.
    realtimekit other{fixture("realtimekit/signature/test_rsa_next_private.pem")};
    EXPECT_TRUE(eventually(10s, [&] { return send(signed_by(other, joined), daemon) == 401; }));
    auto changed = signed_by(by, joined);
    changed.body[changed.body.size() / 2] ^= 1;
    EXPECT_TRUE(eventually(10s, [&] { return send(changed, daemon) == 401; }));
    auto garbage = realtimekit::post(joined, "delivery");
    EXPECT_EQ(send(garbage, daemon), 401U);
    garbage.headers.emplace_back("rtk-signature", "%%%");
    EXPECT_EQ(send(garbage, daemon), 401U);

    const auto sessionless = fixture("realtimekit/webhooks/participant_joined_sparse_legacy.json");
    EXPECT_EQ(send(signed_by(by, "no json at all"), daemon), 400U);
    EXPECT_EQ(send(signed_by(by, sessionless), daemon), 200U);
    console_reader dead{rollcall.kafka(), rollcall.topic("deadletter")};
    const auto letters = dead.read_until([](const auto& read) { return read.size() == 2; });
    ASSERT_EQ(letters.size(), 2U);
    for (const auto& letter : letters) {
        const bool is_json = letter.value == sessionless;
        EXPECT_EQ(letter.value, is_json ? sessionless : "no json at all");
        EXPECT_EQ(letter.header("rollcall-where"), is_json ? "meeting.sessionId" : "byte 0");
    }
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
