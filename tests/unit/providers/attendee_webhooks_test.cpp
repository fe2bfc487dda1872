// Every recorded webhook, as a table: authentic, routed, and normalised to the events in the file
// beside it.
#include "delivered_request.hpp"
#include "expected_events.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace rollcall::test {
namespace {

const provider& attendee_webhooks()
{
    return *find_provider("attendee");
}

struct recorded_webhook {
    std::string name, secret, signature, trigger;
    std::string body() const { return fixture("attendee/webhooks/" + name + ".json"); }
};
void PrintTo(const recorded_webhook& which, std::ostream* out)
{
    *out << which.name;
}

std::vector<recorded_webhook> recorded_webhooks()
{
    const auto index = fixture("attendee/webhooks/index.json");
    rapidjson::Document doc;
    doc.Parse(index.data(), index.size());
    std::vector<recorded_webhook> all;
    for (const auto& each : doc["deliveries"].GetArray()) {
        const std::filesystem::path file{each["file"].GetString()};
        all.push_back(
            {file.stem(),
             each["secret_base64"].GetString(),
             each["x_webhook_signature"].GetString(),
             each["trigger"].GetString()}
        );
    }
    return all;
}

// The meeting and the delivery id, read by another parser.
routing expected_routing(const std::string& body)
{
    rapidjson::Document doc;
    doc.Parse(body.data(), body.size());
    routing expected;
    for (const auto* name : {"app_session_id", "bot_id"})
        if (doc.HasMember(name))
            expected.key = doc[name].GetString();
    expected.delivery_id = doc["idempotency_key"].GetString();
    return expected;
}

class AttendeeWebhook : public testing::TestWithParam<recorded_webhook> {};

TEST_P(AttendeeWebhook, IsAuthenticUnderItsSecret)
{
    const auto key = attendee_webhooks().parse_secret(GetParam().secret);
    ASSERT_TRUE(key);
    const auto body = GetParam().body();
    const delivered_request request{body, GetParam().signature};
    EXPECT_TRUE(attendee_webhooks().verify(request, {&*key, 1}, {}));
}

TEST_P(AttendeeWebhook, IsRoutedToItsMeeting)
{
    const auto body = GetParam().body();
    const auto where = attendee_webhooks().route(delivered_request{body, std::nullopt});
    ASSERT_TRUE(where);
    const auto expected = expected_routing(body);
    EXPECT_EQ(where->key, expected.key);
    EXPECT_EQ(where->delivery_id, expected.delivery_id);
}

TEST_P(AttendeeWebhook, GivesTheExpectedEvents)
{
    const auto found = attendee_webhooks().normalise(arrived(GetParam().body()));
    ASSERT_TRUE(found) << found.error().where;
    EXPECT_EQ(
        to_json(*found), expected_events("attendee/webhooks/" + GetParam().name + ".expected.json")
    );
    for (const auto& each : found->events)
        EXPECT_EQ(each.traceparent, arrived("").traceparent);
}

INSTANTIATE_TEST_SUITE_P(
    Recorded,
    AttendeeWebhook,
    testing::ValuesIn(recorded_webhooks()),
    [](const auto& each) { return each.param.name; }
);

TEST(AttendeeWebhooks, AreRecordedForAllTenTriggers)
{
    std::vector<std::string> triggers;
    for (const auto& each : recorded_webhooks())
        triggers.push_back(each.trigger);
    std::ranges::sort(triggers);
    triggers.erase(std::ranges::unique(triggers).begin(), triggers.end());
    EXPECT_EQ(triggers.size(), 10u);
}

TEST(AttendeeWebhooks, AreTakenAsTheyStandInARawRequest)
{
    const auto raw = fixture("attendee/webhooks/raw_request_join_unicode_name.http");
    const auto head_end = raw.find("\r\n\r\n");
    ASSERT_NE(head_end, std::string::npos);
    const std::string_view name = "X-Webhook-Signature: ";
    const auto signature_at = raw.find(name) + name.size();
    const auto signature = raw.substr(signature_at, raw.find("\r\n", signature_at) - signature_at);
    const auto body = raw.substr(head_end + 4);

    const auto key =
        attendee_webhooks().parse_secret("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    EXPECT_TRUE(attendee_webhooks().verify(delivered_request{body, signature}, {&*key, 1}, {}));
    const auto found = attendee_webhooks().normalise(arrived(body));
    ASSERT_TRUE(found);
    EXPECT_EQ(
        to_json(*found),
        expected_events("attendee/webhooks/participant_join_unicode_name.expected.json")
    );
}

// Cases of our own making: a folder each, with body.json and expected.json. A new one needs no C++.
std::vector<std::string> made_cases()
{
    std::vector<std::string> names;
    for (const auto& entry :
         std::filesystem::directory_iterator{ROLLCALL_SOURCE_DIR "/tests/fixtures/attendee/cases"})
        names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
}

class AttendeeCase : public testing::TestWithParam<std::string> {};

TEST_P(AttendeeCase, GivesTheExpectedEvents)
{
    const auto folder = "attendee/cases/" + GetParam();
    const auto body = fixture(folder + "/body.json");
    const auto found = attendee_webhooks().normalise(arrived(body));
    ASSERT_TRUE(found) << found.error().where;
    EXPECT_EQ(to_json(*found), expected_events(folder + "/expected.json"));

    const auto where = attendee_webhooks().route(delivered_request{body, std::nullopt});
    ASSERT_TRUE(where);
    for (const auto& each : found->events)
        EXPECT_EQ(each.meeting.id, where->key);
}

INSTANTIATE_TEST_SUITE_P(Made, AttendeeCase, testing::ValuesIn(made_cases()), [](const auto& each) {
    return each.param;
});

}  // namespace
}  // namespace rollcall::test
