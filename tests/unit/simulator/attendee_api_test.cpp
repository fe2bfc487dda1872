#include "simulator/attendee_api.hpp"

#include "read_value.hpp"
#include "simulator/attendee.hpp"
#include "simulator/calendar.hpp"
#include "support/fixtures.hpp"

#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <set>

namespace rollcall::simulator {
namespace {

using namespace std::chrono_literals;

const std::string webhook_secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

rapidjson::Document parsed(const std::string& text)
{
    rapidjson::Document document;
    document.Parse(text.data(), text.size());
    if (document.HasParseError())
        throw std::runtime_error{"not JSON: " + text};
    return document;
}

std::vector<std::string> keys(const rapidjson::Value& object)
{
    std::vector<std::string> names;
    for (const auto& each : object.GetObject())
        names.emplace_back(each.name.GetString());
    return names;
}

api_request get(const std::string& target)
{
    return {"GET", target, "Token key-1", "application/json"};
}

/// A world that is over, and its API.
class AttendeeApi : public testing::Test {
protected:
    explicit AttendeeApi(faults wanted = {})
    {
        world_options options;
        options.seed = 11;
        what =
            prepare(options, provider, {instant{std::chrono::seconds{1'786'698'000}}, 1}, wanted);
        served.show(what, begin, false);
    }

    api_answer at(milliseconds when, const std::string& target)
    {
        return served.answer(get(target), begin + when, hostility::none);
    }
    api_answer after_all(const std::string& target) { return at(24h, target); }

    /// The objects of all pages of a list.
    std::vector<std::string> walk(const std::string& path, milliseconds when = 24h)
    {
        std::vector<std::string> rows;
        for (std::string target = path; !target.empty();) {
            const auto body = read_value(at(when, target).body);
            body.find("results")->visit([&](const auto& results) {
                if constexpr (std::is_same_v<std::decay_t<decltype(results)>, value::array>)
                    for (const auto& each : results)
                        rows.push_back(to_compact_json(each));
            });
            const std::string next{body.find("next")->text()};
            target = next.empty() ? "" : next.substr(next.find("/api/"));
        }
        return rows;
    }

    std::string some_bot(bool botless = false) const
    {
        for (std::size_t i = 0; i < what.of.meetings.size(); ++i)
            if (what.of.meetings[i].botless == botless)
                return provider.meeting_id(what.of, i);
        return "";
    }

    attendee provider{webhook_secret};
    performance what;
    steady_time begin{};
    attendee_api served{{{"key-1", "key-2"}, "http://attendee-app.internal:8000"}};
};

TEST_F(AttendeeApi, TellsEverythingThatWebhooksTell)
{
    std::map<std::string, std::set<std::string>> events;
    std::map<std::string, std::set<std::string>> texts;
    std::map<std::string, std::string> bots;
    for (const auto& each : walk("/api/v1/bots")) {
        const auto object = parsed(each);
        bots[object["id"].GetString()] = each;
    }
    EXPECT_EQ(bots.size(), what.of.meetings.size());
    for (const auto& [id, bot] : bots) {
        EXPECT_EQ(after_all("/api/v1/bots/" + id).body, bot);
        for (const auto& each : walk("/api/v1/bots/" + id + "/participant_events"))
            events[id].insert(parsed(each)["id"].GetString());
        if (id.starts_with("app_"))
            continue;
        for (const auto& each : walk("/api/v1/bots/" + id + "/chat_messages"))
            texts[id].insert(parsed(each)["text"].GetString());
    }
    std::size_t edited = 0;
    for (const auto& each : what.told) {
        if (!each.expected)
            continue;
        const auto& expected = *each.expected;
        if (expected.kind == "participant.chat" && !each.lasting)
            ++edited;
        else if (expected.kind == "participant.chat")
            EXPECT_TRUE(texts[each.meeting_id].contains(expected.text));
        else if (expected.who)
            EXPECT_TRUE(events[each.meeting_id].contains(*expected.provider_id));
        else {
            const auto change = parsed(provider.render(each, 0).body);
            std::string at = change["data"]["created_at"].GetString();
            at.replace(at.find('+'), 6, "Z");
            EXPECT_THAT(bots[each.meeting_id], testing::HasSubstr("\"created_at\":\"" + at + "\""));
        }
    }
    EXPECT_GT(edited, 0U);
}

TEST_F(AttendeeApi, RowsHaveTheRecordedMembersInTheirOrder)
{
    const auto recorded = [](const std::string& file) {
        return keys(parsed(test::fixture("attendee/rest/" + file))["results"][0]);
    };
    const auto& id = some_bot();
    const auto first = [&](const std::string& path) { return keys(parsed(walk(path).at(0))); };
    EXPECT_EQ(first("/api/v1/bots"), recorded("bots_list_active.json"));
    EXPECT_EQ(
        first("/api/v1/bots/" + id + "/participant_events"),
        recorded("participant_events_page1.json")
    );
    EXPECT_EQ(first("/api/v1/bots/" + id + "/participants"), recorded("participants.json"));
    EXPECT_EQ(first("/api/v1/bots/" + id + "/chat_messages"), recorded("chat_messages.json"));
}

TEST_F(AttendeeApi, ARowCanBeReadFromWhenItIsStoredAndNotBefore)
{
    for (std::size_t i = 0; i < what.told.size(); i += 37) {
        const auto& each = what.told[i];
        if (!each.expected || !each.expected->who || each.expected->kind == "participant.chat")
            continue;
        attendee_api fresh{{{"key-1"}, ""}};
        fresh.show(what, begin, false);
        const auto path = "/api/v1/bots/" + each.meeting_id +
                          "/participant_events?after=" + python_datetime(each.inserted - 1us);
        const auto has = [&](milliseconds when) {
            return fresh.answer(get(path), begin + when, hostility::none)
                       .body.find(*each.expected->provider_id) != std::string::npos;
        };
        EXPECT_FALSE(has(each.stored - 1ms));
        EXPECT_TRUE(has(each.stored));
    }
}

TEST_F(AttendeeApi, ABotIsListedWithTheStateItIsInOldestFirst)
{
    std::map<std::string, std::string> state;
    for (const auto& each : what.told) {
        const auto body = parsed(provider.render(each, 0).body);
        if (std::string{body["trigger"].GetString()} != "bot.state_change")
            continue;
        state[each.meeting_id] = body["data"]["new_state"].GetString();
        const auto one = parsed(at(each.stored, "/api/v1/bots/" + each.meeting_id).body);
        ASSERT_EQ(one["state"].GetString(), state[each.meeting_id]);
        ASSERT_EQ(
            one["events"][one["events"].Size() - 1]["type"].GetString(),
            std::string{body["data"]["event_type"].GetString()}
        );
    }
    std::string last_created;
    for (const auto& each : walk("/api/v1/bots")) {
        const std::string created = parsed(each)["events"][0]["created_at"].GetString();
        EXPECT_LE(last_created.substr(0, 19), created.substr(0, 19));
        last_created = created;
    }
}

TEST_F(AttendeeApi, FiltersBotsByStatesAndTheRest)
{
    const auto ended = walk("/api/v1/bots?states=ended");
    const auto dead = walk("/api/v1/bots?states=fatal_error");
    EXPECT_GT(dead.size(), 0U);
    EXPECT_EQ(ended.size() + dead.size(), what.of.meetings.size());
    EXPECT_EQ(walk("/api/v1/bots?states=ended&states=fatal_error").size(), what.of.meetings.size());
    EXPECT_EQ(walk("/api/v1/bots?states=joining").size(), 0U);
    EXPECT_EQ(walk("/api/v1/bots?deduplication_key=x").size(), 0U);
    EXPECT_EQ(walk("/api/v1/bots?join_at_after=2026-01-01T00:00:00Z").size(), 0U);
    const std::string url = parsed(ended[0])["meeting_url"].GetString();
    EXPECT_EQ(walk("/api/v1/bots?" + to_query({{"meeting_url", url}})).size(), 1U);
}

TEST_F(AttendeeApi, FiltersParticipants)
{
    const auto path = "/api/v1/bots/" + some_bot() + "/participants";
    const auto all = walk(path);
    const auto hosts = walk(path + "?is_host=true");
    EXPECT_EQ(hosts.size() + walk(path + "?is_host=false").size(), all.size());
    EXPECT_GE(hosts.size(), 1U);
    const std::string id = parsed(all[0])["id"].GetString();
    EXPECT_THAT(walk(path + "?id=" + id), testing::ElementsAre(all[0]));
}

TEST_F(AttendeeApi, AnAppSessionIsFoundWhereThePageSays)
{
    const auto id = some_bot(true);
    ASSERT_TRUE(id.starts_with("app_"));
    EXPECT_EQ(after_all("/api/v1/bots/" + id).status, 200U);
    EXPECT_EQ(after_all("/api/v1/app_sessions/" + id).status, 404U);
    const auto events = walk("/api/v1/app_sessions/" + id + "/participant_events");
    EXPECT_GT(events.size(), 0U);
    EXPECT_EQ(walk("/api/v1/bots/" + id + "/participant_events"), events);
    EXPECT_EQ(after_all("/api/v1/bots/" + id + "/chat_messages").status, 404U);
    EXPECT_EQ(after_all("/api/v1/app_sessions/" + some_bot() + "/participant_events").status, 200U);
}

TEST_F(AttendeeApi, NextLeadsToTheInnerHost)
{
    const auto body = parsed(after_all("/api/v1/bots/" + some_bot() + "/participant_events").body);
    EXPECT_THAT(
        body["next"].GetString(),
        testing::StartsWith("http://attendee-app.internal:8000/api/v1/bots/")
    );
}

TEST_F(AttendeeApi, EveryRecordedErrorIsAnsweredSo)
{
    const auto events = "/api/v1/bots/" + some_bot() + "/participant_events";
    const std::map<std::string, api_request> requests{
        {"401_missing_authorization.json", {"GET", events, std::nullopt, std::nullopt}},
        {"401_bad_authorization_format.json", {"GET", events, "Bearer key-1", std::nullopt}},
        {"401_invalid_api_key.json", {"GET", events, "Token key-3", std::nullopt}},
        {"404_bot_not_found.json", get("/api/v1/bots/bot_unknown")},
        {"404_invalid_cursor.json", get(events + "?cursor=x")},
        {"404_unknown_path.json", get("/api/v1/bots/")},
        {"400_invalid_after.json", get(events + "?after=2026-08-14T12:00:00+02:00")},
        {"400_invalid_before.json", get(events + "?before=1786698000")},
        {"400_invalid_is_host.json", get("/api/v1/bots/" + some_bot() + "/participants?is_host=1")},
        {"400_invalid_state.json", get("/api/v1/bots?states=active")},
        {"405_method_not_allowed.json", {"DELETE", events, "Token key-1", std::nullopt}},
        {"406_not_acceptable.json", {"GET", events, "Token key-1", "application/xml"}},
        {"500_server_error.html", get(events + "?cursor=cD00ODY%3D")}};
    std::size_t held = 0;
    const auto index = parsed(test::fixture("attendee/errors/index.json"));
    for (const auto& each : index.GetArray()) {
        const std::string file = each["file"].GetString();
        const auto asked = requests.find(file.substr(file.find('/') + 1));
        SCOPED_TRACE(file);
        api_answer is;
        if (file.find("429") != std::string::npos) {
            is = served.throttled(17s);
        } else {
            ASSERT_NE(asked, requests.end());
            is = served.answer(asked->second, begin, hostility::none);
            is = served.answer(asked->second, begin + 24h, hostility::none);
            for (const auto& header : each["headers"].GetObject())
                EXPECT_THAT(
                    is.headers,
                    testing::Contains(
                        testing::Pair(header.name.GetString(), header.value.GetString())
                    )
                );
        }
        EXPECT_EQ(is.status, each["status"].GetUint());
        EXPECT_EQ(is.content_type, each["content_type"].GetString());
        EXPECT_EQ(is.body, test::fixture("attendee/" + file));
        ++held;
    }
    EXPECT_EQ(held, 14U);
}

TEST_F(AttendeeApi, TakesTheSchemeInAnyCaseAndEmptyFiltersAsNone)
{
    const auto path = "/api/v1/bots/" + some_bot() + "/participant_events";
    const auto plain = after_all(path).body;
    api_request asked{"GET", path + "?after=&cursor=", "tOKEN key-2", "*/*"};
    const auto body = read_value(served.answer(asked, begin + 24h, hostility::none).body);
    EXPECT_EQ(
        to_compact_json(*body.find("results")), to_compact_json(*read_value(plain).find("results"))
    );
    asked.authorization = "Token key-1 key-2";
    EXPECT_EQ(served.answer(asked, begin + 24h, hostility::none).status, 401U);
    EXPECT_EQ(after_all(path + "?after=0001-01-01T00:00:00%2B05:00").status, 500U);
}

TEST_F(AttendeeApi, HostilePagesNeverEnd)
{
    const auto path = "/api/v1/bots/" + some_bot() + "/participant_events";
    const auto ask = [&](const std::string& target, hostility how) {
        return parsed(served.answer(get(target), begin + 24h, how).body);
    };
    std::set<std::string> ids;
    std::set<std::string> cursors;
    std::string target = path;
    for (int i = 0; i < 100; ++i) {
        const auto got = ask(target, hostility::endless_pages);
        for (const auto& each : got["results"].GetArray())
            ids.insert(each["id"].GetString());
        const std::string next = got["next"].GetString();
        cursors.insert(next);
        target = next.substr(next.find("/api/"));
    }
    EXPECT_EQ(ids.size(), 2'500U);
    EXPECT_EQ(cursors.size(), 100U);

    const std::string same = ask(path, hostility::same_next)["next"].GetString();
    EXPECT_EQ(ask(same.substr(same.find("/api/")), hostility::same_next)["next"].GetString(), same);
    const auto deep = served.answer(get(path), begin + 24h, hostility::deep_json).body;
    EXPECT_EQ(std::ranges::count(deep, '['), 100'000);
}

TEST_F(AttendeeApi, ForgetsAllButTheLastHundredPerformances)
{
    const auto bot = "/api/v1/bots/" + some_bot();
    EXPECT_EQ(after_all(bot).status, 200U);
    world_options small;
    small.meetings = 1;
    small.events = 5;
    for (std::uint64_t i = 0; i < 100; ++i) {
        small.seed = 1'000 + i;
        served.show(prepare(small, provider, what.when, {}), begin, true);
    }
    EXPECT_EQ(after_all(bot).status, 404U);
    EXPECT_EQ(walk("/api/v1/bots").size(), 100U);
}

class AttendeeApiSetBack : public AttendeeApi {
protected:
    AttendeeApiSetBack() : AttendeeApi{set_back()} {}
    static faults set_back()
    {
        faults wanted;
        wanted.clock_back = 1'500ms;
        return wanted;
    }
};

TEST_F(AttendeeApiSetBack, ItsClockIsBehindFromThenOn)
{
    const auto start = what.when.start;
    EXPECT_EQ(served.clock(begin, {}), start);
    EXPECT_EQ(served.clock(begin + what.clock.at - 1ms, {}), start + what.clock.at - 1ms);
    EXPECT_EQ(served.clock(begin + what.clock.at, {}), start + what.clock.at - 1'500ms);
}

}  // namespace
}  // namespace rollcall::simulator
