// What a listener takes besides signed JSON: query tokens, unsigned requests, batches, and the
// question whether webhooks may be sent.
#include "listener/webhook_listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>

namespace rollcall {
namespace {

namespace asio = boost::asio;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

// Fails for the keys that it is told.
class choosy_journal final : public journal {
public:
    std::map<std::string, errc> fails;
    std::vector<intake_record> records;

    asio::awaitable<error_code> append(intake_record record) override
    {
        co_await asio::post(asio::use_awaitable);
        if (const auto found = fails.find(record.key); found != fails.end())
            co_return found->second;
        records.push_back(std::move(record));
        co_return error_code{};
    }
};

// Authentic is what has the header `x-signature: good`; without one it is unsigned. A body is a
// list of meetings, `!` before one that is of no interest.
class listing_provider final : public provider {
public:
    std::string_view name() const override { return "listing"; }
    unsigned unreadable_status() const override { return 400; }
    std::span<const std::string_view> signed_headers() const override
    {
        static constexpr std::array<std::string_view, 1> names = {"x-signature"};
        return names;
    }
    std::span<const std::string_view> content_types() const override
    {
        static constexpr std::array<std::string_view, 2> types = {"text/list", "text/other"};
        return types;
    }
    result<webhook_key, fault> parse_secret(std::string_view) const override
    {
        return webhook_key{};
    }
    result<void, fault> verify(
        const webhook_request& request, std::span<const webhook_key>, timestamp
    ) const override
    {
        const auto signature = request.header("x-signature");
        if (signature.count == 0)
            return fault{errc::missing_signature, ""};
        if (signature.text != "good")
            return fault{errc::bad_signature, ""};
        return {};
    }
    result<routing, fault> route(const webhook_request&) const override { return routing{}; }
    result<std::vector<parcel>, fault> unpack(const webhook_request& request) const override
    {
        if (request.body == "unreadable")
            return fault{errc::not_json, ""};
        std::vector<parcel> all;
        for (std::size_t at = 0; at < request.body.size();) {
            const auto end = std::min(request.body.find(' ', at), request.body.size());
            const auto each = request.body.substr(at, end - at);
            routing to{std::string{each}, "d", ""};
            if (each.starts_with('!'))
                to.ignored = each;
            all.push_back({std::move(to), each, {{"part", std::string{each}}}});
            at = end + 1;
        }
        return all;
    }
    std::optional<permission> permit(const webhook_request& request) const override
    {
        const auto origin = request.header("webhook-request-origin").text;
        if (origin != "friend")
            return std::nullopt;
        return permission{std::string{origin}, std::string{request.header("rate").text}};
    }
    result<normalised, fault> normalise(const intake_record&) const override
    {
        return normalised{};
    }
};

class ListenerOfAny : public testing::Test {
protected:
    listing_provider from;
    choosy_journal stored;
    webhook_listener listening{
        {{.name = "open", .from = &from},
         {.name = "second", .from = &from, .query_token = "0123456789abcdef"},
         {.name = "only",
          .from = &from,
          .query_token = "0123456789abcdef",
          .unsigned_allowed = true},
         {.name = "forgotten", .from = &from, .unsigned_allowed = true}},
        stored};
    std::string method = "POST", path = "/hooks/open", query, body = "m1";
    std::vector<http::field> fields{{"Content-Type", "Text/List"}, {"X-Signature", "good"}};

    http::response handle()
    {
        http::request asked;
        asked.method = method;
        asked.path = path;
        asked.query = query;
        asked.fields = fields;
        asked.body = body;
        asio::io_context io;
        http::response answer;
        std::exception_ptr failure;
        auto handled = listening.handle(asked);
        asio::co_spawn(io, std::move(handled), [&](std::exception_ptr thrown, http::response got) {
            failure = thrown;
            answer = std::move(got);
        });
        io.run();
        EXPECT_FALSE(failure);
        return answer;
    }
    const source_counters& counted(std::string_view source = "open") const
    {
        return *listening.counters(source);
    }
};

TEST_F(ListenerOfAny, StoresEveryPartOfABatchUnderItsOwnKey)
{
    body = "m1 m2 m1";
    EXPECT_EQ(handle().status, 202U);
    ASSERT_THAT(stored.records, SizeIs(3));
    EXPECT_EQ(stored.records[0].key, "m1");
    EXPECT_EQ(stored.records[1].key, "m2");
    EXPECT_EQ(stored.records[1].body, "m2");
    EXPECT_EQ(stored.records[1].delivery_id, "d");
    EXPECT_EQ(stored.records[1].source, "open");
    EXPECT_THAT(stored.records[1].signed_headers, ElementsAre(Pair("part", "m2")));
    EXPECT_EQ(stored.records[2].key, "m1");
    EXPECT_EQ(stored.records[0].traceparent, stored.records[2].traceparent);
    EXPECT_EQ(counted().stored, 1U);
}

TEST_F(ListenerOfAny, AnswersABatchOnlyOnceAllOfItIsStored)
{
    stored.fails["m2"] = errc::kafka_timed_out;
    body = "m1 m2 m3";
    EXPECT_EQ(handle().status, 503U);
    EXPECT_EQ(counted().failed, 1U);
    EXPECT_EQ(counted().stored, 0U);
    EXPECT_EQ(counted().records, stored.records.size());
    stored.fails.clear();
    EXPECT_EQ(handle().status, 202U);
    EXPECT_EQ(counted().records, stored.records.size());
}

TEST_F(ListenerOfAny, LeavesOutOfABatchWhatIsOfNoInterest)
{
    body = "!a m1 !b";
    EXPECT_EQ(handle().status, 202U);
    EXPECT_THAT(stored.records, SizeIs(1));
    EXPECT_EQ(counted().ignored, 0U);
    EXPECT_EQ(counted().records, 1U);
    body = "!a !b";
    EXPECT_EQ(handle().status, 202U);
    EXPECT_THAT(stored.records, SizeIs(1));
    EXPECT_EQ(counted().ignored, 1U);
    EXPECT_EQ(counted().verified, counted().stored + counted().ignored);
}

TEST_F(ListenerOfAny, KeepsTheWholeOfWhatCannotBeReadForTheDeadLetters)
{
    body = "unreadable";
    EXPECT_EQ(handle().status, 400U);
    ASSERT_THAT(stored.records, SizeIs(1));
    EXPECT_EQ(stored.records[0].key, "open");
    EXPECT_EQ(stored.records[0].body, "unreadable");
    EXPECT_THAT(stored.records[0].signed_headers, ElementsAre(Pair("x-signature", "good")));
    EXPECT_EQ(counted().unroutable, 1U);
}

TEST_F(ListenerOfAny, TakesTheMediaTypesOfItsProvider)
{
    fields[0].value = "text/other; charset=utf-8";
    EXPECT_EQ(handle().status, 202U);
    fields[0].value = "application/json";
    const auto refused = handle();
    EXPECT_EQ(refused.status, 415U);
    EXPECT_EQ(refused.body, "content type is not text/list or text/other\n");
}

TEST_F(ListenerOfAny, WantsTheTokenBesidesTheSignature)
{
    path = "/hooks/second/";
    EXPECT_EQ(handle().status, 401U);
    query = "token=0123456789abcdeF";
    EXPECT_EQ(handle().status, 401U);
    EXPECT_EQ(counted("second").bad_token, 2U);
    query = "token=0123456789abcdef";
    EXPECT_EQ(handle().status, 202U);
    fields[1].value = "bad";
    EXPECT_EQ(handle().status, 401U);
    EXPECT_EQ(counted("second").bad_signature, 1U);
    fields.pop_back();
    EXPECT_EQ(handle().status, 401U);
    EXPECT_EQ(counted("second").missing_signature, 1U);
    EXPECT_THAT(stored.records, SizeIs(1));
}

TEST_F(ListenerOfAny, DoesWithTheTokenAloneWhereThatIsAllowed)
{
    path = "/hooks/only";
    query = "a=b&token=0123456789abcdef";
    EXPECT_EQ(handle().status, 202U);
    fields[1].value = "bad";  // no way around a signature that is there
    EXPECT_EQ(handle().status, 401U);
    fields.pop_back();
    EXPECT_EQ(handle().status, 202U);
    query = "token=";
    EXPECT_EQ(handle().status, 401U);
    EXPECT_THAT(stored.records, SizeIs(2));
}

TEST_F(ListenerOfAny, NeverTakesWhatProvesNothing)
{
    path = "/hooks/forgotten";
    fields.pop_back();
    EXPECT_EQ(handle().status, 401U);
    query = "token=";
    EXPECT_EQ(handle().status, 401U);
    EXPECT_THAT(stored.records, IsEmpty());
}

TEST_F(ListenerOfAny, LogsNoToken)
{
    path = "/hooks/only";
    query = "token=hunter2hunter2hunter2";
    testing::internal::CaptureStderr();
    for (int i = 0; i < 20; ++i)
        handle();
    const auto logged = testing::internal::GetCapturedStderr();
    EXPECT_NE(logged.find("only requests without the query token"), std::string::npos);
    EXPECT_EQ(logged.find("hunter2"), std::string::npos);
    EXPECT_EQ(logged.find("0123456789abcdef"), std::string::npos);
}

TEST_F(ListenerOfAny, TellsWhoMaySendThatHeMay)
{
    method = "OPTIONS";
    body = "";
    fields = {{"WebHook-Request-Origin", "friend"}, {"Rate", "120"}};
    auto answer = handle();
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body, "");
    EXPECT_THAT(
        answer.fields,
        ElementsAre(
            Pair("Allow", "POST"),
            Pair("WebHook-Allowed-Origin", "friend"),
            Pair("WebHook-Allowed-Rate", "120")
        )
    );
    EXPECT_EQ(counted().permitted, 1U);
    fields.pop_back();
    EXPECT_THAT(handle().fields, SizeIs(2));

    fields[0].value = "stranger";
    answer = handle();
    EXPECT_EQ(answer.status, 405U);
    EXPECT_THAT(answer.fields, ElementsAre(Pair("Allow", "POST")));
    EXPECT_EQ(counted().wrong_method, 1U);
    EXPECT_THAT(stored.records, IsEmpty());
}

}  // namespace
}  // namespace rollcall
