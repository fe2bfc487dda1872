#include "simulator/paging.hpp"

#include "read_value.hpp"
#include "simulator/attendee_api.hpp"
#include "simulator/calendar.hpp"
#include "support/fixtures.hpp"

#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <map>
#include <set>

namespace rollcall::simulator {
namespace {

using std::chrono::microseconds;

constexpr auto hosted = "https://app.attendee.dev";

std::string recorded(const std::string& file)
{
    return test::fixture("attendee/rest/" + file);
}

rapidjson::Document parsed(const std::string& text)
{
    rapidjson::Document document;
    document.Parse(text.data(), text.size());
    if (document.HasParseError())
        throw std::runtime_error{"not JSON: " + text};
    return document;
}

/// The rows of recorded pages, by id, as they stand there.
std::vector<row> rows_of(const std::vector<std::string>& files)
{
    std::vector<row> rows;
    for (const auto& file : files) {
        const auto body = read_value(recorded(file));
        body.find("results")->visit([&](const auto& results) {
            if constexpr (std::is_same_v<std::decay_t<decltype(results)>, value::array>)
                for (const auto& each : results)
                    rows.push_back({std::string{each.find("id")->text()}, to_compact_json(each)});
        });
    }
    return rows;
}

/// What the server of the recordings had stored, with the insertion times it did not tell.
table recorded_events()
{
    std::map<std::string, stamp> inserted;
    const auto index = parsed(recorded("index.json"));
    for (const auto& each : index["participant_events_server_created_at"].GetArray()) {
        std::string at = each["created_at"].GetString();
        inserted[each["id"].GetString()] = parse_datetime(at).value();
    }
    table all;
    for (auto& each : rows_of({"participant_events_page1.json", "participant_events_page2.json"}))
        all.emplace(inserted.at(each.id), each);
    return all;
}

/// The answer to a recorded request.
std::string answer(const table& of, const std::string& request, const std::string& server)
{
    const auto target = request.substr(request.find('/'));
    const auto question = std::min(target.find('?'), target.size());
    const auto with = parse_query(target.substr(std::min(question + 1, target.size())));
    selection asked;
    if (const auto after = last(with, "after"))
        asked.after = parse_datetime(*after).value();
    std::optional<cursor> from;
    if (const auto sent = last(with, "cursor"))
        from = parse_cursor(*sent).found;
    return render_page(cut_page(of, asked, from), server + target.substr(0, question), with);
}

TEST(Paging, AnswersTheRecordedRequestsByteForByte)
{
    const auto all = recorded_events();
    const auto index = parsed(recorded("index.json"));
    int held = 0;
    for (const auto& each : index["requests"].GetArray()) {
        const std::string file = each["response"].GetString();
        if (file.find("participant_events") == std::string::npos || each.HasMember("when") ||
            file.find("tied") != std::string::npos)  // those have their own tests
            continue;
        SCOPED_TRACE(file);
        EXPECT_EQ(
            answer(all, each["request"].GetString(), hosted), test::fixture("attendee/" + file)
        );
        ++held;
    }
    EXPECT_EQ(held, 5);
    EXPECT_EQ(
        answer(
            all,
            "GET /api/v1/bots/bot_Xk3vQ9TmZ2LrB7aE/participant_events",
            "http://attendee-app.internal:8000"
        ),
        recorded("participant_events_page1_internal_next_host.json")
    );
}

TEST(Paging, KeepsRepeatedParametersInItsLinks)
{
    table bots;
    auto at = *parse_datetime("2026-08-14T08:42:24.096311Z") - std::chrono::seconds{24};
    auto rows = rows_of({"bots_list_page1.json", "bots_list_page2.json"});
    ASSERT_EQ(rows.size(), 26U);
    for (std::size_t i = 0; i < 25; ++i, at += std::chrono::seconds{1})
        bots.emplace(at, rows[i]);
    bots.emplace(*parse_datetime("2026-08-14T08:42:45.095820Z"), rows[25]);
    const std::string path = "GET /api/v1/bots?";
    const std::string states = "states=joined_recording&states=joining";
    EXPECT_EQ(answer(bots, path + states, hosted), recorded("bots_list_page1.json"));
    EXPECT_EQ(
        answer(
            bots,
            path + "cursor=cD0yMDI2LTA4LTE0KzA4JTNBNDIlM0EyNC4wOTYzMTElMkIwMCUzQTAw&" + states,
            hosted
        ),
        recorded("bots_list_page2.json")
    );
}

TEST(Paging, LinksOfAPageThatIsAllOfOneTimeAreTheRecordedOnes)
{
    table tied;
    for (const auto& each : rows_of(
             {"participant_events_tied_created_at_page1.json",
              "participant_events_tied_created_at_page2.json"}
         ))
        tied.emplace(stamp{}, each);
    const std::string path = "GET /api/v1/bots/bot_Xk3vQ9TmZ2LrB7aE/participant_events";
    const auto links = [](const std::string& body) {
        return body.substr(0, body.find(",\"results\""));
    };
    EXPECT_EQ(
        links(answer(tied, path, hosted)),
        links(recorded("participant_events_tied_created_at_page1.json"))
    );
    EXPECT_EQ(
        links(answer(tied, path + "?cursor=bz0yNQ%3D%3D", hosted)),
        links(recorded("participant_events_tied_created_at_page2.json"))
    );
}

TEST(Cursor, RoundTripsEveryRecordedOne)
{
    const auto index = parsed(recorded("index.json"));
    for (const auto& each : index["decoded_cursors"].GetArray()) {
        const std::string text = each["cursor"].GetString();
        const auto read = parse_cursor(text);
        EXPECT_EQ(read.is, read_cursor::verdict::good);
        EXPECT_EQ(to_text(read.found), text);
    }
}

struct cursor_case {
    std::string name, text;
    read_cursor::verdict is;
};
class CursorText : public testing::TestWithParam<cursor_case> {};
TEST_P(CursorText, IsJudgedAsTheServerDoes)
{
    const auto read = parse_cursor(GetParam().text);
    EXPECT_EQ(read.is, GetParam().is);
    EXPECT_EQ(read.found, cursor{});
}
using verdict = read_cursor::verdict;
INSTANTIATE_TEST_SUITE_P(
    Texts,
    CursorText,
    testing::Values(
        cursor_case{"Empty", "", verdict::good},
        cursor_case{"WithoutPosition", "eD0x", verdict::good},      // x=1
        cursor_case{"NoDatetime", "cD00ODY=", verdict::misplaced},  // p=486
        cursor_case{"BadPadding", "cD00ODY", verdict::undecodable},
        cursor_case{"NotAscii", "/////w==", verdict::undecodable},
        cursor_case{"OffsetNoNumber", "bz14", verdict::undecodable},     // o=x
        cursor_case{"NegativeOffset", "bz0tMQ==", verdict::undecodable}  // o=-1
    ),
    [](const auto& each) { return each.param.name; }
);

// ---- walks

table rows_at(const std::vector<std::pair<int, std::size_t>>& groups)
{
    table made;
    for (const auto& [at, count] : groups)
        for (std::size_t i = 0; i < count; ++i)
            made.emplace(
                stamp{microseconds{at}},
                row{"pe_" + std::to_string(at) + "_" + std::to_string(i), "{}"}
            );
    return made;
}

struct walked {
    std::vector<std::string> ids;
    std::vector<cursor> cursors;
    std::set<std::string> distinct() const { return {ids.begin(), ids.end()}; }
};

/// From the first page along `next` to the last.
walked walk(const table& of, const selection& asked = {})
{
    walked seen;
    std::optional<cursor> at;
    do {
        const auto got = cut_page(of, asked, at);
        for (const auto* each : got.rows)
            seen.ids.push_back(each->id);
        at = got.next;
        if (at)
            seen.cursors.push_back(*at);
    } while (at);
    return seen;
}

TEST(Walk, FindsEveryRowOnceWhateverTheirNumber)
{
    for (int count = 0; count <= 80; ++count) {
        table all;
        for (int i = 0; i < count; ++i)
            all.emplace(stamp{microseconds{i}}, row{std::to_string(i), "{}"});
        const auto seen = walk(all);
        EXPECT_EQ(seen.ids.size(), static_cast<std::size_t>(count));
        EXPECT_EQ(seen.distinct().size(), static_cast<std::size_t>(count));
        EXPECT_EQ(seen.cursors.size(), static_cast<std::size_t>(std::max(0, count - 1) / 25));
    }
}

TEST(Walk, GoesBackAlongPreviousThroughTheSamePages)
{
    table all;
    for (int i = 0; i < 80; ++i)
        all.emplace(stamp{microseconds{i}}, row{std::to_string(i), "{}"});
    std::vector<std::vector<const row*>> forth;
    std::vector<std::vector<const row*>> back;
    std::optional<cursor> at;
    page got;
    do {
        got = cut_page(all, {}, at);
        forth.push_back(got.rows);
        at = got.next;
    } while (at);
    for (back.push_back(got.rows); got.previous; back.push_back(got.rows))
        got = cut_page(all, {}, got.previous);
    ASSERT_EQ(back.size(), forth.size());
    std::ranges::reverse(back);
    EXPECT_EQ(back, forth);
}

TEST(Walk, ARowThatComesBetweenTwoPagesIsFoundAtTheEnd)
{
    table all;
    for (int i = 0; i < 30; ++i)
        all.emplace(stamp{microseconds{i}}, row{std::to_string(i), "{}"});
    const auto first = cut_page(all, {}, {});
    all.emplace(stamp{microseconds{100}}, row{"new", "{}"});
    const auto second = cut_page(all, {}, first.next);
    ASSERT_EQ(second.rows.size(), 6U);
    EXPECT_EQ(second.rows.back()->id, "new");
}

TEST(Walk, TheFiltersAreStrict)
{
    const auto all = rows_at({{1, 1}, {2, 1}, {3, 1}, {4, 1}});
    selection asked;
    asked.after = stamp{microseconds{1}};
    asked.before = stamp{microseconds{4}};
    EXPECT_THAT(walk(all, asked).ids, testing::ElementsAre("pe_2_0", "pe_3_0"));
    asked.before = asked.after;
    EXPECT_THAT(walk(all, asked).ids, testing::IsEmpty());
}

TEST(Ties, OverAPageEdgeAreLostAndRepeatedAndAgainInTheSameWalk)
{
    const auto all = rows_at({{1, 10}, {2, 10}, {3, 20}, {4, 5}});  // the third straddles row 25
    const auto first = walk(all);
    EXPECT_EQ(first.ids.size(), 45U);
    EXPECT_LT(first.distinct().size(), 45U);
    EXPECT_EQ(walk(all).ids, first.ids);
    ASSERT_EQ(first.cursors.size(), 1U);
    EXPECT_EQ(first.cursors[0].offset, 5U);
    EXPECT_EQ(first.cursors[0].position, stamp{microseconds{2}});
}

TEST(Ties, WithinAPageAreAllThere)
{
    const auto seen = walk(rows_at({{1, 10}, {2, 15}, {3, 20}, {4, 5}}));
    EXPECT_EQ(seen.distinct().size(), 50U);
    EXPECT_THAT(seen.cursors, testing::Each(testing::Field(&cursor::offset, 0U)));
}

TEST(Ties, AWalkFromJustBeforeAGroupOfUpToAPageFindsAllOfIt)
{
    for (std::size_t before = 1; before <= 25; ++before)
        for (std::size_t group = 2; group <= 25; ++group) {
            const auto all = rows_at({{1, 1}, {2, before}, {3, group}, {4, 30}});
            auto found = walk(all);
            auto ids = found.distinct();
            for (const auto& each : found.cursors)
                if (each.offset > 0) {
                    selection asked;
                    asked.after = each.position;
                    ids.merge(walk(all, asked).distinct());
                }
            std::size_t of_group = 0;
            for (const auto& each : ids)
                of_group += each.starts_with("pe_3_") ? 1 : 0;
            EXPECT_EQ(of_group, group) << before << " before it";
        }
}

}  // namespace
}  // namespace rollcall::simulator
