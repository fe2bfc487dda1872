// Senders that only the settings describe, over a real Kafka: what they sign becomes messages,
// once.
#include "core/time.hpp"
#include "harness/deployment.hpp"
#include "harness/reading.hpp"
#include "harness/signed_sending.hpp"
#include "support/broker.hpp"
#include "support/http_client.hpp"
#include "verifier/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr const char* sources = R"(
  rooms:
    provider: standard_webhooks
    webhook: { secrets: [ { file: attendee-0.secret } ] }
    mapping:
      kinds:
        joined: participant.joined
        left: participant.left
        started: meeting.started
        ended: meeting.ended
      meeting: { id: /data/session }
      participant: { id: /data/who, name: /data/name }
  calendar:
    provider: standard_webhooks
    webhook: { secrets: [ { file: attendee-0.secret } ], cloudevents: { modes: [ batch ] } }
    mapping:
      kinds: { joined: participant.joined, ended: meeting.ended }
      meeting: { id: /subject }
      participant: { id: /data/who }
)";

struct webhook {
    std::string id, body;
};

// A meeting in which two have joined, and one has left when it ends.
std::vector<webhook> story(const std::string& session, std::int64_t begun_s)
{
    std::vector<webhook> all;
    const auto tell = [&](const std::string& type, std::int64_t after_s, const std::string& who) {
        all.push_back(
            {"msg_" + session + std::to_string(all.size()),
             R"({"type":")" + type + R"(","timestamp":)" + std::to_string(begun_s + after_s) +
                 R"(,"data":{"session":")" + session + R"(","who":")" + who +
                 R"(","name":"Zoë 山田"}})"}
        );
    };
    tell("started", 0, "");
    tell("joined", 1, "p1");
    tell("joined", 2, "p2");
    tell("whiteboard", 3, "p2");
    tell("left", 4, "p1");
    tell("ended", 5, "");
    return all;
}

// One event to each of two meetings, in one request.
std::string batch(const std::string& type, std::int64_t at_s)
{
    std::string body;
    for (const auto* subject : {"c1", "c2"})
        body += std::string{body.empty() ? "[" : ","} +
                R"({"specversion":"1.0","source":"/calendar","id":")" + type + subject +
                R"(","type":")" + type + R"(","subject":")" + subject + R"(","time":")" +
                to_rfc3339(timestamp{std::chrono::seconds{at_s}}) + R"(","data":{"who":"p"}})";
    return body + "]";
}

// What was published of each meeting, in the order of the sequence, which has no gap.
std::map<std::string, std::vector<std::string>> published_by_meeting(const published& all)
{
    std::map<std::string, std::vector<std::string>> by_meeting;
    for (const auto& record : all.attendance) {
        const auto read = read_message(record, "attendance");
        EXPECT_TRUE(read);
        if (!read)
            continue;
        auto& told = by_meeting[read->meeting];
        told.push_back(read->kind + (read->participant.empty() ? "" : " " + read->participant));
        EXPECT_EQ(read->sequence, static_cast<std::int64_t>(told.size())) << read->where();
        EXPECT_THAT(
            header_faults(
                *read, "standard_webhooks", read->meeting[0] == 'c' ? "calendar" : "rooms"
            ),
            testing::IsEmpty()
        );
    }
    return by_meeting;
}

TEST(StandardWebhooks, ArePublishedOnceHoweverOftenTheyAreSent)
{
    deployment::options how;
    how.more_sources = std::string{sources}.substr(1);
    deployment rollcall{shared_broker(), how};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());
    reading reader{rollcall};

    const auto begun_s = now_s() - 10;
    std::vector<webhook> all;
    for (const auto* session : {"s1", "s2", "s3"})
        for (auto& each : story(session, begun_s))
            all.push_back(std::move(each));
    const std::string batched = "application/cloudevents-batch+json";
    const auto send_all = [&] {
        for (const auto& each : all)
            EXPECT_EQ(send_signed(daemon, "rooms", each.id, each.body), 202U) << each.id;
        EXPECT_EQ(send_signed(daemon, "calendar", "b1", batch("joined", begun_s), batched), 202U);
        EXPECT_EQ(
            send_signed(daemon, "calendar", "b2", batch("ended", begun_s + 1), batched), 202U
        );
    };
    send_all();
    std::ranges::reverse(all);
    send_all();
    EXPECT_EQ(send_signed(daemon, "calendar", "b3", batch("joined", begun_s)), 415U);
    EXPECT_EQ(
        post(
            daemon.webhook_url("rooms"),
            {{"Content-Type", "application/json"},
             {"Webhook-Id", "forged"},
             {"Webhook-Timestamp", std::to_string(now_s())},
             {"Webhook-Signature", signature_of("something else")}},
            all.front().body
        )
            .status,
        401U
    );
    daemon.kill();
    daemon.start();
    ASSERT_TRUE(daemon.ready());
    send_all();

    reader.until_settled(5);
    reader.until_probed(daemon, "end");
    const auto told = published_by_meeting(reader.without_probes());
    EXPECT_EQ(told.size(), 5U);
    for (const auto* session : {"s1", "s2", "s3"})
        EXPECT_THAT(
            told.at(session),
            UnorderedElementsAre(
                "meeting.started",
                "participant.joined p1",
                "participant.joined p2",
                "participant.left p1",
                "meeting.ended",
                "participant.left p2",  // derived
                "meeting.settled"
            )
        );
    for (const auto* subject : {"c1", "c2"})
        EXPECT_THAT(
            told.at(subject),
            ElementsAre(
                "participant.joined p", "meeting.ended", "participant.left p", "meeting.settled"
            )
        );
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
