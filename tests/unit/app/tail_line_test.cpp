#include "app/tail_line.hpp"

#include <gmock/gmock.h>
#include <rapidjson/document.h>

namespace rollcall {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view joined =
    R"({"kind":"participant.joined","via":"webhook","participant":{"id":"16778240","name":"Zoë 山田"},"data":{}})";

tail_message message(
    std::string_view value = joined, const std::string& type = "participant.joined"
)
{
    return {
        .topic = "rollcall.attendance",
        .partition = 3,
        .offset = 12,
        .key = "bot_weIAju4OXNZkDTpZ",
        .at = timestamp{milliseconds{1'786'698'004'002}},
        .with =
            {{"ce_type", "rollcall." + type},
             {"ce_time", "2026-08-14T09:00:03.771Z"},
             {"ce_sequence", "0000000042"}},
        .value = value};
}

TEST(TailLine, SaysWhenWhereWhatAndWho)
{
    EXPECT_EQ(
        tail_line(message(), false),
        "09:00:03.771  bot_weIAju4OXNZkDTpZ    participant.joined        Zoë 山田              #42"
    );
}

TEST(TailLine, KeepsItsColumnsWhateverANameIsMadeOf)
{
    // In columns: wide characters take two, a combining accent none.
    EXPECT_EQ(printable("abc", 5), "abc  ");
    EXPECT_EQ(printable("山田", 5), "山田 ");
    EXPECT_EQ(printable("e\u0301", 3), "e\u0301  ");
    EXPECT_EQ(printable("Ｚ", 3), "Ｚ ");
    EXPECT_EQ(printable("too long", 3), "too long");
}

TEST(TailLine, ShowsTheIdOfWhoHasNoName)
{
    EXPECT_THAT(
        tail_line(message(R"({"via":"webhook","participant":{"id":"p7","name":null}})"), false),
        HasSubstr("p7")
    );
}

TEST(TailLine, MarksWhatIsLateAndWhatDidNotComeByWebhook)
{
    auto late = message(R"({"via":"poll","participant":null})");
    late.with.emplace_back("rollcall-late", "true");
    EXPECT_THAT(tail_line(late, false), EndsWith("poll late"));
    EXPECT_THAT(tail_line(message(), false), Not(HasSubstr("late")));
}

TEST(TailLine, GivesTheFiguresOfASettledMeeting)
{
    EXPECT_THAT(
        tail_line(
            message(
                R"({"via":"derived","data":{"participants":4,"events":90}})", "meeting.settled"
            ),
            false
        ),
        EndsWith("derived participants=4 events=90")
    );
}

TEST(TailLine, NeverSteersATerminal)
{
    const auto hostile =
        message("{\"participant\":{\"name\":\"a\\u001b[2Jb\\u009bc\\u202ed\\re\\u0007\"}}");
    const auto line = tail_line(hostile, false);
    for (const auto* steering : {"\x1b", "\xc2\x9b", "\xe2\x80\xae", "\r", "\x07", "\n"})
        EXPECT_THAT(line, Not(HasSubstr(steering)));
    EXPECT_THAT(line, HasSubstr("[2Jb"));

    auto forged = message();
    forged.key = "\x1b]0;title\x07";
    forged.with[0].second = "rollcall.\x1b[31m";
    EXPECT_THAT(tail_line(forged, false), Not(HasSubstr("\x1b")));
}

TEST(TailLine, IsColouredOnlyWhereAskedFor)
{
    EXPECT_THAT(tail_line(message(), true), AllOf(HasSubstr("\x1b[32m"), HasSubstr("\x1b[0m")));
    EXPECT_THAT(tail_line(message(), false), Not(HasSubstr("\x1b")));
}

TEST(TailLine, SaysWhereAValueIsNotOurs)
{
    EXPECT_THAT(tail_line(message("\xff not json"), false), HasSubstr("(not a message of ours)"));
    EXPECT_THAT(tail_line(message("[]"), false), HasSubstr("(not a message of ours)"));
    EXPECT_THAT(
        tail_line(message(R"({"participant":7,"via":[]})"), false), Not(HasSubstr("not a message"))
    );
}

TEST(TailJson, HasAllOfTheRecordInOneLine)
{
    rapidjson::Document parsed;
    const auto line = tail_json(message());
    ASSERT_FALSE(parsed.Parse(line.c_str()).HasParseError()) << line;
    EXPECT_STREQ(parsed["topic"].GetString(), "rollcall.attendance");
    EXPECT_EQ(parsed["partition"].GetInt(), 3);
    EXPECT_EQ(parsed["offset"].GetInt64(), 12);
    EXPECT_STREQ(parsed["key"].GetString(), "bot_weIAju4OXNZkDTpZ");
    EXPECT_STREQ(parsed["timestamp"].GetString(), "2026-08-14T09:00:04.002Z");
    EXPECT_STREQ(parsed["headers"]["ce_sequence"].GetString(), "0000000042");
    EXPECT_STREQ(parsed["value"]["participant"]["name"].GetString(), "Zoë 山田");
    EXPECT_THAT(line, HasSubstr(std::string{joined}));  // the value as it stands
}

TEST(TailJson, StaysOneLineAndJsonForAnyValue)
{
    for (const std::string_view value : {"{\n\"a\": 1\r\n}", "plain\ntext", "", "{\"a\":"}) {
        rapidjson::Document parsed;
        const auto line = tail_json(message(value));
        EXPECT_FALSE(parsed.Parse(line.c_str()).HasParseError()) << line;
        EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    }
}

}  // namespace
}  // namespace rollcall
