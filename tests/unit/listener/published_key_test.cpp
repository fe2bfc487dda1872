// Webhooks of a provider that signs with a key it publishes: when they are refused, when the sender
// is to come again, and what is not stored.
#include "listener/webhook_listener.hpp"
#include "support/fixtures.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <string>
#include <vector>

namespace rollcall {
namespace {

namespace asio = boost::asio;
using testing::HasSubstr;
using testing::Not;

class kept_records final : public journal {
public:
    error_code fails_with;
    std::vector<intake_record> records;

    asio::awaitable<error_code> append(intake_record record) override
    {
        if (!fails_with)
            records.push_back(std::move(record));
        co_return fails_with;
    }
};

webhook_key key_named(const std::string& name)
{
    return *find_provider("realtimekit")
                ->parse_secret(
                    test::fixture("realtimekit/signature/test_rsa_" + name + "_public.pem")
                );
}

// Has the keys it is told to have, and others after a renewal.
class told_keys final : public key_supply {
public:
    std::vector<webhook_key> now, renewed_to;
    bool renewal_succeeds = true;
    int renewals = 0;

    std::shared_ptr<const std::vector<webhook_key>> keys() const override
    {
        return std::make_shared<const std::vector<webhook_key>>(now);
    }
    asio::awaitable<bool> renew(steady_time) override
    {
        ++renewals;
        if (renewal_succeeds)
            now = renewed_to;
        co_return renewal_succeeds;
    }
};

struct vector {
    std::string body, signature;
};
vector vector_named(const std::string& name)
{
    const auto text = test::fixture("realtimekit/signature/vectors.json");
    rapidjson::Document doc;
    doc.Parse(text.data(), text.size());
    for (const auto& each : doc["vectors"].GetArray())
        if (name == each["name"].GetString())
            return {
                test::fixture(
                    "realtimekit/signature/" + std::string{each["body_file"].GetString()}
                ),
                each["signature"].GetString()};
    throw std::logic_error("no vector " + name);
}

class PublishedKey : public testing::Test {
protected:
    told_keys keys;
    kept_records stored;
    webhook_listener listening{
        {{.name = "rtk", .from = find_provider("realtimekit"), .keys = {}, .published = &keys}},
        stored};

    http::response post(std::string_view body, std::string_view signature)
    {
        const std::vector<http::field> fields{
            {"Content-Type", "application/json"},
            {"rtk-signature", signature},
            {"rtk-uuid", "0e5d7c6b"}};
        http::request asked;
        asked.method = "POST";
        asked.path = "/hooks/rtk";
        asked.fields = fields;
        asked.body = body;
        asio::io_context io;
        http::response answer;
        auto handled = listening.handle(asked);
        asio::co_spawn(io, std::move(handled), [&](std::exception_ptr thrown, http::response got) {
            EXPECT_FALSE(thrown);
            answer = std::move(got);
        });
        io.run();
        return answer;
    }
    http::response post(const std::string& name)
    {
        const auto sent = vector_named(name);
        return post(sent.body, sent.signature);
    }
    const source_counters& counted() const { return *listening.counters("rtk"); }
};

TEST_F(PublishedKey, StoresWhatIsAuthenticAndSays200)
{
    keys.now = {key_named("current")};
    EXPECT_EQ(post("joined_ok").status, 200U);
    ASSERT_EQ(stored.records.size(), 1U);
    EXPECT_EQ(stored.records[0].key, "b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e");
    EXPECT_EQ(stored.records[0].delivery_id, "0e5d7c6b");
    EXPECT_EQ(keys.renewals, 0);
}

TEST_F(PublishedKey, IsLookedAtAgainBeforeASignatureIsRefused)
{
    keys.now = {key_named("current")};
    keys.renewed_to = {key_named("next"), key_named("current")};
    EXPECT_EQ(post("rotated_key_ok").status, 200U);
    EXPECT_EQ(keys.renewals, 1);
    EXPECT_EQ(post("joined_ok").status, 200U);
    EXPECT_EQ(keys.renewals, 1);
    EXPECT_EQ(stored.records.size(), 2U);
}

TEST_F(PublishedKey, RefusesWhatMatchesNoneAfterThat)
{
    keys.now = keys.renewed_to = {key_named("current")};
    EXPECT_EQ(post("tampered_body").status, 401U);
    EXPECT_EQ(counted().bad_signature, 1U);
    EXPECT_TRUE(stored.records.empty());
}

TEST_F(PublishedKey, HasTheSenderComeAgainWhereThatCannotBeKnown)
{
    keys.now = {key_named("current")};
    keys.renewal_succeeds = false;
    const auto answer = post("rotated_key_ok");
    EXPECT_EQ(answer.status, 503U);
    ASSERT_EQ(answer.fields.size(), 1U);
    EXPECT_EQ(answer.fields[0].first, "Retry-After");
    EXPECT_EQ(counted().undecided, 1U);
    EXPECT_EQ(counted().bad_signature, 0U);
    keys.now.clear();
    EXPECT_EQ(post("joined_ok").status, 503U);
    EXPECT_EQ(counted().undecided, 2U);
    EXPECT_TRUE(stored.records.empty());
}

TEST_F(PublishedKey, RefusesWhatCannotBeASignatureWithoutLooking)
{
    EXPECT_EQ(post("not_base64").status, 401U);
    EXPECT_EQ(post("empty_signature").status, 401U);
    EXPECT_EQ(keys.renewals, 0);
    EXPECT_EQ(counted().bad_signature, 1U);
    EXPECT_EQ(counted().missing_signature, 1U);
}

TEST_F(PublishedKey, Says503WhereNothingCanBeStored)
{
    keys.now = {key_named("current")};
    stored.fails_with = errc::kafka_timed_out;
    EXPECT_EQ(post("joined_ok").status, 503U);
}

// What a provider signs is in no vector: authentic is everything, here.
class trusting_provider final : public provider {
public:
    std::string_view name() const override { return "realtimekit"; }
    unsigned accepted_status() const override { return of().accepted_status(); }
    unsigned unreadable_status() const override { return of().unreadable_status(); }
    std::span<const std::string_view> signed_headers() const override
    {
        return of().signed_headers();
    }
    result<webhook_key, fault> parse_secret(std::string_view text) const override
    {
        return of().parse_secret(text);
    }
    result<void, fault> verify(const webhook_request&, std::span<const webhook_key>, timestamp)
        const override
    {
        return {};
    }
    result<routing, fault> route(const webhook_request& request) const override
    {
        return of().route(request);
    }
    result<normalised, fault> normalise(const intake_record& record) const override
    {
        return of().normalise(record);
    }

private:
    static const provider& of() { return *find_provider("realtimekit"); }
};

class AuthenticRealtimekit : public PublishedKey {
protected:
    trusting_provider trusting;
    AuthenticRealtimekit()
        : listening_{{{.name = "rtk", .from = &trusting, .keys = {}, .published = nullptr}}, stored}
    {
    }

    http::response take(std::string_view body)
    {
        const std::vector<http::field> fields{{"Content-Type", "application/json"}};
        http::request asked;
        asked.method = "POST";
        asked.path = "/hooks/rtk";
        asked.fields = fields;
        asked.body = body;
        asio::io_context io;
        http::response answer;
        auto handled = listening_.handle(asked);
        asio::co_spawn(io, std::move(handled), [&](std::exception_ptr thrown, http::response got) {
            EXPECT_FALSE(thrown);
            answer = std::move(got);
        });
        io.run();
        return answer;
    }

    webhook_listener listening_;
};

TEST_F(AuthenticRealtimekit, WithAStreamKeyOrALinkIsNotStoredAndInNoLog)
{
    testing::internal::CaptureStderr();
    for (const auto* name :
         {"livestreaming_status_update",
          "recording_status_update",
          "chat_synced",
          "transcript",
          "summary",
          "unknown_event"})
        for (int twice = 0; twice < 2; ++twice)
            EXPECT_EQ(
                take(test::fixture("realtimekit/webhooks/" + std::string{name} + ".json")).status,
                200U
            );
    const auto logged = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(stored.records.empty());
    EXPECT_EQ(listening_.counters("rtk")->ignored, 12U);
    EXPECT_THAT(logged, HasSubstr("livestreaming.statusUpdate"));
    EXPECT_EQ(logged.find("meeting.summary"), logged.rfind("meeting.summary"));
    EXPECT_THAT(logged, Not(HasSubstr("not-a-real-key")));
    EXPECT_THAT(logged, Not(HasSubstr("example.test")));
}

TEST_F(AuthenticRealtimekit, ThatIsNoJsonIsStoredForTheDeadLettersAndAnswered400)
{
    const auto answer = take("no json");
    EXPECT_EQ(answer.status, 400U);
    ASSERT_EQ(stored.records.size(), 1U);
    EXPECT_EQ(stored.records[0].body, "no json");
    EXPECT_EQ(stored.records[0].key, "rtk");
    EXPECT_EQ(listening_.counters("rtk")->unroutable, 1U);
}

TEST_F(AuthenticRealtimekit, ThatIsNoJsonIsToComeAgainUntilItIsStored)
{
    stored.fails_with = errc::kafka_timed_out;
    EXPECT_EQ(take("no json").status, 503U);
}

}  // namespace
}  // namespace rollcall
