#include "listener/webhook_listener.hpp"

#include "http/server.hpp"
#include "support/raw_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <mutex>

namespace rollcall {
namespace {

namespace asio = boost::asio;
using testing::ElementsAre;
using testing::Pair;

constexpr timestamp noon{milliseconds{1'786'000'000'000}};
constexpr std::string_view trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

// Keeps what it is told to store, unless it is told to fail. Any thread, as a real one.
class fake_journal final : public journal {
public:
    error_code fails_with;

    asio::awaitable<error_code> append(intake_record record) override
    {
        co_await asio::post(asio::use_awaitable);  // as a real one, it does not complete at once
        const std::lock_guard lock{mutex_};
        if (!fails_with)
            records_.push_back(std::move(record));
        co_return fails_with;
    }
    std::vector<intake_record> records() const
    {
        const std::lock_guard lock{mutex_};
        return records_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<intake_record> records_;
};

// Authentic is what carries one of the keys as `x-key`; the body says the rest: `unusable` cannot
// be routed, `no key` names no meeting, `uncheckable` cannot be verified, `stale` is too old.
class fake_provider final : public provider {
public:
    unsigned status = 202;

    std::string_view name() const override { return "fake"; }
    unsigned accepted_status() const override { return status; }
    std::span<const std::string_view> signed_headers() const override
    {
        static constexpr std::array<std::string_view, 2> names = {"x-key", "x-time"};
        return names;
    }
    result<webhook_key, fault> parse_secret(std::string_view text) const override
    {
        return webhook_key{std::string{text}};
    }
    result<void, fault> verify(
        const webhook_request& request, std::span<const webhook_key> keys, timestamp now
    ) const override
    {
        EXPECT_EQ(now, noon);
        if (request.body == "uncheckable")
            return fault{errc::duplicate_key, "$.a"};
        if (request.body == "stale")
            return fault{errc::stale_signature, "x-time"};
        const auto given = request.header("X-Key");
        if (given.count == 0)
            return fault{errc::missing_signature, "x-key"};
        if (given.count > 1 ||
            std::ranges::find(keys, given.text, &webhook_key::bytes) == keys.end())
            return fault{errc::bad_signature, "x-key"};
        return {};
    }
    result<routing, fault> route(const webhook_request& request) const override
    {
        const auto body = request.body;
        if (body == "unusable")
            return fault{errc::missing_field, "$.bot_id"};
        if (body == "no key")
            return routing{.key = "", .delivery_id = "d2"};
        return routing{.key = "bot_1", .delivery_id = "d1"};
    }
    result<normalised, fault> normalise(const intake_record&) const override
    {
        return normalised{};
    }
};

class WebhookListener : public testing::Test {
protected:
    fake_provider fake;
    fake_journal stored;
    webhook_listener listening{
        {{.name = "prod", .from = &fake, .keys = {{"old"}, {"new"}}},
         {.name = "test", .from = &fake, .keys = {{"t"}}}},
        stored,
        [] { return noon; },
    };

    std::vector<http::field> fields{
        {"Content-Type", "application/json; charset=utf-8"},
        {"X-KEY", "new"},
        {"x-time", "12"},
        {"TraceParent", trace},
        {"Cookie", "secret"},
    };
    std::string method = "POST", path = "/hooks/prod", body = "{}";

    http::response handle()
    {
        http::request asked;
        asked.method = method;
        asked.path = path;
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
    const source_counters& counted() const { return *listening.counters("prod"); }
    void set_field(std::string_view name, std::string_view value)
    {
        for (auto& field : fields)
            if (field.name == name)
                field.value = value;
    }
    void drop_field(std::string_view name)
    {
        std::erase_if(fields, [&](const http::field& field) { return field.name == name; });
    }
};

TEST_F(WebhookListener, StoresWhatIsAuthenticWithItsArrivalFacts)
{
    body = R"({"any": "bytes"})";
    const auto answer = handle();
    EXPECT_EQ(answer.status, 202U);
    EXPECT_EQ(answer.body, "");

    ASSERT_EQ(stored.records().size(), 1U);
    const auto record = stored.records().front();
    EXPECT_EQ(record.key, "bot_1");
    EXPECT_EQ(record.body, body);
    EXPECT_EQ(record.source, "prod");
    EXPECT_EQ(record.provider, "fake");
    EXPECT_EQ(record.via, way::webhook);
    EXPECT_EQ(record.received_at, noon);
    EXPECT_EQ(record.delivery_id, "d1");
    EXPECT_EQ(record.traceparent, trace);
    EXPECT_THAT(record.signed_headers, ElementsAre(Pair("x-key", "new"), Pair("x-time", "12")));
    EXPECT_EQ(counted().received, 1U);
    EXPECT_EQ(counted().verified, 1U);
    EXPECT_EQ(counted().stored, 1U);
}

TEST_F(WebhookListener, GoesByOtherHooksAndCountsOn)
{
    EXPECT_EQ(handle().status, 202U);
    const auto kept = std::make_shared<int>(0);
    listening.replace(
        {{.name = "prod", .from = &fake, .keys = {{"newest"}}},
         {.name = "added", .from = &fake, .keys = {{"new"}}, .keeps = kept}}
    );
    EXPECT_EQ(handle().status, 401U);
    EXPECT_EQ(counted().received, 2U);
    path = "/hooks/test";
    EXPECT_EQ(handle().status, 404U);
    path = "/hooks/added";
    EXPECT_EQ(handle().status, 202U);
    EXPECT_EQ(kept.use_count(), 2);
    listening.replace({});
    EXPECT_EQ(kept.use_count(), 1);
    EXPECT_EQ(listening.counters("added")->stored, 1U) << "what was counted stays";
}

TEST_F(WebhookListener, AnswersAsTheProviderWantsIt)
{
    fake.status = 200;
    EXPECT_EQ(handle().status, 200U);
}

TEST_F(WebhookListener, BeginsATraceWhereNoneIsGiven)
{
    drop_field("TraceParent");
    handle();
    fields.emplace_back("traceparent", "00-nonsense");
    handle();
    set_field("traceparent", trace);
    fields.emplace_back("traceparent", trace);  // twice: neither
    handle();
    ASSERT_EQ(stored.records().size(), 3U);
    std::vector<std::string> traces;
    for (const auto& record : stored.records()) {
        EXPECT_EQ(record.traceparent.size(), 55U);
        EXPECT_TRUE(record.traceparent.starts_with("00-"));
        EXPECT_NE(record.traceparent, trace);
        traces.push_back(record.traceparent);
    }
    std::ranges::sort(traces);
    EXPECT_EQ(std::ranges::adjacent_find(traces), traces.end());
}

TEST_F(WebhookListener, StoresWhatCannotBeRoutedUnderItsSource)
{
    body = "unusable";
    EXPECT_EQ(handle().status, 202U);
    body = "no key";
    EXPECT_EQ(handle().status, 202U);
    ASSERT_EQ(stored.records().size(), 2U);
    EXPECT_EQ(stored.records()[0].key, "prod");
    EXPECT_EQ(stored.records()[0].body, "unusable");
    EXPECT_EQ(stored.records()[1].key, "prod");
    EXPECT_EQ(stored.records()[1].delivery_id, "d2");
    EXPECT_EQ(counted().unroutable, 1U);
    EXPECT_EQ(counted().stored, 2U);
}

TEST_F(WebhookListener, Says503AndWhenToComeBackIfItCannotStore)
{
    for (const auto why :
         {errc::overloaded, errc::kafka_timed_out, errc::kafka_rejected, errc::stopped}) {
        stored.fails_with = make_error_code(why);
        const auto answer = handle();
        EXPECT_EQ(answer.status, 503U);
        EXPECT_EQ(answer.body, "");
        EXPECT_THAT(answer.fields, ElementsAre(Pair("Retry-After", "1")));
    }
    EXPECT_EQ(counted().failed, 4U);
    EXPECT_EQ(counted().stored, 0U);
    stored.fails_with = {};
    EXPECT_EQ(handle().status, 202U);
}

TEST_F(WebhookListener, AcceptsEveryKeyOfItsSourceAndNoneOfAnother)
{
    set_field("X-KEY", "old");
    EXPECT_EQ(handle().status, 202U);
    set_field("X-KEY", "t");
    EXPECT_EQ(handle().status, 401U);
    path = "/hooks/test";
    EXPECT_EQ(handle().status, 202U);
}

TEST_F(WebhookListener, RejectsWhatIsNotAuthentic)
{
    set_field("X-KEY", "wrong");
    EXPECT_EQ(handle().status, 401U);
    EXPECT_EQ(counted().bad_signature, 1U);
    set_field("X-KEY", "new");
    fields.emplace_back("x-key", "new");
    EXPECT_EQ(handle().status, 401U);
    EXPECT_EQ(counted().bad_signature, 2U);
    drop_field("x-key");
    drop_field("X-KEY");
    EXPECT_EQ(handle().status, 401U);
    EXPECT_EQ(counted().missing_signature, 1U);
    body = "uncheckable";
    EXPECT_EQ(handle().status, 400U);
    EXPECT_EQ(counted().uncheckable, 1U);
    body = "stale";
    EXPECT_EQ(handle().status, 401U);
    EXPECT_EQ(counted().stale_signature, 1U);
    EXPECT_TRUE(stored.records().empty());
    EXPECT_EQ(counted().received, 5U);
    EXPECT_EQ(counted().verified, 0U);
}

TEST_F(WebhookListener, RejectsWhatIsNoWebhook)
{
    path = "/hooks/unknown";
    EXPECT_EQ(handle().status, 404U);
    path = "/elsewhere";
    EXPECT_EQ(handle().status, 404U);

    path = "/hooks/prod";
    method = "GET";
    const auto refused = handle();
    EXPECT_EQ(refused.status, 405U);
    EXPECT_THAT(refused.fields, ElementsAre(Pair("Allow", "POST")));
    method = "POST";

    body = "";
    EXPECT_EQ(handle().status, 400U);
    body = "{}";
    set_field("Content-Type", "text/plain");
    EXPECT_EQ(handle().status, 415U);
    drop_field("Content-Type");
    EXPECT_EQ(handle().status, 415U);

    EXPECT_TRUE(stored.records().empty());
    EXPECT_EQ(counted().received, 4U);
    EXPECT_EQ(counted().wrong_method, 1U);
    EXPECT_EQ(counted().empty_body, 1U);
    EXPECT_EQ(counted().wrong_type, 2U);
    EXPECT_EQ(listening.counters("unknown"), nullptr);
}

TEST_F(WebhookListener, LogsAnAlarmOnceAndNoSecret)
{
    set_field("X-KEY", "hunter2");
    body = "private";
    testing::internal::CaptureStderr();
    for (int i = 0; i < 50; ++i)
        handle();
    const auto logged = testing::internal::GetCapturedStderr();
    const auto alarm = logged.find("only bad signatures");
    EXPECT_NE(alarm, std::string::npos);
    EXPECT_EQ(logged.find("only bad signatures", alarm + 1), std::string::npos);
    EXPECT_EQ(logged.find("hunter2"), std::string::npos);
    EXPECT_EQ(logged.find("private"), std::string::npos);
}

TEST_F(WebhookListener, LogsAnotherAlarmWhereAClockIsWrong)
{
    body = "stale";
    testing::internal::CaptureStderr();
    for (int i = 0; i < 50; ++i)
        handle();
    const auto logged = testing::internal::GetCapturedStderr();
    EXPECT_NE(logged.find("only stale signatures"), std::string::npos);
    EXPECT_EQ(logged.find("only bad signatures"), std::string::npos);
}

TEST_F(WebhookListener, LogsNoAlarmAmongGoodSignatures)
{
    testing::internal::CaptureStderr();
    for (int i = 0; i < 50; ++i) {
        set_field("X-KEY", i % 4 == 0 ? "new" : "wrong");
        handle();
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(WebhookListener, ServesThreadsAtOnceThroughTheServer)
{
    http::server serving{{}, 2, {"127.0.0.1:0"}, listening};
    serving.start();
    constexpr std::string_view post =
        "POST /hooks/prod HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nX-Key: new\r\n"
        "Content-Length: 2\r\n\r\n{}";
    std::vector<test::raw_client> clients;
    clients.reserve(8);
    for (int i = 0; i < 8; ++i)
        clients.emplace_back(serving.local_endpoints().front());
    for (int i = 0; i < 50; ++i) {
        for (auto& each : clients)
            each.send(post);
        for (auto& each : clients)
            ASSERT_EQ(each.read_answer().status, 202);
    }
    EXPECT_EQ(counted().stored, 400U);
    EXPECT_EQ(stored.records().size(), 400U);
}

}  // namespace
}  // namespace rollcall
