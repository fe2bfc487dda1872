#include "simulator/attendee.hpp"

#include "read_value.hpp"
#include "simulator/performance.hpp"
#include "support/fixtures.hpp"

#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <map>
#include <set>
#include <stdexcept>

namespace rollcall::simulator {
namespace {

constexpr auto secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

rapidjson::Document parsed(const std::string& text)
{
    rapidjson::Document document;
    document.Parse(text.data(), text.size());
    if (document.HasParseError())
        throw std::runtime_error{"not JSON: " + text};
    return document;
}

TEST(AttendeeSignature, EqualsEveryRecordedOneThatIsToBeAccepted)
{
    const auto vectors = parsed(test::fixture("attendee/signatures/vectors.json"));
    int accepted = 0;
    for (const auto& each : vectors["vectors"].GetArray()) {
        if (std::string{each["expect"].GetString()} != "accept")
            continue;
        SCOPED_TRACE(each["name"].GetString());
        ++accepted;
        const auto body =
            read_value(test::fixture(std::string{"attendee/"} + each["body_file"].GetString()));
        EXPECT_EQ(
            to_canonical_json(body),
            test::fixture(std::string{"attendee/"} + each["canonical_file"].GetString())
        );
        EXPECT_EQ(
            attendee{each["secret_base64"].GetString()}.signature(body),
            each["x_webhook_signature"].GetString()
        );
    }
    EXPECT_EQ(accepted, 13);
}

TEST(AttendeeBody, IsPrintedByteForByteAsRecorded)
{
    const auto index = parsed(test::fixture("attendee/webhooks/index.json"));
    for (const auto& each : index["deliveries"].GetArray()) {
        SCOPED_TRACE(each["file"].GetString());
        const auto recorded = test::fixture(std::string{"attendee/"} + each["file"].GetString());
        EXPECT_EQ(to_python_json(read_value(recorded)), recorded);
    }
}

TEST(AttendeeDelivery, HasTheRecordedHeadersInTheirOrder)
{
    const auto recorded = test::fixture("attendee/webhooks/raw_request_join_unicode_name.http");
    const auto body_at = recorded.find("\r\n\r\n") + 4;
    const auto made = attendee{secret}.post(read_value(recorded.substr(body_at)));
    std::string text = "POST /webhooks/attendee HTTP/1.1\r\nHost: relay.example.com\r\n";
    for (const auto& [name, content] : made.headers)
        text.append(name).append(": ").append(content).append("\r\n");
    text += "Content-Length: " + std::to_string(made.body.size()) + "\r\n\r\n" + made.body;
    EXPECT_EQ(text, recorded);
}

TEST(AttendeeSecret, IsRefusedWhereItIsNotBase64)
{
    EXPECT_THROW(attendee{"not base64!"}, std::invalid_argument);
    EXPECT_THROW(attendee{""}, std::invalid_argument);
    EXPECT_THROW(attendee{"AAECAw="}, std::invalid_argument);
}

/// A world big enough that everything in it happens.
class AttendeeTold : public testing::Test {
protected:
    AttendeeTold()
    {
        world_options options;
        options.seed = 11;
        what = prepare(options, provider, {instant{std::chrono::seconds{1'786'698'000}}, 1}, {});
    }

    rapidjson::Document body(std::size_t told) const
    {
        return parsed(provider.render(what.told[told], 0).body);
    }

    attendee provider{secret};
    performance what;
};

std::vector<std::string> keys(const rapidjson::Value& object)
{
    std::vector<std::string> names;
    for (const auto& each : object.GetObject())
        names.emplace_back(each.name.GetString());
    return names;
}

TEST_F(AttendeeTold, KeysStandInTheOrderOfTheFixtures)
{
    std::map<std::string, std::vector<std::string>> data_keys;
    const auto index = parsed(test::fixture("attendee/webhooks/index.json"));
    for (const auto& each : index["deliveries"].GetArray()) {
        const auto recorded =
            parsed(test::fixture(std::string{"attendee/"} + each["file"].GetString()));
        data_keys[each["trigger"].GetString()] = keys(recorded["data"]);
    }
    std::set<std::string> triggers;
    for (std::size_t i = 0; i < what.told.size(); ++i) {
        const auto sent = body(i);
        const bool botless = sent.HasMember("app_session_id");
        const std::vector<std::string> envelope{
            "idempotency_key",
            botless ? "app_session_id" : "bot_id",
            botless ? "app_session_metadata" : "bot_metadata",
            "trigger",
            "data"};
        ASSERT_EQ(keys(sent), envelope);
        const std::string trigger = sent["trigger"].GetString();
        ASSERT_EQ(keys(sent["data"]), data_keys[trigger]) << trigger;
        triggers.insert(trigger);
    }
    EXPECT_THAT(
        triggers,
        testing::ElementsAre(
            "bot.state_change",
            "chat_messages.update",
            "participant_events.join_leave",
            "participant_events.speech_start_stop"
        )
    );
}

TEST_F(AttendeeTold, ABotGoesFromStateToStateWithoutAGap)
{
    std::map<std::string, std::string> state;
    std::set<std::string> ends;
    for (std::size_t i = 0; i < what.told.size(); ++i) {
        const auto sent = body(i);
        if (std::string{sent["trigger"].GetString()} != "bot.state_change")
            continue;
        const auto& bot = what.told[i].meeting_id;
        const auto [before, first] = state.try_emplace(bot, "ready");
        EXPECT_EQ(before->second, sent["data"]["old_state"].GetString());
        before->second = sent["data"]["new_state"].GetString();
    }
    for (const auto& [bot, last] : state)
        ends.insert(last);
    EXPECT_THAT(ends, testing::ElementsAre("ended", "fatal_error"));
    EXPECT_EQ(state.size(), what.of.meetings.size());
}

TEST_F(AttendeeTold, IdsAreUniqueAndSubscriptionsDifferInTheKeyOnly)
{
    std::set<std::string> ids;
    for (std::size_t i = 0; i < what.told.size(); ++i) {
        const auto& expected = what.told[i].expected;
        if (expected && expected->provider_id && expected->kind != "participant.chat") {
            EXPECT_TRUE(ids.insert(*expected->provider_id).second);
        }
        const auto first = provider.render(what.told[i], 0);
        const auto second = provider.render(what.told[i], 1);
        ASSERT_NE(first.delivery_id, second.delivery_id);
        ASSERT_EQ(first.body.substr(58), second.body.substr(58));
        ASSERT_EQ(first.body, provider.render(what.told[i], 0).body);
    }
}

TEST_F(AttendeeTold, NeitherRenamesNorNewNamesAreSent)
{
    std::size_t renames = 0;
    for (const auto& each : what.of.facts)
        renames += each.what == happening::renamed ? 1 : 0;
    EXPECT_GT(renames, 0U);
    EXPECT_EQ(what.told.size(), what.of.facts.size() - renames);

    std::map<std::pair<std::string, std::string>, std::optional<std::string>> first_names;
    for (const auto& each : what.told)
        if (each.expected && each.expected->who) {
            const auto& who = *each.expected->who;
            const auto [first, fresh] =
                first_names.try_emplace({each.meeting_id, who.id}, who.name);
            EXPECT_EQ(first->second, who.name);
        }
}

TEST_F(AttendeeTold, AnAppSessionHasNoHostAndNoSpeech)
{
    bool seen = false;
    for (const auto& each : what.told) {
        if (!what.of.meetings[what.of.facts[each.fact].meeting].botless)
            continue;
        seen = true;
        EXPECT_TRUE(each.meeting_id.starts_with("app_"));
        if (each.expected) {
            EXPECT_FALSE(each.expected->who && each.expected->who->host);
            EXPECT_THAT(each.expected->kind, testing::Not(testing::HasSubstr("speech")));
        }
    }
    EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace rollcall::simulator
