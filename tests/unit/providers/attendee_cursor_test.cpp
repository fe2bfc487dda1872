#include "providers/attendee/cursor.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

namespace rollcall::test {
namespace {

using attendee::cursor_parameter;
using attendee::page_edge;
using attendee::read_edge;

TEST(AttendeeCursor, IsTheParameterDecodedOnce)
{
    EXPECT_EQ(cursor_parameter("https://a/b?cursor=bz0yNQ%3D%3D"), "bz0yNQ==");
    EXPECT_EQ(cursor_parameter("http://internal:8000/b?states=a&cursor=a%2Bb%2Fc&x=1"), "a+b/c");
    EXPECT_EQ(cursor_parameter("/b?cursor=abc#cursor=def"), "abc");
    EXPECT_EQ(cursor_parameter("/b?cursor=%2541"), "%41");
}

TEST(AttendeeCursor, IsNotInAUrlWithoutOne)
{
    for (const auto* url :
         {"",
          "https://a/b",
          "https://a/cursor=x",
          "/b?",
          "/b?cursor",
          "/b?cursor=",
          "/b?precursor=x",
          "/b?cursors=x",
          "/b?cursor=%",
          "/b?cursor=%2",
          "/b?cursor=%zz",
          "/b#?x"})
        EXPECT_EQ(cursor_parameter(url), std::nullopt) << url;
}

TEST(AttendeeCursor, TellsWhereThePageBegins)
{
    const auto index = fixture("attendee/rest/index.json");
    rapidjson::Document doc;
    doc.Parse(index.data(), index.size());
    const std::pair<std::string, std::optional<page_edge>> expected[] = {
        {"p=2026-08-14+09%3A02%3A11.911120%2B00%3A00",
         page_edge{0, "2026-08-14T09:02:11.911120+00:00"}},
        {"r=1&p=2026-08-14+09%3A03%3A08.009210%2B00%3A00", std::nullopt},
        {"p=2026-08-14+09%3A03%3A10.500900%2B00%3A00",
         page_edge{0, "2026-08-14T09:03:10.500900+00:00"}},
        {"o=25", page_edge{25, ""}},
        {"p=2026-08-14+08%3A42%3A24.096311%2B00%3A00",
         page_edge{0, "2026-08-14T08:42:24.096311+00:00"}},
    };
    const auto& decoded = doc["decoded_cursors"];
    ASSERT_EQ(decoded.Size(), std::size(expected));
    for (rapidjson::SizeType i = 0; i < decoded.Size(); ++i) {
        ASSERT_EQ(decoded[i]["decodes_to"].GetString(), expected[i].first);
        EXPECT_EQ(read_edge(decoded[i]["cursor"].GetString()), expected[i].second);
    }
}

TEST(AttendeeCursor, TellsNothingThatIsNotKnownOfIt)
{
    EXPECT_EQ(
        read_edge("bz0zJnA9MjAyNi0wOC0xNCswOSUzQTAyJTNBMTElMkIwMCUzQTAw"),
        (page_edge{3, "2026-08-14T09:02:11+00:00"})
    );  // o=3&p=..., no fraction
    for (const auto* cursor :
         {"",
          "not base64",
          "bz0yNQ",                            // not padded
          "bz0tMQ==",                          // o=-1
          "bz05OTk5OTk5OTk5OTk5OTk5OTk5OTk5",  // o=999...
          "bz0yNXg=",                          // o=25x
          "cD00ODY=",                          // p=486
          "cD15ZXN0ZXJkYXk=",                  // p=yesterday
          "eD0x",                              // x=1
          "AAAA"})
        EXPECT_EQ(read_edge(cursor), std::nullopt) << cursor;
}

}  // namespace
}  // namespace rollcall::test
