#include "loading.hpp"

#include <gmock/gmock.h>

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using test::settings_directory;
using testing::ElementsAre;

// A source of a provider that publishes its key; line 5 has `more`.
std::string realtimekit(const std::string& more)
{
    return "kafka: { bootstrap_servers: \"k:9092\" }\n"
           "sources:\n"
           "  one:\n"
           "    provider: realtimekit\n" +
           more + "\n";
}

struct published_key_directory : settings_directory {
    published_key_directory()
    {
        checks.publishes_key = [](const std::string& provider) {
            return provider == "realtimekit";
        };
    }
};

TEST(PublishedKeySettings, NeedNotBeThere)
{
    published_key_directory at;
    const auto loaded = at.load(realtimekit(""));
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->sources.front().webhook, webhook_settings{});
}

TEST(PublishedKeySettings, AreReadWhole)
{
    published_key_directory at;
    const auto loaded =
        at.load(realtimekit("    webhook: { key: { url: \"HTTP://Keys:8000/k.json\", refresh: 5m, "
                            "refetch: 2s, grace: 3h } }"));
    ASSERT_TRUE(loaded);
    const published_key_settings expected{
        .url = "http://keys:8000/k.json",
        .ca_file = {},
        .refresh = 5min,
        .refetch = 2s,
        .grace = 3h};
    EXPECT_EQ(loaded->sources.front().webhook.key, expected);
}

TEST(PublishedKeySettings, AreOfNoOtherProviderWhichNeedsItsSecrets)
{
    published_key_directory at;
    EXPECT_THAT(
        at.faults("kafka: { bootstrap_servers: \"k:9092\" }\n"
                  "sources:\n"
                  "  one: { provider: attendee }\n"),
        ElementsAre(
            "f.yaml:3: sources.one.webhook.secrets: is missing, should be a list of 1 to 16 "
            "of { file: PATH }, { env: VARIABLE } or { credential: NAME }"
        )
    );
}

TEST(PublishedKeySettings, NameWhatIsWrong)
{
    published_key_directory at;
    EXPECT_THAT(
        at.faults(realtimekit("    webhook: { key: { url: \"http://k/?a=b\", ca_file: x.pem } }")),
        ElementsAre(
            "f.yaml:5: sources.one.webhook.key.ca_file: is of no use, should be left out where url "
            "begins with http://",
            "f.yaml:5: sources.one.webhook.key.url: has a query, should be https:// or http://, a "
            "host, and where needed a port and a path, such as "
            "https://api.realtime.cloudflare.com/.well-known/webhooks.json"
        )
    );
}

}  // namespace
}  // namespace rollcall
