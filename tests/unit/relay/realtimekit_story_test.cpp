// The recorded webhooks tell one story: Asha joins, leaves and rejoins with a new peer, Noor is
// there on two devices and stays to the end. Whatever the order in which they come, the attendance
// is the same.
#include "providers/provider.hpp"
#include "providers/realtimekit/answer.hpp"
#include "story.hpp"
#include "support/fixtures.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <variant>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

const std::vector<std::variant<std::string, polled_row>> story = {

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

// What arrives: a webhook by its name, or a row.
using arrival = std::variant<std::string, polled_row>;

// The rows of the same story, as they are after its end.
std::vector<arrival> polled_story()
{
    const auto folder = std::string{"realtimekit/story/"};
    const auto session = fixture(folder + "session_after_the_end.json");
    const auto people = fixture(folder + "participants_after_the_end.json");
    const std::string id = "b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e";
    std::vector<arrival> rows;
    const auto one = realtimekit::read_one(session, "");
    rows.emplace_back(polled_row{id, "session", std::string{one->rows.front()}});
    const auto list = realtimekit::read_list(people, "participants");
    for (const auto row : list->rows)
        rows.emplace_back(polled_row{id, "participant", std::string{row}});
    return rows;
}

intake_record record_of(const arrival& what)
{
    intake_record arrived;
    arrived.source = "realtimekit-prod";
    arrived.provider = "realtimekit";
    if (const auto* const row = std::get_if<polled_row>(&what)) {
        arrived.via = way::poll;
        arrived.key = row->key;
        arrived.item = row->item;
        arrived.body = row->body;
    } else {
        arrived.body = fixture("realtimekit/webhooks/" + std::get<std::string>(what) + ".json");
    }
    return arrived;
}

// In this order, a hundred milliseconds apart.
published told(const std::vector<arrival>& all, roll_settings how)
{
    player plays{how};
    std::vector<record> records;
    for (std::int64_t n = 0; const auto& what : all) {
        auto arrived = record_of(what);
        arrived.received_at = *parse_rfc3339("2026-03-04T14:48:32Z") + 100ms * n++;
        const auto normalised = find_provider("realtimekit")->normalise(arrived);
        if (!normalised)
            throw std::logic_error(normalised.error().where);
        for (const auto& each : normalised->events)
            records.push_back({each, static_cast<std::int64_t>(records.size())});
    }
    for (std::size_t i = 0; i < records.size(); ++i)
        plays.commit_batch(records, i, i + 1, records[i].what.received_at);
    plays.pass_time(records.back().what.received_at + 1h);
    plays.pass_time(records.back().what.received_at + 1h);
    return plays.out();
}

// Who came and went, in the order of publishing.
std::vector<std::string> attendance(const published& out)
{
    std::vector<std::string> lines;
    for (const auto& p : out)
        lines.push_back(
            to_rfc3339(p.what.occurred_at).substr(11, 12) + ' ' +
            std::string{to_string(p.what.kind)} +
            (p.what.participant ? ' ' + p.what.participant->name.value_or("?") + ' ' +
                                      p.what.participant->id.substr(0, 8)
                                : "") +
            (p.what.via == way::derived ? " derived" : "")
        );
    return lines;
}

TEST(RealtimekitStory, GivesTheAttendanceOfTheMeeting)
{
    const auto out = told(story, {});
    EXPECT_THAT(
        attendance(out),
        ElementsAre(
            "14:00:02.118 meeting.started",
            "14:00:02.640 participant.joined Asha Rao d4b0a6c2",
            "14:03:17.204 participant.joined Noor Haddad 8a7b6c5d",
            "14:05:44.871 participant.joined Noor Haddad f1e2d3c4",
            "14:20:09.415 participant.left Asha Rao d4b0a6c2",
            "14:21:33.062 participant.joined Asha Rao 0b9c8d7e",
            "14:47:31.127 participant.left Asha Rao 0b9c8d7e",
            "14:48:31.905 meeting.ended",
            "14:48:31.905 participant.left Noor Haddad 8a7b6c5d derived",
            "14:48:31.905 participant.left Noor Haddad f1e2d3c4 derived",
            "14:48:31.905 meeting.settled derived"
        )
    );
    EXPECT_EQ(out.back().what.data, R"({"participants":4,"events":8,"recovered":0,"derived":2})");
    for (const auto& p : out)
        EXPECT_EQ(p.what.meeting.id, "b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e");
}

TEST(RealtimekitStory, IsTheSameInAnyOrderOfArrival)
{
    auto expected = attendance(told(story, {}));
    std::mt19937 dice{4};
    for (int again = 0; again < 300; ++again) {
        auto names = story;
        for (int twice = 0; twice < 4; ++twice)
            names.push_back(story[dice() % story.size()]);
        std::ranges::shuffle(names, dice);
        ASSERT_EQ(attendance(told(names, {})), expected);
        for (const auto mode : {ordering::causal, ordering::arrival}) {
            auto unordered = attendance(told(names, {.mode = mode}));
            std::ranges::sort(unordered);
            auto sorted = expected;
            std::ranges::sort(sorted);
            ASSERT_EQ(unordered, sorted);
        }
    }
}

// The two ways differ by some milliseconds, and in this order the same second is the same event.
std::vector<std::string> by_second(std::vector<std::string> lines)
{
    for (auto& line : lines)
        line.erase(8, 4);
    return lines;
}

TEST(RealtimekitStory, IsTheSameByPollOnly)
{
    const auto expected = by_second(attendance(told(story, {})));
    std::mt19937 dice{5};
    for (int again = 0; again < 100; ++again) {
        auto rows = polled_story();
        std::ranges::shuffle(rows, dice);
        ASSERT_EQ(by_second(attendance(told(rows, {}))), expected);
    }
}

TEST(RealtimekitStory, IsTheSameByBothInAnyOrderOfArrival)
{
    const auto expected = by_second(attendance(told(story, {})));
    std::mt19937 dice{6};
    for (int again = 0; again < 300; ++again) {
        auto all = polled_story();
        all.insert(all.end(), story.begin(), story.end());
        for (int twice = 0; twice < 4; ++twice)
            all.push_back(all[dice() % all.size()]);
        std::ranges::shuffle(all, dice);
        ASSERT_EQ(by_second(attendance(told(all, {}))), expected);
        for (const auto mode : {ordering::causal, ordering::arrival}) {
            auto unordered = by_second(attendance(told(all, {.mode = mode})));
            std::ranges::sort(unordered);
            auto sorted = expected;
            std::ranges::sort(sorted);
            ASSERT_EQ(unordered, sorted);
        }
    }
}

// `joined_at` and PEER_JOINING of one row differ by so much in one of the vendor's examples.
TEST(RealtimekitStory, TakesTimesThatDifferBy42SecondsForOneEvent)
{
    for (const auto shift : {-42s, 42s})
        for (const bool polls_first : {false, true}) {
            auto polled = polled_story();
            player plays{roll_settings{}};
            std::vector<record> records;
            auto all = story;
            all.insert(polls_first ? all.begin() : all.end(), polled.begin(), polled.end());
            for (const auto& what : all) {
                auto arrived = record_of(what);
                const auto n = static_cast<std::int64_t>(records.size());
                arrived.received_at = *parse_rfc3339("2026-03-04T14:49:32Z") + n * 3s;
                auto found = find_provider("realtimekit")->normalise(arrived);
                for (auto& each : found->events) {
                    if (arrived.via == way::poll && each.participant)
                        each.occurred_at += shift;
                    records.push_back({each, static_cast<std::int64_t>(records.size())});
                }
            }
            for (std::size_t i = 0; i < records.size(); ++i)
                plays.commit_batch(records, i, i + 1, records[i].what.received_at);
            plays.pass_time(records.back().what.received_at + 1h);
            plays.pass_time(records.back().what.received_at + 1h);
            EXPECT_EQ(attendance(plays.out()).size(), 11U) << shift.count() << polls_first;
        }
}

// Longer apart than the stay was: order alone would take them for two.
TEST(RealtimekitStory, TakesAShortStayThatDiffersBy42SecondsForOne)
{
    const auto start = *parse_rfc3339("2026-03-04T14:10:00Z");
    for (const bool polls_first : {false, true}) {
        std::vector<record> records;
        const auto tell = [&](kind what, timestamp at, way via) {
            auto made = make_event(what, "s", "p", at, "s:p:" + std::string{to_string(what)}, via);
            made.counts_occurrences = true;
            made.only_one = via == way::poll;
            made.received_at = start + 2min + static_cast<int>(records.size()) * 3s;
            records.push_back({made, static_cast<std::int64_t>(records.size())});
        };
        for (const bool polled : {polls_first, !polls_first}) {
            const auto shift = polled ? 42s : 0s;
            const auto via = polled ? way::poll : way::webhook;
            tell(kind::participant_joined, start + shift, via);
            tell(kind::participant_left, start + 20s + shift, via);
        }
        player plays{roll_settings{}};
        for (std::size_t i = 0; i < records.size(); ++i)
            plays.commit_batch(records, i, i + 1, records[i].what.received_at);
        plays.pass_time(records.back().what.received_at + 1h);
        EXPECT_EQ(plays.out().size(), 2U) << polls_first;
    }
}

}  // namespace
}  // namespace rollcall::test
