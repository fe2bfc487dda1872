#include "core/log.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

namespace rollcall::test {
namespace {

class Log : public testing::Test {
protected:
    void TearDown() override { configure_logging(log_format::text, log_level::info); }

    // What `say` writes to standard error.
    template <class Say>
    static std::string written(Say say)
    {
        testing::internal::CaptureStderr();
        say();
        return testing::internal::GetCapturedStderr();
    }

    const stage_log log_{"relay"};
};

TEST_F(Log, IsAShortFactAndPairs)
{
    configure_logging(log_format::text, log_level::info);
    const auto line = written([&] {
        log_.info("published", {{"meeting", "bot_1"}, {"events", 3}});
    });
    EXPECT_NE(line.find("relay: published meeting=bot_1 events=3\n"), std::string::npos) << line;
}

TEST_F(Log, QuotesWhatWouldBlurThePairs)
{
    configure_logging(log_format::text, log_level::info);
    const auto line = written([&] {
        log_.warn(
            "odd",
            {{"empty", ""}, {"space", "a b"}, {"pair", "a=b"}, {"lines", "a\nb"}, {"quote", "a\"b"}}
        );
    });
    EXPECT_NE(
        line.find(R"(odd empty="" space="a b" pair="a=b" lines="a\u000ab" quote="a\"b")"),
        std::string::npos
    ) << line;
    EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST_F(Log, LeavesOutWhatIsBelowItsLevel)
{
    configure_logging(log_format::text, log_level::warn);
    EXPECT_EQ(
        written([&] {
            log_.debug("a");
            log_.info("b");
        }),
        ""
    );
    EXPECT_NE(written([&] { log_.warn("c"); }), "");
    EXPECT_NE(written([&] { log_.error("d"); }), "");
}

TEST_F(Log, IsOneJsonObjectALineWhateverIsInIt)
{
    configure_logging(log_format::json, log_level::debug);
    const std::string nasty = std::string{"\"\\\b\n\x1f\x7f {} %v %n é "} + '\0' + "end";
    const auto text = written([&] {
        log_.debug(nasty, {{"field", nasty}});
        log_.error("second", {{"count", 7}});
    });
    const auto end = text.find('\n');
    ASSERT_NE(end, std::string::npos);
    ASSERT_EQ(text.find('\n', end + 1), text.size() - 1);

    rapidjson::Document first;
    first.Parse(text.data(), end);
    ASSERT_FALSE(first.HasParseError()) << text;
    EXPECT_EQ(std::string(first["message"].GetString(), first["message"].GetStringLength()), nasty);
    EXPECT_EQ(std::string(first["field"].GetString(), first["field"].GetStringLength()), nasty);
    EXPECT_STREQ(first["stage"].GetString(), "relay");
    EXPECT_STREQ(first["level"].GetString(), "debug");

    rapidjson::Document second;
    second.Parse(text.data() + end + 1, text.size() - end - 1);
    ASSERT_FALSE(second.HasParseError()) << text;
    EXPECT_STREQ(second["count"].GetString(), "7");
    EXPECT_STREQ(second["level"].GetString(), "error");
    EXPECT_EQ(
        std::string_view{second["time"].GetString()}.size(),
        std::string_view{"2026-08-14T09:00:03.771Z"}.size()
    );
}

}  // namespace
}  // namespace rollcall::test
