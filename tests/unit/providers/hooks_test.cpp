#include "providers/hooks.hpp"

#include "support/fixtures.hpp"

#include <gmock/gmock.h>

namespace rollcall {
namespace {

using testing::ElementsAre;

TEST(Hooks, AreReadFromAList)
{
    const auto hooks = read_hooks(test::fixture("realtimekit/rest/webhooks_list.json"));
    ASSERT_TRUE(hooks);
    ASSERT_EQ(hooks->size(), 1U);
    EXPECT_EQ(hooks->front().id, "5c2f7e90-1b3d-4a68-8e7c-9d0f1a2b3c4d");
    EXPECT_EQ(hooks->front().url, "https://relay.example.test/hooks/realtimekit");
    EXPECT_EQ(hooks->front().state, "enabled");
    EXPECT_THAT(
        hooks->front().events,
        ElementsAre(
            "meeting.started",
            "meeting.ended",
            "meeting.participantJoined",
            "meeting.participantLeft"
        )
    );
}

TEST(Hooks, AreReadFromTheAnswerToOneThatWasMade)
{
    const auto hooks = read_hooks(test::fixture("realtimekit/rest/webhook_create_response.json"));
    ASSERT_TRUE(hooks);
    EXPECT_EQ(hooks->size(), 1U);
}

TEST(Hooks, HaveTheStateTheProviderGives)
{
    const auto hooks =
        read_hooks(R"({"next":null,"results":[{"id":"r","status":{"code":"running"}},{"id":"s",)"
                   R"("enabled":false}]})");
    ASSERT_TRUE(hooks);
    EXPECT_EQ(hooks->at(0).state, "running");
    EXPECT_EQ(hooks->at(1).state, "disabled");
}

TEST(Hooks, AreNotReadFromWhatHasNone)
{
    EXPECT_FALSE(read_hooks("{}"));
    EXPECT_FALSE(read_hooks("{"));
    EXPECT_FALSE(read_hooks(R"({"success":true,"data":null})"));
}

TEST(Hooks, AreAskedForAsThePageHasIt)
{
    EXPECT_EQ(
        hook_request("https://a.example/\"x", {"meeting.started", "meeting.ended"}),
        R"({"name":"Rollcall","url":"https://a.example/\"x","events":["meeting.started",)"
        R"("meeting.ended"],"enabled":true})"
    );
}

}  // namespace
}  // namespace rollcall
