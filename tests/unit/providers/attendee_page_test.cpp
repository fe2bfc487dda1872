#include "providers/attendee/cursor.hpp"
#include "providers/list_walk.hpp"
#include "providers/page.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <vector>

namespace rollcall::test {
namespace {

result<page, fault> read_page(std::string_view body)
{
    return rollcall::read_page(body, attendee::cursor_parameter);
}

class AttendeePage : public testing::TestWithParam<const char*> {};

TEST_P(AttendeePage, HasTheRowsByteForByte)
{
    const auto body = fixture(std::string{"attendee/rest/"} + GetParam() + ".json");
    rapidjson::Document doc;
    doc.Parse(body.data(), body.size());
    const auto page = read_page(body);
    ASSERT_TRUE(page) << page.error().where;
    EXPECT_EQ(page->next.has_value(), doc["next"].IsString());
    ASSERT_EQ(page->rows.size(), doc["results"].Size());
    std::string joined;
    for (const auto row : page->rows)
        joined.append(joined.empty() ? "" : ",").append(row);
    EXPECT_TRUE(body.ends_with("\"results\":[" + joined + "]}"));
}

INSTANTIATE_TEST_SUITE_P(
    Recorded,
    AttendeePage,
    testing::Values(
        "bots_list_active",
        "bots_list_mixed_states",
        "bots_list_page1",
        "bots_list_page2",
        "chat_messages",
        "participant_events_after_page1",
        "participant_events_after_page2",
        "participant_events_empty",
        "participant_events_page1",
        "participant_events_page1_internal_next_host",
        "participant_events_page2",
        "participant_events_page2_polled_again",
        "participant_events_tied_created_at_page1",
        "participant_events_tied_created_at_page2",
        "participants"
    ),
    [](const auto& each) { return std::string{each.param}; }
);

struct unusable_page {
    std::string name, body, where;
    errc code = errc::not_json;
};
void PrintTo(const unusable_page& which, std::ostream* out)
{
    *out << which.name;
}

class UnusablePage : public testing::TestWithParam<unusable_page> {};

TEST_P(UnusablePage, NamesWhatIsWrong)
{
    const auto page = read_page(GetParam().body);
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code, GetParam().code);
    EXPECT_EQ(page.error().where, GetParam().where);
}

std::string many_rows()
{
    std::string rows = "{}";
    for (std::size_t i = 0; i < most_rows; ++i)
        rows += ",{}";
    return R"({"next":null,"results":[)" + rows + "]}";
}

const unusable_page unusable_pages[] = {
    {"Empty", "", "byte 0"},
    {"Html", "<!doctype html>", "byte 0"},
    {"Array", "[]", "byte 0"},
    {"Text", R"("next")", "byte 0"},
    {"NoResults", R"({"next":null})", "results", errc::missing_field},
    {"NoNext", R"({"results":[]})", "next", errc::missing_field},
    {"Error", R"({"error":"Bot not found"})", "next", errc::missing_field},
    {"CutOff", R"({"next":null,"results":[{"id":"pe_1"})", "byte 37"},
    {"BytesAfter", R"({"next":null,"results":[]}x)", "byte 26"},
    {"NextIsNumber", R"({"next":2,"results":[]})", "next", errc::wrong_type},
    {"NextWithoutCursor",
     R"({"next":"https://a/b?page=2","results":[]})",
     "next",
     errc::unknown_value},
    {"EndlessCursor",
     R"({"next":"/?cursor=)" + std::string(most_next_bytes + 1, 'a') + R"(","results":[]})",
     "next",
     errc::unknown_value},
    {"ResultsIsObject", R"({"next":null,"results":{}})", "results", errc::wrong_type},
    {"ResultsIsNull", R"({"next":null,"results":null})", "results", errc::wrong_type},
    {"RowIsText", R"({"next":null,"results":[{},"x"]})", "results", errc::wrong_type},
    {"RowIsNull", R"({"next":null,"results":[null]})", "results", errc::wrong_type},
    {"TwoNexts", R"({"next":null,"next":null,"results":[]})", "next", errc::duplicate_key},
    {"TwoResults", R"({"next":null,"results":[],"results":[]})", "results", errc::duplicate_key},
    {"TooManyRows", many_rows(), "results", errc::unknown_value},
    {"LoneSurrogate", R"({"next":null,"results":[{"a":"\ud800"}]})", "byte 36", errc::bad_encoding},
};
INSTANTIATE_TEST_SUITE_P(Bodies, UnusablePage, testing::ValuesIn(unusable_pages), [](auto& each) {
    return each.param.name;
});

TEST(AttendeePages, MayBeLargerThanATreeAndNestedDeeply)
{
    const auto large = R"({"next":null,"x":")" + std::string(3'000'000, 'x') + R"(","results":[]})";
    EXPECT_TRUE(read_page(large));
    const auto deep = R"({"next":null,"results":[{"a":)" + std::string(100'000, '[') +
                      std::string(100'000, ']') + "}]}";
    const auto page = read_page(deep);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->rows.size(), 1u);
}

TEST(AttendeePages, SurviveABodyCutOffAnywhere)
{
    const auto body = fixture("attendee/rest/participant_events_page2.json");
    for (std::size_t size = 0; size < body.size(); ++size) {
        // In memory of its own, so that reading past the end is seen.
        const std::vector<char> cut{body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size)};
        EXPECT_FALSE(read_page({cut.data(), size})) << size;
    }
}

list_walk walk_of(std::size_t most_pages)
{
    return {most_pages, attendee::cursor_parameter};
}

// How many pages a walk reads whose cursors come from `cursor_of(page)`.
template <class CursorOf>
int pages_of(list_walk walk, CursorOf cursor_of)
{
    walk.start();
    for (int page = 1;; ++page) {
        const std::string next = cursor_of(page);
        if (!walk.may_go_on(next))
            return page;
        walk.go_on(next);
    }
}

TEST(ListWalk, NoticesACircle)
{
    EXPECT_EQ(pages_of(walk_of(1000), [](int) { return "a"; }), 2);
    for (const int length : {2, 3, 7, 25})
        for (const int before : {0, 1, 10}) {
            const auto pages = pages_of(walk_of(100'000), [=](int page) {
                return std::to_string(page < before ? -page - 1 : page % length);
            });
            EXPECT_LE(pages, 3 * (length + before) + 2) << length << " after " << before;
        }
}

TEST(ListWalk, IsNotEndless)
{
    EXPECT_EQ(pages_of(walk_of(1000), [](int page) { return std::to_string(page); }), 1000);
}

}  // namespace
}  // namespace rollcall::test
