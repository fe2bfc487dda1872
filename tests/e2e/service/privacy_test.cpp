// What a source does not disclose is in no message, whatever becomes of the daemon meanwhile.
#include "harness/deployment.hpp"
#include "harness/reading.hpp"
#include "support/broker.hpp"
#include "support/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace rollcall::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr const char* sources = R"(  dropped:
    provider: attendee
    webhook: { secrets: [ { file: attendee-0.secret } ] }
    privacy: { name: drop, email: drop, user_id: drop }
  hashed:
    provider: attendee
    webhook: { secrets: [ { file: attendee-0.secret } ] }
    privacy: { name: pseudonymise, key: { file: attendee-0.secret } }
)";

unsigned send_to(const instance& to, const std::string& source, const std::string& meeting)
{
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto what = participant_event(meeting, "pe_" + source + meeting, "join", now);
    auto url = to.webhook_url();
    url.replace(url.rfind('/') + 1, std::string::npos, source);
    return post(url, what.headers, what.body).status;
}

// The participant's name as it stands in the message.
std::string name_in(const console_record& record)
{
    const auto& value = *record.value;
    const auto from = value.find("\"name\":");
    return value.substr(from, value.find(',', from) - from);
}

TEST(Privacy, IsKeptInWhatIsPublishedAlsoAcrossARestart)
{
    deployment::options how;
    how.more_sources = sources;
    deployment rollcall{shared_broker(), how};
    auto& daemon = rollcall.add("only");
    for (const std::string meeting : {"bot_before", "bot_after"}) {
        daemon.start();
        ASSERT_TRUE(daemon.ready());
        for (const std::string source : {"dropped", "hashed", "demo"})
            for (int n = 0; n < 2; ++n)  // a repetition is one all the same
                EXPECT_EQ(send_to(daemon, source, meeting), 202U);
        if (meeting == "bot_before")
            daemon.kill();
    }
    reading reader{rollcall};
    reader.until_probed(daemon, "end");
    std::map<std::string, std::multiset<std::string>> names;
    for (const auto& record : reader.without_probes().attendance)
        names[record.header("ce_source").value_or("")].insert(name_in(record));
    EXPECT_EQ(names["urn:rollcall:attendee:demo"].count("\"name\":\"Zoë 山田 🎉\""), 2U);
    EXPECT_EQ(names["urn:rollcall:attendee:dropped"].count("\"name\":null"), 2U);
    const auto& hashed = names["urn:rollcall:attendee:hashed"];
    ASSERT_THAT(hashed, SizeIs(2));
    EXPECT_EQ(*hashed.begin(), *hashed.rbegin()) << "the same person has the same pseudonym";
    EXPECT_THAT(
        *hashed.begin(),
        AllOf(SizeIs(std::string{"\"name\":\"\""}.size() + 22), Not(HasSubstr("Zo")))
    );
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
