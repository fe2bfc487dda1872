#include "simulator/recall_api.hpp"

#include "simulator/calendar.hpp"
#include "simulator/performance.hpp"
#include "simulator/recall.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>

namespace rollcall::simulator {
namespace {

using namespace std::chrono_literals;

constexpr auto secret = "whsec_ZXhhbXBsZS1zaWduaW5nLWtleS0wMDAx";
constexpr const char* here = "http://127.0.0.1:4242";

rapidjson::Document parsed(const std::string& text)
{
    rapidjson::Document document;
    document.Parse(text.data(), text.size());
    if (document.HasParseError())
        throw std::runtime_error{"not JSON: " + text};
    return document;
}

class RecallApi : public testing::Test {
protected:
    recall provider{secret};
    recall_limits how;
    faults wanted;
    world_options options{.seed = 7, .meetings = 40, .people = 30, .events = 600, .length = 60s};
    steady_time begin{1h};
    performance what;
    std::unique_ptr<recall_api> api;

    void play(bool at_once = true)
    {
        what = prepare(options, provider, {instant{1773756000s}, 1}, wanted);
        api_account account;
        account.keys = {"k3y"};
        account.recall = how;
        api = std::make_unique<recall_api>(account);
        api->serve_at(here);
        api->show(what, begin, at_once);
    }
    static api_request request(
        std::string target, std::string method = "GET", std::string body = {}
    )
    {
        return {std::move(method), std::move(target), "Token k3y", {}, std::move(body)};
    }
    api_answer ask(const api_request& what_for, milliseconds later = 0ms)
    {
        return api->answer(what_for, begin + later, hostility::none);
    }
    rapidjson::Document get(const std::string& target, milliseconds later = 0ms)
    {
        const auto answer = ask(request(target), later);
        EXPECT_EQ(answer.status, 200U) << target << answer.body;
        return parsed(answer.body);
    }
    // All of a list, by `next`, whose links lead to where it is served.
    std::vector<rapidjson::Document> walk(std::string target)
    {
        std::vector<rapidjson::Document> pages;
        for (;;) {
            auto& page = pages.emplace_back(get(target));
            if (page["next"].IsNull())
                return pages;
            const std::string next = page["next"].GetString();
            EXPECT_TRUE(next.starts_with(std::string{here} + "/api/v1/")) << next;
            target = next.substr(std::string_view{here}.size());
        }
    }
    std::map<std::string, std::string> artifacts_by_recording()
    {
        std::map<std::string, std::string> found;
        for (const auto& page : walk("/api/v1/participant_events/"))
            for (const auto& each : page["results"].GetArray())
                found[each["recording"]["id"].GetString()] = each["id"].GetString();
        return found;
    }
    // The answer to a download, asked for as it stands.
    api_answer fetch(const std::string& url, milliseconds later = 0ms)
    {
        api_request asked{"GET", url.substr(url.find('/', 8)), {}, {}, {}};
        EXPECT_TRUE(api->is_authorised(asked) && api->is_without_key(asked));
        return ask(asked, later);
    }
    std::string url_of(const std::string& artifact, const char* file = "participant_events")
    {
        const auto one = get("/api/v1/participant_events/" + artifact + "/");
        const auto name = std::string{file} + "_download_url";
        return one["data"][name.c_str()].IsNull() ? "" : one["data"][name.c_str()].GetString();
    }
};

TEST_F(RecallApi, ListsEveryArtifactOnceAndFiltersThem)
{
    play();
    const auto pages = walk("/api/v1/participant_events/");
    EXPECT_GT(pages.size(), 1U);
    const auto all = artifacts_by_recording();
    std::set<std::string> recordings;
    for (const auto& each : what.told)
        if (each.expected && each.expected->who)
            recordings.insert(each.meeting_id);
    for (const auto& id : recordings)
        EXPECT_TRUE(all.contains(id)) << id;

    const auto& [recording, artifact] = *all.begin();
    const auto one = get("/api/v1/participant_events/?recording_id=" + recording);
    ASSERT_EQ(one["results"].Size(), 1U);
    EXPECT_EQ(one["results"][0]["id"].GetString(), artifact);
    const std::string at = one["results"][0]["created_at"].GetString();
    EXPECT_EQ(
        get("/api/v1/participant_events/?recording_id=" + recording + "&created_at_after=" + at
        )["results"]
            .Size(),
        0U
    );
    EXPECT_EQ(get("/api/v1/participant_events/?status_code=processing")["results"].Size(), 0U);
    EXPECT_EQ(ask(request("/api/v1/participant_events/?recording_id=x")).status, 400U);
    EXPECT_EQ(ask(request("/api/v1/participant_events/?created_at_after=x")).status, 400U);
    EXPECT_EQ(ask(request("/api/v1/participant_events/?cursor=x")).status, 404U);
}

TEST_F(RecallApi, HasWhatItsErrorTableSays)
{
    play();
    auto without = request("/api/v1/participant_events/");
    without.authorization = "Token other";
    EXPECT_FALSE(api->is_authorised(without));
    EXPECT_EQ(ask(without).status, 401U);
    const auto blocked = ask(request("/api/v1/participant_events/", "GET", "{}"));
    EXPECT_EQ(blocked.status, 403U);
    EXPECT_STREQ(parsed(blocked.body)["code"].GetString(), "request_blocked");
    EXPECT_EQ(ask(request("/api/v1/participant_events/unknown/")).status, 404U);
    EXPECT_EQ(ask(request("/api/v1/participant_events")).status, 404U);
    EXPECT_EQ(ask(request("/api/v1/recording/", "POST")).status, 405U);
    auto bare = request("/api/v1/recording/");
    bare.authorization = "k3y";
    EXPECT_TRUE(api->is_authorised(bare));
}

TEST_F(RecallApi, AnArtifactIsDoneWhenItsTimeHasCome)
{
    wanted.archive.processing = 5s;
    play(false);
    const auto last = std::ranges::find_if(what.told, [](const telling& each) {
        return each.content.find("event")->text() == "participant_events.done";
    });
    ASSERT_NE(last, what.told.end());
    const auto list = "/api/v1/participant_events/?recording_id=" + last->meeting_id;
    EXPECT_EQ(get(list, 0ms)["results"].Size(), 0U);
    const auto before = get(list, last->stored - 1ms);
    ASSERT_EQ(before["results"].Size(), 1U);
    EXPECT_STREQ(before["results"][0]["status"]["code"].GetString(), "processing");
    EXPECT_TRUE(before["results"][0]["data"]["participants_download_url"].IsNull());
    const auto after = get(list, last->stored);
    EXPECT_STREQ(after["results"][0]["status"]["code"].GetString(), "done");
    EXPECT_TRUE(after["results"][0]["data"]["participants_download_url"].IsString());
}

// What a download holds is what the truth calls archived, row by row.
TEST_F(RecallApi, ItsFilesHoldWhatTheTruthSays)
{
    wanted.archive.missing = 0.1;
    wanted.archive.failed = 0.2;
    wanted.archive.deleted = 0.2;
    wanted.archive.offset = 700ms;
    wanted.archive.jitter = 40ms;
    play();
    std::map<std::string, std::multiset<std::string>> expected;
    std::size_t missing = 0;
    for (const auto& each : what.told) {
        if (!each.expected || !each.expected->who)
            continue;
        EXPECT_EQ(each.lasting, each.archived.has_value());
        missing += each.archived ? 0 : 1;
        if (each.archived)
            expected[each.meeting_id].insert(
                std::string{each.content.find("event")->text()}.substr(19) + " " +
                each.expected->who->id
            );
    }
    EXPECT_GT(missing, 60U);
    std::map<std::string, int> codes;
    for (const auto& [recording, artifact] : artifacts_by_recording()) {
        const auto one = get("/api/v1/participant_events/" + artifact + "/");
        const std::string code = one["status"]["code"].GetString();
        ++codes[code];
        const auto url = url_of(artifact);
        ASSERT_EQ(url.empty(), code != "done");
        if (url.empty())
            continue;
        const auto file = fetch(url);
        ASSERT_EQ(file.status, 200U);
        std::multiset<std::string> rows;
        const auto content = parsed(file.body);
        for (const auto& row : content.GetArray())
            rows.insert(
                row["action"].GetString() + std::string{" "} +
                std::to_string(row["participant"]["id"].GetInt64())
            );
        EXPECT_EQ(rows, expected[recording]);
    }
    EXPECT_GT(codes["done"], 10);
    EXPECT_GT(codes["failed"], 2);
    EXPECT_GT(codes["deleted"], 2);
}

TEST_F(RecallApi, TimesInFilesDifferAsFarAsAskedFor)
{
    wanted.archive.offset = 700ms;
    wanted.archive.jitter = 40ms;
    play();
    int compared = 0;
    for (const auto& each : what.told) {
        if (!each.archived)
            continue;
        const auto* const time = each.content.find("data")->find("data")->find("timestamp");
        const auto at = parse_datetime(time->find("absolute")->text()).value_or(stamp{});
        const auto difference = *each.archived - at;
        EXPECT_GE(difference, 660ms);
        EXPECT_LE(difference, 740ms);
        ++compared;
    }
    EXPECT_GT(compared, 300);
}

TEST_F(RecallApi, TimesInFilesHaveTheDigitsAskedFor)
{
    wanted.archive.digits = 2;
    play();
    const auto artifact = artifacts_by_recording().begin()->second;
    const auto file = parsed(fetch(url_of(artifact)).body);
    ASSERT_FALSE(file.Empty());
    for (const auto& row : file.GetArray()) {
        const std::string at = row["timestamp"]["absolute"].GetString();
        EXPECT_EQ(at.size() - at.find('.'), 4U) << at;
    }
}

TEST_F(RecallApi, AUrlIsGoodAsItStandsAndForSomeTime)
{
    how.url_lifetime = 10s;
    for (const bool storage : {false, true}) {
        how.storage_host = storage;
        play();
        const auto url = url_of(artifacts_by_recording().begin()->second);
        EXPECT_TRUE(url.starts_with(storage ? "http://localhost:4242/" : here)) << url;
        EXPECT_EQ(fetch(url).status, 200U);
        EXPECT_EQ(fetch(url, 10s).status, 200U);
        EXPECT_EQ(fetch(url, 11s).status, storage ? 403U : 401U);
        auto decoded = url;
        const std::string escape = storage ? "%2F" : "%3A";
        decoded.replace(decoded.find(escape), 3, storage ? "/" : ":");
        EXPECT_NE(fetch(decoded).status, 200U);
        auto with_key = request(url.substr(url.find('/', 8)));
        EXPECT_EQ(ask(with_key).status, 400U);
    }
}

TEST_F(RecallApi, HasParticipantsAndASpeakerTimeline)
{
    play();
    std::size_t spoken = 0;
    for (const auto& [recording, artifact] : artifacts_by_recording()) {
        if (url_of(artifact).empty())
            continue;
        const auto events = parsed(fetch(url_of(artifact)).body);
        std::set<std::int64_t> ids;
        std::size_t on = 0;
        for (const auto& row : events.GetArray()) {
            ids.insert(row["participant"]["id"].GetInt64());
            on += std::string_view{row["action"].GetString()} == "speech_on";
        }
        EXPECT_EQ(parsed(fetch(url_of(artifact, "participants")).body).Size(), ids.size());
        EXPECT_EQ(parsed(fetch(url_of(artifact, "speaker_timeline")).body).Size(), on);
        spoken += on;
    }
    EXPECT_GT(spoken, 50U);
}

TEST_F(RecallApi, ShowsAnArtifactByItsRecordingAndBot)
{
    play();
    for (const auto& [recording, artifact] : artifacts_by_recording()) {
        const auto one = get("/api/v1/recording/" + recording + "/");
        EXPECT_EQ(one["media_shortcuts"]["participant_events"]["id"].GetString(), artifact);
        EXPECT_FALSE(one["media_shortcuts"]["participant_events"].HasMember("recording"));
        if (one["bot"].IsNull())
            continue;
        const std::string bot_id = one["bot"]["id"].GetString();
        const auto bot = get("/api/v1/bot/" + bot_id + "/");
        ASSERT_EQ(bot["recordings"].Size(), 1U);
        EXPECT_EQ(bot["recordings"][0]["id"].GetString(), recording);
        EXPECT_EQ(get("/api/v1/recording/?bot_id=" + bot_id)["results"].Size(), 1U);
    }
}

TEST_F(RecallApi, MetadataAreAddedToOrReplaced)
{
    for (const bool replaces : {false, true}) {
        how.replaces = replaces;
        play();
        const auto path =
            "/api/v1/participant_events/" + artifacts_by_recording().begin()->second + "/";
        const auto mark = [&](const char* body) {
            return ask(request(path, "PATCH", body)).status;
        };
        EXPECT_EQ(mark(R"({"metadata":{"a":"1"}})"), 200U);
        EXPECT_EQ(mark(R"({"metadata":{"b":"2"}})"), 200U);
        const auto one = get(path);
        EXPECT_EQ(one["metadata"].HasMember("a"), !replaces);
        EXPECT_STREQ(one["metadata"]["b"].GetString(), "2");
        EXPECT_EQ(mark(R"({"metadata":null})"), 400U);
        EXPECT_EQ(mark(R"({"metadata":{"c":3}})"), 400U);
        EXPECT_EQ(mark("{"), 400U);
    }
}

TEST_F(RecallApi, WhatIsDeletedIsGone)
{
    play();
    const auto artifact = artifacts_by_recording().begin()->second;
    const auto path = "/api/v1/participant_events/" + artifact + "/";
    const auto url = url_of(artifact);
    EXPECT_EQ(ask(request(path, "DELETE")).status, 204U);
    EXPECT_EQ(ask(request(path)).status, 404U);
    EXPECT_EQ(fetch(url).status, 404U);
}

TEST_F(RecallApi, ListsEndpointsAndThoseThatWereGivenUp)
{
    play();
    const auto recording = artifacts_by_recording().begin()->first;
    const auto id = real_time_endpoint(recording, 0);
    const auto list = "/api/v1/realtime_endpoint/?recording_id=" + recording;
    EXPECT_EQ(get(list)["results"][0]["id"].GetString(), id);
    EXPECT_EQ(get(list + "&status_code=failed")["results"].Size(), 0U);
    api->give_up_endpoint(id);
    EXPECT_EQ(get(list + "&status_code=failed")["results"].Size(), 1U);
}

TEST_F(RecallApi, CountsListsAndTheRestByThemselvesAndNoDownload)
{
    play();
    const auto list = request("/api/v1/recording/");
    const auto one = request("/api/v1/participant_events/x/");
    const auto file = request("/api/v1/download/participant_events?token=x");
    for (int n = 0; n < 60; ++n)
        EXPECT_FALSE(api->over_limit(list, begin));
    EXPECT_EQ(api->over_limit(list, begin), 60s);
    for (int n = 0; n < 300; ++n)
        EXPECT_FALSE(api->over_limit(one, begin));
    EXPECT_TRUE(api->over_limit(one, begin + 59s));
    EXPECT_FALSE(api->over_limit(one, begin + 60s));
    for (int n = 0; n < 1'000; ++n)
        EXPECT_FALSE(api->over_limit(file, begin));
}

}  // namespace
}  // namespace rollcall::simulator
