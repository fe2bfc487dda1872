#include "support/console_reader.hpp"

#include <gmock/gmock.h>

namespace rollcall::test {
namespace {

using testing::ElementsAre;
using testing::Pair;

// An empty record, which no test expects, where the line cannot be read.
console_record parsed(std::string_view line)
{
    return parse_console_line(line).value_or(console_record{});
}

TEST(ConsoleLine, GivesTheBytesOfTheRecord)
{
    const auto record = parsed(
        "CreateTime:1786698003771\tPartition:3\tOffset:41\tce_id:ab:c\x02"
        "empty:\x02name:Zo\\xC3\\xAB\tbot_1\t{\"text\":\"tab \\x09 slash \\x5C\"}"
    );
    EXPECT_EQ(record.timestamp_ms, 1786698003771);
    EXPECT_EQ(record.partition, 3);
    EXPECT_EQ(record.offset, 41);
    EXPECT_THAT(
        record.headers, ElementsAre(Pair("ce_id", "ab:c"), Pair("empty", ""), Pair("name", "Zoë"))
    );
    EXPECT_EQ(record.key, "bot_1");
    EXPECT_EQ(record.value, "{\"text\":\"tab \t slash \\\"}");
}

TEST(ConsoleLine, TellsNullFromEmpty)
{
    const auto record = parsed("LogAppendTime:1\tPartition:0\tOffset:0\tNO_HEADERS\t\x03\t");
    EXPECT_EQ(record.key, std::nullopt);
    EXPECT_EQ(record.value, "");
    EXPECT_TRUE(record.headers.empty());
}

TEST(ConsoleLine, RefusesWhatIsNotOfItsForm)
{
    EXPECT_FALSE(parse_console_line(""));
    EXPECT_FALSE(parse_console_line("Processed a total of 3 messages"));
    EXPECT_FALSE(parse_console_line("CreateTime:1\tPartition:x\tOffset:0\tNO_HEADERS\tk\tv"));
    EXPECT_FALSE(parse_console_line("CreateTime:1\tPartition:0\tOffset:0\tNO_HEADERS\tk\t\\xZZ"));
    EXPECT_FALSE(parse_console_line("CreateTime:1\tPartition:0\tOffset:0\tNO_HEADERS\tk\t\\x1"));
}

TEST(ConsoleRecord, TheLastHeaderOfANameCounts)
{
    console_record record;
    record.headers = {{"a", "1"}, {"b", "2"}, {"a", "3"}};
    EXPECT_EQ(record.header("a"), "3");
    EXPECT_EQ(record.header("c"), std::nullopt);
}

}  // namespace
}  // namespace rollcall::test
