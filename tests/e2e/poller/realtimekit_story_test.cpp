// The story that the recorded webhooks and rows tell (Asha leaves and comes back as a new peer,
// Noor is there on two devices and stays to the end), through the daemon and a real Kafka: by
// webhook, by poll and by both, in many orders. Each order is a source of its own, so that one
// daemon plays all of them at once.
#include "polled.hpp"
#include "simulator/calendar.hpp"
#include "simulator/query.hpp"
#include "simulator/realtimekit.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"
#include "support/fixtures.hpp"
#include "support/http_client.hpp"
#include "verifier/message.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <random>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using simulator::api_answer;
using simulator::api_request;
using simulator::realtimekit;

constexpr std::string_view session_id = "b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e";

// A file of the story, which happened between 14:00 and 15:00 on a day long past, as if it had
// happened in the hour before this one: what is older than the deduplication's window is refused.
std::string told_today(const std::string& file)
{
    static const auto hour = simulator::to_text(
        std::chrono::floor<std::chrono::hours>(std::chrono::system_clock::now()) - 1h
    );
    constexpr std::string_view then = "2026-03-04T14";
    auto text = fixture("realtimekit/" + file + ".json");
    for (auto at = text.find(then); at != std::string::npos; at = text.find(then, at))
        text.replace(at, then.size(), hour.substr(0, then.size()));
    return text;
}

std::string text_of(const rapidjson::Value& json)
{
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> writer{text};
    json.Accept(writer);
    return {text.GetString(), text.GetSize()};
}

// How far the story has come, by what the API tells.
enum class chapter : std::uint8_t { nothing, begun, over };

// The session's rows at that point. While it goes on, the first two people are there and have not
// left.
struct rows {
    std::string session, participants;
};
rows rows_at(chapter how_far)
{
    rapidjson::Document session;
    rapidjson::Document people;
    session.Parse(told_today("story/session_after_the_end").c_str());
    people.Parse(told_today("story/participants_after_the_end").c_str());
    auto& data = session["data"];
    auto& all = people["data"]["participants"];
    if (how_far == chapter::begun) {
        data["status"] = "LIVE";
        data.RemoveMember("ended_at");
        all.Erase(all.Begin() + 2, all.End());
        for (auto& one : all.GetArray()) {
            one.RemoveMember("left_at");
            auto& events = one["peer_events"];
            while (std::string_view{events[events.Size() - 1]["event_name"].GetString()} !=
                   "PEER_JOINING")
                events.PopBack();
        }
    }
    return {text_of(data), text_of(people)};
}

// What the API tells of each app, and how often it was asked for the people of an app since.
class chapters {
public:
    void open(const std::string& app, chapter how_far)
    {
        const std::scoped_lock lock{mutex_};
        by_app_[app] = {how_far, 0};
    }
    chapter of(const std::string& app, bool people_asked)
    {
        const std::scoped_lock lock{mutex_};
        auto& now = by_app_[app];
        now.asked += people_asked ? 1U : 0U;
        return now.how_far;
    }
    unsigned asked(const std::string& app)
    {
        const std::scoped_lock lock{mutex_};
        return by_app_[app].asked;
    }

private:
    struct state {
        chapter how_far = chapter::nothing;
        unsigned asked = 0;
    };
    std::mutex mutex_;
    std::map<std::string, state> by_app_;
};

// The API of many apps, in each of which there is this one session. What is no session of theirs
// the simulator answers: the key, and who is let in.
class story_api final : public simulator::api {
public:
    explicit story_api(const realtimekit& by, chapters& told)
        : rest_{by.open_api({{"unused"}, ""})}, told_{told}
    {
    }

    void show(const simulator::performance&, simulator::steady_time, bool) override {}
    std::string_view path_class(const api_request& asked) const override
    {
        return rest_->path_class(asked);
    }
    bool is_authorised(const api_request& asked) const override
    {
        return rest_->is_authorised(asked);
    }
    bool is_without_key(const api_request& asked) const override
    {
        return rest_->is_without_key(asked);
    }
    api_answer throttled(std::chrono::seconds wait) const override
    {
        return rest_->throttled(wait);
    }
    api_answer failed() const override { return rest_->failed(); }
    simulator::instant clock(simulator::steady_time now, simulator::instant here) const override
    {
        return rest_->clock(now, here);
    }

    api_answer answer(
        const api_request& asked, simulator::steady_time now, simulator::hostility how
    ) override
    {
        const std::string_view target = asked.target;
        const auto kit = target.find("/kit/");
        const auto inside = target.find("/sessions");
        if (kit == std::string_view::npos || inside == std::string_view::npos)
            return rest_->answer(asked, now, how);
        const std::string app{target.substr(kit + 5, inside - kit - 5)};
        const auto question = std::min(target.find('?'), target.size());
        const auto path = target.substr(inside, question - inside);
        return told_in(app, path, target.substr(std::min(question + 1, target.size())));
    }

private:
    api_answer told_in(const std::string& app, std::string_view path, std::string_view query) const
    {
        const auto with = simulator::parse_query(query);
        const auto one = "/sessions/" + std::string{session_id};
        const bool people = path == one + "/participants";
        const auto how_far = told_.of(app, people);
        if (path == "/sessions") {
            const auto wanted = simulator::last(with, "status");
            const bool listed = how_far != chapter::nothing &&
                                simulator::last(with, "page_no") == "1" &&
                                (!wanted || (*wanted == "LIVE") == (how_far == chapter::begun));
            return with_body(
                R"({"success":true,"data":{"sessions":[)" +
                (listed ? rows_at(how_far).session : "") + "]}}"
            );
        }
        if (how_far == chapter::nothing || (path != one && !people))
            return {
                .status = 404,
                .headers = {},
                .body = R"({"success":false,"error":{"code":404,"message":"not found"}})"};
        if (people && simulator::last(with, "page_no") != "1")
            return with_body(R"({"success":true,"data":{"participants":[]}})");
        const auto now = rows_at(how_far);
        return with_body(
            people ? now.participants : R"({"success":true,"data":)" + now.session + "}"
        );
    }
    static api_answer with_body(std::string body)
    {
        return {.headers = {}, .body = std::move(body)};
    }

    std::unique_ptr<simulator::api> rest_;
    chapters& told_;
};

const std::vector<std::string> webhooks = {
    "meeting_started",
    "participant_joined",
    "participant_joined_second_user",
    "participant_joined_second_device",
    "participant_left",
    "participant_rejoined",
    "participant_left_after_end",
    "meeting_ended_all_left",
    "meeting_ended_by_host",
};

// One order of arrival: webhooks by their names, and the API's chapters.
struct telling {
    std::string source;
    bool polled = false;
    std::vector<std::string> steps;
};

// `begun` before `over`, wherever the two are.
void put_chapters_in_order(std::vector<std::string>& steps)
{
    const auto begun = std::ranges::find(steps, "begun");
    const auto over = std::ranges::find(steps, "over");
    if (begun != steps.end() && over != steps.end() && over < begun)
        std::iter_swap(begun, over);
}

std::vector<telling> tellings()
{
    std::mt19937 dice{20'261'122};
    std::vector<telling> all;
    const auto add = [&](const std::string& name, bool by_webhook, bool polled, bool shuffled) {
        telling one{name, polled, {}};
        if (by_webhook) {
            one.steps = webhooks;
            for (int twice = 0; twice < 2; ++twice)
                one.steps.push_back(webhooks[dice() % webhooks.size()]);
        }
        if (polled) {
            one.steps.emplace_back("begun");
            one.steps.emplace_back("over");
        }
        if (shuffled)
            std::ranges::shuffle(one.steps, dice);
        put_chapters_in_order(one.steps);
        all.push_back(std::move(one));
    };
    add("webhooks", true, false, false);
    add("polls", false, true, false);
    add("webhooks-then-polls", true, true, false);
    for (const auto* n : {"1", "2", "3", "4"}) {
        add(std::string{"webhooks-shuffled-"} + n, true, false, true);
        add(std::string{"both-shuffled-"} + n, true, true, true);
    }
    auto polls_first = all[2];
    polls_first.source = "polls-then-webhooks";
    std::ranges::rotate(polls_first.steps, polls_first.steps.end() - 2);
    all.push_back(polls_first);
    return all;
}

std::string app_url(const simulator::api_server& api, const std::string& app)
{
    return api.url() + "/client/v4/accounts/5f2d/realtime/kit/" + app;
}

std::string settings_of(const std::vector<telling>& all, const simulator::api_server& api)
{
    std::string text;
    for (const auto& each : all) {
        text += "  " + each.source + ":\n    provider: realtimekit\n    webhook: { key: { url: \"" +
                api.url() + "/.well-known/webhooks.json\", refetch: 200ms } }\n";
        if (each.polled)
            text +=
                "    poll: { base_url: \"" + app_url(api, each.source) +
                "\", api_key: { file: topics.key }, interval: 200ms, discovery_interval: 300ms, "
                "overlap: 30s, late_sweep: 12s, requests_a_minute: 60000 }\n";
    }
    return text;
}

class RealtimekitStory : public testing::Test {
protected:
    RealtimekitStory() : all_{tellings()}
    {
        api_ = std::make_unique<simulator::api_server>(
            std::make_unique<story_api>(by_, told_), simulator::api_options{}
        );
        deployment::options how;
        how.hold = 12s;  // every order is told within it
        how.settle_after = 2s;
        how.more_sources = settings_of(all_, *api_);
        rollcall_ = std::make_unique<deployment>(shared_broker(), how);
        daemon_ = &rollcall_->add("only");
    }

    // A webhook is stored when this returns. What the API tells from now on is read when the daemon
    // asks next; that the meeting goes on is waited for, that it is over may be asked for much
    // later.
    void tell(const telling& of, const std::string& step)
    {
        if (step == "over")
            return told_.open(of.source, chapter::over);
        if (step == "begun") {
            told_.open(of.source, chapter::begun);
            ASSERT_TRUE(eventually(20s, [&] { return told_.asked(of.source) >= 1; })) << of.source;
            return;
        }
        auto sent = realtimekit::post(told_today("webhooks/" + step), "delivery");
        by_.sign(sent, {});
        const auto url = daemon_->webhook_url(of.source);
        ASSERT_TRUE(
            eventually(10s, [&] { return post(url, sent.headers, sent.body).status == 200; })
        ) << of.source
          << ' ' << step;
    }

    const realtimekit by_{deployment::secrets_of("realtimekit")};
    chapters told_;
    std::vector<telling> all_;
    std::unique_ptr<simulator::api_server> api_;
    std::unique_ptr<deployment> rollcall_;
    instance* daemon_ = nullptr;
};

// Who came and went, in the order of publishing, to the second: the two ways differ by some
// milliseconds.
std::string line_of(const message& what)
{
    auto line = what.occurred_at.substr(14, 5) + ' ' + what.kind;
    if (!what.participant.empty())
        line += ' ' + what.text("/participant/name").value_or("?") + ' ' +
                what.participant.substr(0, 8);
    return line + (what.derived ? " derived" : "");
}

const std::vector<std::string> attendance = {
    "00:02 meeting.started",
    "00:02 participant.joined Asha Rao d4b0a6c2",
    "03:17 participant.joined Noor Haddad 8a7b6c5d",
    "05:44 participant.joined Noor Haddad f1e2d3c4",
    "20:09 participant.left Asha Rao d4b0a6c2",
    "21:33 participant.joined Asha Rao 0b9c8d7e",
    "47:31 participant.left Asha Rao 0b9c8d7e",
    "48:31 meeting.ended",
    "48:31 participant.left Noor Haddad 8a7b6c5d derived",
    "48:31 participant.left Noor Haddad f1e2d3c4 derived",
    "48:31 meeting.settled derived",
};

TEST_F(RealtimekitStory, GivesTheSameAttendanceByEitherWayAndBothInAnyOrder)
{
    daemon_->start();
    ASSERT_TRUE(daemon_->ready());
    reading reader{*rollcall_};
    std::size_t longest = 0;
    for (const auto& each : all_)
        longest = std::max(longest, each.steps.size());
    for (std::size_t step = 0; step < longest; ++step) {
        for (const auto& each : all_) {
            if (step < each.steps.size()) {
                ASSERT_NO_FATAL_FAILURE(tell(each, each.steps[step]));
            }
        }
    }

    reader.until_settled(all_.size());
    std::map<std::string, std::vector<std::string>> by_source;
    const auto all = reader.without_probes();
    for (const auto& record : all.attendance) {
        const auto read = read_message(record, "attendance");
        ASSERT_TRUE(read) << record.value.value_or("");
        EXPECT_FALSE(read->late) << read->where();
        by_source[read->text("/source").value_or("?")].push_back(line_of(*read));
    }
    EXPECT_EQ(by_source.size(), all_.size());
    for (const auto& each : all_)
        EXPECT_EQ(by_source[each.source], attendance) << each.source;
    EXPECT_EQ(daemon_->stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
