#include "simulator/recall.hpp"

#include "read_value.hpp"
#include "simulator/performance.hpp"
#include "support/fixtures.hpp"

#include <gmock/gmock.h>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

#include <filesystem>
#include <map>
#include <set>
#include <stdexcept>

namespace rollcall::simulator {
namespace {

using namespace std::chrono_literals;

constexpr auto workspace_secret = "whsec_ZXhhbXBsZS1zaWduaW5nLWtleS0wMDAx";
constexpr auto both_secrets =
    "whsec_ZXhhbXBsZS1zaWduaW5nLWtleS0wMDAx,whsec_ZXhhbXBsZS1lbmRwb2ludC1rZXktMDAy";

rapidjson::Document parsed(const std::string& text)
{
    rapidjson::Document document;
    document.Parse(text.data(), text.size());
    if (document.HasParseError())
        throw std::runtime_error{"not JSON: " + text};
    return document;
}

std::string header_of(const webhook& what, const std::string& name)
{
    for (const auto& [key, content] : what.headers)
        if (key == name)
            return content;
    return "none";
}

// Not the vectors whose bodies the simulator would not print.
TEST(RecallSignature, EqualsTheRecordedOnes)
{
    const auto vectors = parsed(test::fixture("recall/signature_vectors.json"));
    int compared = 0;
    for (const auto& each : vectors["vectors"].GetArray()) {
        const std::string name = each["name"].GetString();
        const bool svix = name == "status_done_svix_headers";
        if (name != "realtime_join" && name != "realtime_chat_utf8" && !svix)
            continue;
        ++compared;
        const std::string prefix = svix ? "svix-" : "webhook-";
        const auto& with = each["headers"];
        const auto at = std::stoll(with[(prefix + "timestamp").c_str()].GetString());
        const recall by{both_secrets};
        auto made = by.post(
            read_value(each["body"].GetString()), svix, with[(prefix + "id").c_str()].GetString()
        );
        by.sign(made, instant{std::chrono::seconds{at}} + 999ms);
        EXPECT_EQ(made.body, each["body"].GetString());
        for (const auto& header : with.GetObject())
            EXPECT_EQ(header_of(made, header.name.GetString()), header.value.GetString()) << name;
    }
    EXPECT_EQ(compared, 3);
}

TEST(RecallSignature, IsTheWorkspacesUnderOneFamilyWhereThereIsOneSecret)
{
    const recall by{workspace_secret};
    auto made = by.post(value::object{}, true, "msg_1");
    by.sign(made, instant{1773756017s});
    EXPECT_EQ(header_of(made, "webhook-id"), "msg_1");
    EXPECT_EQ(header_of(made, "svix-id"), "none");
}

TEST(RecallSecret, IsRefusedWhereItIsNone)
{
    for (const auto* text : {"", "AAEC", "whsec_", "whsec_not base64!", "whsec_AAEC,AAEC"})
        EXPECT_THROW(recall{text}, std::invalid_argument) << text;
}

/// A world big enough that everything in it happens.
performance big_world(const recall& by)
{
    world_options options;
    options.seed = 5;
    options.meetings = 20;
    options.events = 4'000;
    return prepare(options, by, {instant{1773756000s}, 1}, {});
}

std::string event_of(const telling& what)
{
    return std::string{what.content.find("event")->text()};
}

/// The paths to the members of a body, but for what is inside of metadata and extra data.
std::set<std::string> paths_of(const rapidjson::Value& of, const std::string& at = "")
{
    std::set<std::string> paths{at};
    if (of.IsObject() && !at.ends_with("metadata") && !at.ends_with("extra_data"))
        for (const auto& each : of.GetObject())
            paths.merge(paths_of(each.value, at + "/" + each.name.GetString()));
    return paths;
}

TEST(RecallWorld, HasEveryActionAndTheStatesOfBotRecordingArtifactAndEndpoint)
{
    const recall by{both_secrets};
    std::map<std::string, int> counted;
    for (const auto& each : big_world(by).told)
        ++counted[event_of(each)];
    for (const auto* name :
         {"participant_events.join",
          "participant_events.leave",
          "participant_events.update",
          "participant_events.speech_on",
          "participant_events.speech_off",
          "participant_events.webcam_on",
          "participant_events.webcam_off",
          "participant_events.screenshare_on",
          "participant_events.screenshare_off",
          "participant_events.chat_message",
          "participant_events.processing",
          "participant_events.done",
          "participant_events.failed",
          "recording.processing",
          "recording.done",
          "recording.failed",
          "bot.joining_call",
          "bot.in_call_recording",
          "bot.call_ended",
          "bot.done",
          "bot.fatal",
          "realtime_endpoint.running",
          "realtime_endpoint.done"})
        EXPECT_GT(counted[name], 0) << name;
}

// What a recorded body has, a played one of that name has, and nothing else.
TEST(RecallWorld, HasBodiesOfTheRecordedShape)
{
    const recall by{both_secrets};
    std::map<std::string, telling> first;
    const auto world = big_world(by);
    for (const auto& each : world.told)
        if (!world.of.meetings[world.of.facts[each.fact].meeting].botless)
            first.try_emplace(event_of(each), each);
    int compared = 0;
    const std::filesystem::path recorded{ROLLCALL_SOURCE_DIR "/tests/fixtures/recall/webhooks"};
    for (const auto& file : std::filesystem::directory_iterator{recorded}) {
        const std::string name = file.path().filename();
        if (name.ends_with(".expected.json") || name.find("sparse") != std::string::npos)
            continue;
        const auto should = parsed(test::fixture("recall/webhooks/" + name));
        const auto found = first.find(should["event"].GetString());
        if (found == first.end())
            continue;  // what is deleted, or fails, on demand only
        ++compared;
        const auto is = parsed(by.render(found->second, 0).body);
        auto expected = paths_of(should);
        if (rapidjson::Pointer{"/data/data/participant/email"}.Get(is) == nullptr)
            expected.erase("/data/data/participant/email");
        EXPECT_EQ(paths_of(is), expected) << name;
    }
    EXPECT_GT(compared, 15);
}

TEST(RecallWorld, TellsPresentNames)
{
    const recall by{both_secrets};
    const auto world = big_world(by);
    std::map<std::pair<std::string, std::string>, std::string> renamed;
    int checked = 0;
    for (const auto& each : world.told) {
        if (!each.expected || !each.expected->who)
            continue;
        const std::pair who{each.meeting_id, each.expected->who->id};
        if (event_of(each) == "participant_events.update")
            renamed[who] = each.expected->who->name.value_or("");
        const auto known = renamed.find(who);
        if (known == renamed.end())
            continue;
        EXPECT_EQ(each.expected->who->name, known->second);
        ++checked;
    }
    EXPECT_GT(checked, 100);
}

TEST(RecallEndpoint, IsOneForEachBotAndSubscriptionAndNoneForStates)
{
    const recall by{both_secrets};
    std::map<std::string, std::set<std::string>> endpoints;
    std::set<std::string> all;
    for (const auto& each : big_world(by).told) {
        const bool real_time = each.expected && each.expected->who;
        EXPECT_EQ(by.endpoint(each, 0).empty(), !real_time);
        EXPECT_EQ(by.retries(each).waits.size(), real_time ? 59U : 7U);
        if (!real_time)
            continue;
        for (const unsigned subscription : {0U, 1U}) {
            const auto endpoint = by.endpoint(each, subscription);
            const auto body = parsed(by.render(each, subscription).body);
            EXPECT_EQ(
                rapidjson::Pointer{"/data/realtime_endpoint/id"}.Get(body)->GetString(), endpoint
            );
            endpoints[each.meeting_id].insert(endpoint);
            all.insert(endpoint);
        }
    }
    EXPECT_EQ(all.size(), 2 * endpoints.size());
}

TEST(RecallEndpoint, TellsItsOwnEnd)
{
    const recall by{both_secrets};
    for (const auto& each : big_world(by).told) {
        if (by.endpoint(each, 1).empty())
            continue;
        const auto last = by.endpoint_failed(each, 1, instant{1773756194512ms});
        ASSERT_TRUE(last);
        EXPECT_FALSE(last->expected);
        const auto made = by.render(*last, 0);
        EXPECT_NE(header_of(made, "svix-id"), "none");
        const auto body = parsed(made.body);
        EXPECT_STREQ(body["event"].GetString(), "realtime_endpoint.failed");
        EXPECT_EQ(body["data"]["recording"]["id"].GetString(), each.meeting_id);
        EXPECT_EQ(body["data"]["realtime_endpoint"]["id"].GetString(), by.endpoint(each, 1));
        return;
    }
    FAIL() << "nothing real-time was told";
}

}  // namespace
}  // namespace rollcall::simulator
