// A request's trace goes on in the intake and in the message, and one begins where none came.
#include "harness/signed_sending.hpp"
#include "scene.hpp"
#include "support/broker.hpp"
#include "support/console_reader.hpp"
#include "support/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr const char* from_outside = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

// The header of each record that has this meeting for its key.
std::vector<std::string> traces(
    const deployment& of, const std::string& topic, const std::string& meeting, std::size_t count
)
{
    console_reader reader{of.kafka(), of.topic(topic)};
    const auto is_of_meeting = [&](const console_record& record) { return record.key == meeting; };
    std::vector<std::string> found;
    for (const auto& record : reader.read_until([&](const std::vector<console_record>& so_far) {
             return static_cast<std::size_t>(std::ranges::count_if(so_far, is_of_meeting)) == count;
         }))
        if (is_of_meeting(record))
            found.push_back(record.header("traceparent").value_or("none"));
    return found;
}

TEST(Trace, GoesFromTheRequestToTheIntakeAndTheMessage)
{
    deployment::options how;
    how.mode = promise::arrival;
    how.log_level = "debug";
    deployment rollcall{shared_broker(), how};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());
    const std::vector<http_headers> given{
        {{"Traceparent", from_outside}},
        {},
        {{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"}},
        {{"traceparent", from_outside}, {"traceparent", from_outside}},
        {{"traceparent", "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-later"}}};
    for (std::size_t i = 0; i < given.size(); ++i) {
        auto event = participant_event("bot_traced", "pe_" + std::to_string(i), "join", present());
        event.headers.insert(event.headers.end(), given[i].begin(), given[i].end());
        ASSERT_EQ(send(event, daemon) / 100, 2U);
    }
    const auto published = traces(rollcall, "attendance", "bot_traced", given.size());
    EXPECT_EQ(published, traces(rollcall, "intake", "bot_traced", given.size()));
    ASSERT_EQ(published.size(), given.size());
    EXPECT_EQ(published[0], from_outside);
    EXPECT_EQ(published[4], "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
    std::set<std::string> begun;
    for (const auto i : {1U, 2U, 3U}) {
        EXPECT_THAT(published[i], MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-01"));
        EXPECT_NE(published[i], from_outside);
        begun.insert(published[i]);
    }
    EXPECT_EQ(begun.size(), 3U);
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
    EXPECT_THAT(
        read_file(daemon.log()),
        AllOf(
            HasSubstr(R"("message":"published","source":"demo","meeting":"bot_traced","event":")"),
            HasSubstr(R"("kind":"participant.joined")")
        )
    );
}

}  // namespace
}  // namespace rollcall::test
