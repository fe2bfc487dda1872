#include "core/intake_record.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace rollcall::test {
namespace {

intake_record a_record()
{
    intake_record record;
    record.key = "bot_1";
    record.body = std::string("{\"a\": \"\0\"}", 10);
    record.source = "attendee-prod";
    record.provider = "attendee";
    record.via = way::poll;
    record.received_at = *parse_rfc3339("2026-08-14T09:00:04.002Z");
    record.delivery_id = "60a97441-5406-4c7f-9fdc-dea272ad4d36";
    record.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    record.signed_headers = {{"x-webhook-signature", "BUty="}, {"webhook-id", ""}};
    return record;
}

void expect_same(const intake_record& a, const intake_record& b)
{
    EXPECT_EQ(a.key, b.key);
    EXPECT_EQ(a.body, b.body);
    EXPECT_EQ(a.source, b.source);
    EXPECT_EQ(a.provider, b.provider);
    EXPECT_EQ(a.via, b.via);
    EXPECT_EQ(a.received_at, b.received_at);
    EXPECT_EQ(a.delivery_id, b.delivery_id);
    EXPECT_EQ(a.item, b.item);
    EXPECT_EQ(a.number, b.number);
    EXPECT_EQ(a.notice, b.notice);
    EXPECT_EQ(a.traceparent, b.traceparent);
    EXPECT_EQ(a.signed_headers, b.signed_headers);
}

TEST(IntakeRecord, ComesBackFromItsHeaders)
{
    const auto record = a_record();
    const auto read = read_intake_record(record.key, record.body, arrival_headers(record));
    ASSERT_TRUE(read) << read.error().where;
    expect_same(*read, record);
}

TEST(IntakeRecord, ComesBackWithoutWhatItNeedNotHave)
{
    auto record = a_record();
    record.key = record.body = record.delivery_id = record.traceparent = "";
    record.signed_headers.clear();
    const auto read = read_intake_record(record.key, record.body, arrival_headers(record));
    ASSERT_TRUE(read) << read.error().where;
    expect_same(*read, record);
}

TEST(IntakeRecord, ComesBackAsARowOfADownload)
{
    auto record = a_record();
    record.via = way::download;
    record.item = "participant_event";
    record.number = 4'294'967'295;
    const auto read = read_intake_record(record.key, record.body, arrival_headers(record));
    ASSERT_TRUE(read) << read.error().where;
    expect_same(*read, record);
}

TEST(IntakeRecord, ComesBackAsANotice)
{
    auto record = a_record();
    for (const auto sign : {tracking_sign::swept, tracking_sign::downloaded, tracking_sign::drop}) {
        record.notice = sign;
        const auto read = read_intake_record(record.key, record.body, arrival_headers(record));
        ASSERT_TRUE(read) << read.error().where;
        expect_same(*read, record);
    }
}

TEST(IntakeRecord, NamesANumberAndANoticeThatMakeNoSense)
{
    for (const std::string name : {"rollcall-number", "rollcall-notice"})
        for (const std::string text : {"nonsense", "1x", "-1", "4294967296"}) {
            auto in = arrival_headers(a_record());
            in.emplace_back(name, text);
            const auto read = read_intake_record("key", "body", in);
            ASSERT_FALSE(read) << name << ' ' << text;
            EXPECT_EQ(read.error().where, name);
        }
}

TEST(IntakeRecord, HasTheHeadersThatAreDocumented)
{
    const headers expected = {
        {"rollcall-source", "attendee-prod"},
        {"rollcall-provider", "attendee"},
        {"rollcall-via", "poll"},
        {"rollcall-received", "2026-08-14T09:00:04.002Z"},
        {"rollcall-delivery", "60a97441-5406-4c7f-9fdc-dea272ad4d36"},
        {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
        {"http-x-webhook-signature", "BUty="},
        {"http-webhook-id", ""},
    };
    EXPECT_EQ(arrival_headers(a_record()), expected);
}

TEST(IntakeRecord, PassesOverHeadersOfOthers)
{
    auto in = arrival_headers(a_record());
    in.emplace_back("x-mirrored-by", "someone");
    const auto read = read_intake_record("bot_1", a_record().body, in);
    ASSERT_TRUE(read);
    expect_same(*read, a_record());
}

class MissingArrivalFact : public testing::TestWithParam<std::string> {};

TEST_P(MissingArrivalFact, IsNamed)
{
    auto in = arrival_headers(a_record());
    std::erase_if(in, [](const auto& header) { return header.first == GetParam(); });
    const auto read = read_intake_record("key", "body", in);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, errc::bad_record);
    EXPECT_EQ(read.error().where, GetParam());
}

TEST_P(MissingArrivalFact, IsNamedWhereItMakesNoSense)
{
    auto in = arrival_headers(a_record());
    const bool free_text = GetParam() == "rollcall-source" || GetParam() == "rollcall-provider";
    for (auto& [name, value] : in)
        if (name == GetParam())
            value = free_text ? "" : "nonsense";
    const auto read = read_intake_record("key", "body", in);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().where, GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Headers,
    MissingArrivalFact,
    testing::Values("rollcall-source", "rollcall-provider", "rollcall-via", "rollcall-received"),
    [](const auto& each) {
        auto name = each.param;
        std::ranges::replace(name, '-', '_');
        return name;
    }
);

TEST(FindHeader, TakesTheLastOfAName)
{
    const headers in = {{"a", "1"}, {"b", "2"}, {"a", "3"}};
    EXPECT_EQ(find_header(in, "a"), "3");
    EXPECT_EQ(find_header(in, "b"), "2");
    EXPECT_EQ(find_header(in, "A"), "");
    EXPECT_EQ(find_header({}, "a"), "");
}

}  // namespace
}  // namespace rollcall::test
