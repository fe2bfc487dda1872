#include "posted_request.hpp"
#include "providers/standard_webhooks/signature.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <array>
#include <vector>

namespace rollcall::test {
namespace {

using standard_webhooks::delivery_id;
using standard_webhooks::parse_secret;

constexpr std::array<std::string_view, 2> families = {"webhook-", "svix-"};

timestamp at_second(std::int64_t seconds)
{
    return timestamp{std::chrono::seconds{seconds}};
}

struct vector_of_signature {
    std::string name, body;
    headers with;
    std::vector<webhook_key> keys;
    timestamp now;
    milliseconds tolerance{};
    bool valid = false;
};
void PrintTo(const vector_of_signature& which, std::ostream* out)
{
    *out << which.name;
}

std::vector<vector_of_signature> published_vectors()
{
    const auto text = fixture("standard-webhooks/signature/vectors.json");
    rapidjson::Document doc;
    doc.Parse(text.data(), text.size());
    std::vector<vector_of_signature> all;
    for (const auto& each : doc["vectors"].GetArray()) {
        vector_of_signature made;
        made.name = each["name"].GetString();
        made.body =
            fixture(std::string{"standard-webhooks/signature/"}.append(each["body_file"].GetString()
            ));
        EXPECT_EQ(made.body.size(), each["body_length"].GetUint()) << made.name;
        for (const auto& header : each["headers"].GetObject())
            made.with.emplace_back(header.name.GetString(), header.value.GetString());
        for (const auto& name : each["keys"].GetArray())
            made.keys.push_back(*parse_secret(doc["keys"][name.GetString()].GetString()));
        made.now = at_second(each["now"].GetInt64());
        made.tolerance = std::chrono::seconds{each["tolerance_seconds"].GetInt64()};
        made.valid = each["valid"].GetBool();
        all.push_back(std::move(made));
    }
    return all;
}

class StandardWebhooksVector : public testing::TestWithParam<vector_of_signature> {};

TEST_P(StandardWebhooksVector, IsJudgedAsPublished)
{
    const auto& v = GetParam();
    const auto verified = standard_webhooks::verify(
        posted_request{v.body, v.with}, v.keys, v.now, {families, v.tolerance}
    );
    EXPECT_EQ(verified.has_value(), v.valid);
}

// The headers of another family say the same; which of them it is is not signed.
TEST_P(StandardWebhooksVector, IsJudgedTheSameUnderSvixHeaders)
{
    auto v = GetParam();
    for (auto& [name, value] : v.with)
        name.replace(0, std::string_view{"webhook-"}.size(), "svix-");
    const posted_request request{v.body, v.with};
    const auto verified =
        standard_webhooks::verify(request, v.keys, v.now, {families, v.tolerance});
    EXPECT_EQ(verified.has_value(), v.valid);
    if (v.valid) {
        EXPECT_EQ(delivery_id(request, families), request.header("svix-id").text);
    }
    // And nobody reads them who does not look for them.
    const std::array<std::string_view, 1> others = {"webhook-"};
    const auto unseen = standard_webhooks::verify(request, v.keys, v.now, {others, v.tolerance});
    ASSERT_FALSE(unseen);
    EXPECT_EQ(unseen.error().code, errc::missing_signature);
}

INSTANTIATE_TEST_SUITE_P(
    Published,
    StandardWebhooksVector,
    testing::ValuesIn(published_vectors()),
    [](const auto& each) { return each.param.name; }
);

TEST(StandardWebhooks, HaveThirtySevenVectors)
{
    EXPECT_EQ(published_vectors().size(), 37U);
}

// One good request, to be spoilt.
class StandardWebhooksSignature : public testing::Test {
protected:
    const std::string key_text = "whsec_9Piy/shc7OGgQFbBHiPoYA7tFVDrs3juNDcQg84orCU=";
    const std::string good = "v1,vC3MAssRYFPqwt+yv5M9UoO6kcP5MnKHbTjEypgeqrA=";
    std::vector<webhook_key> keys = {*parse_secret(key_text)};
    std::string body = fixture("standard-webhooks/signature/joined.body");
    headers with = {
        {"webhook-id", "msg_3BqZr0aXh2vT9kLmN4pQ7sUw"},
        {"webhook-timestamp", "1772632803"},
        {"webhook-signature", good},
    };
    timestamp now = at_second(1'772'632'805);
    milliseconds tolerance{300'000};

    errc judge() const
    {
        const auto verified =
            standard_webhooks::verify(posted_request{body, with}, keys, now, {families, tolerance});
        return verified ? errc::ok : verified.error().code;
    }
    std::string& value(std::string_view name)
    {
        for (auto& [key, text] : with)
            if (key == name)
                return text;
        return with.emplace_back(name, "").second;
    }
    void drop(std::string_view name)
    {
        std::erase_if(with, [&](const auto& each) { return each.first == name; });
    }
};

TEST_F(StandardWebhooksSignature, IsMissedOnlyWhereThereIsNoSignOfOne)
{
    EXPECT_EQ(judge(), errc::ok);
    const auto whole = with;
    for (const auto& [name, text] : whole) {
        drop(name);
        EXPECT_EQ(judge(), errc::bad_signature) << name;
        with = whole;
        value(name).clear();
        EXPECT_EQ(judge(), errc::bad_signature) << name;
        with = {{name, text}};
        EXPECT_EQ(judge(), errc::bad_signature) << name;
        with = whole;
    }
    with = {{"content-type", "application/json"}};
    EXPECT_EQ(judge(), errc::missing_signature);
}

TEST_F(StandardWebhooksSignature, IsNeverPutTogetherFromTwoFamilies)
{
    const auto whole = with;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        with = whole;
        with[i].first.replace(0, 8, "svix-");
        EXPECT_EQ(judge(), errc::bad_signature) << with[i].first;
    }
}

// Of two whole families the first counts, whatever the other is worth.
TEST_F(StandardWebhooksSignature, IsThatOfTheFirstWholeFamily)
{
    const auto whole = with;
    for (const auto& [name, text] : whole)
        with.emplace_back("svix-" + name.substr(8), text);
    value("svix-id") = "another";
    EXPECT_EQ(judge(), errc::ok);
    EXPECT_EQ(delivery_id(posted_request{body, with}, families), value("webhook-id"));
    value("svix-id") = value("webhook-id");
    value("webhook-id") = "another";
    EXPECT_EQ(judge(), errc::bad_signature);
    drop("webhook-timestamp");  // not whole any more
    EXPECT_EQ(judge(), errc::ok);
    EXPECT_EQ(delivery_id(posted_request{body, with}, families), value("svix-id"));
}

TEST_F(StandardWebhooksSignature, IsRefusedWithARepeatedHeader)
{
    const auto whole = with;
    for (const auto& each : whole) {
        with.push_back(each);
        EXPECT_EQ(judge(), errc::bad_header) << each.first;
        with = whole;
    }
    with.emplace_back("svix-id", "a");  // of a family that does not count: still a trick
    with.emplace_back("svix-id", "a");
    EXPECT_EQ(judge(), errc::bad_header);
}

TEST_F(StandardWebhooksSignature, HasATimeThatIsAWholeNumberOfSeconds)
{
    for (const auto* time :
         {"1772632803 ",
          " 1772632803",
          "+1772632803",
          "-1772632803",
          "-0",
          "1772632803.0",
          "1772632803,",
          "0x69a83c63",
          "1.772632803e9",
          "99999999999999999999",
          "9223372036854775807",
          "-9223372036854775808",
          "0"}) {
        value("webhook-timestamp") = time;
        EXPECT_EQ(judge(), errc::stale_signature) << time;
    }
}

TEST_F(StandardWebhooksSignature, HoldsToTheEndOfTheToleranceInBothDirections)
{
    const auto signed_at = at_second(1'772'632'803);
    tolerance = milliseconds{60'000};
    for (const auto& [offset_ms, expected] : std::vector<std::pair<std::int64_t, errc>>{
             {60'000, errc::ok},
             {60'999, errc::ok},  // compared in whole seconds
             {61'000, errc::stale_signature},
             {-60'000, errc::ok},
             {-60'001, errc::stale_signature}}) {
        now = signed_at + milliseconds{offset_ms};
        EXPECT_EQ(judge(), expected) << offset_ms;
    }
}

TEST_F(StandardWebhooksSignature, IsLookedForAmongSixteenAndNoMore)
{
    std::string others;
    for (int i = 0; i < 15; ++i)
        others += "v1,eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg= ";
    value("webhook-signature") = others + good;
    EXPECT_EQ(judge(), errc::ok);
    value("webhook-signature") = "v9,x " + others + good;
    EXPECT_EQ(judge(), errc::bad_header);
    value("webhook-signature") = good + " v9," + std::string(4096 - good.size() - 4, 'x');
    EXPECT_EQ(value("webhook-signature").size(), 4096U);
    EXPECT_EQ(judge(), errc::ok);
    value("webhook-signature") += 'x';
    EXPECT_EQ(judge(), errc::bad_header);
    value("webhook-signature") = good;
    value("webhook-id") = std::string(4097, 'x');
    EXPECT_EQ(judge(), errc::bad_header);
}

TEST_F(StandardWebhooksSignature, IsTriedWithEveryKey)
{
    const auto right = keys.front();
    keys.clear();
    for (int i = 0; i < 7; ++i)
        keys.push_back(webhook_key{std::string(32, static_cast<char>('a' + i))});
    keys.push_back(webhook_key{std::string(32, 'p'), key_kind::ed25519});
    EXPECT_EQ(judge(), errc::bad_signature);
    keys.push_back(right);
    EXPECT_EQ(judge(), errc::ok);
    keys.clear();
    EXPECT_EQ(judge(), errc::bad_signature);
}

// The right bytes under another kind are another key.
TEST_F(StandardWebhooksSignature, IsCheckedOnlyWithKeysOfItsKind)
{
    keys.front().kind = key_kind::ed25519;
    EXPECT_EQ(judge(), errc::bad_signature);
    keys.front().kind = key_kind::rsa;
    EXPECT_EQ(judge(), errc::bad_signature);
}

TEST_F(StandardWebhooksSignature, IsNotThereInAnythingThatOnlyLooksLikeOne)
{
    const auto digits = good.substr(3);
    for (const auto& list :
         {"V1," + digits,
          "v1 ," + digits,
          "v1,\t" + digits,
          "v1,," + digits,
          "v1;" + digits,
          "v1=" + digits,
          "v1," + digits + ",",
          "v1," + digits + "=",
          "v1," + digits.substr(0, digits.size() - 1),
          std::string{" "},
          std::string{","},
          "v1," + digits + "\n"}) {
        value("webhook-signature") = list;
        EXPECT_EQ(judge(), errc::bad_signature) << list;
    }
    value("webhook-signature") = "  " + good + " ";
    EXPECT_EQ(judge(), errc::ok);
}

TEST_F(StandardWebhooksSignature, MayBeMadeWithATextAsItsKey)
{
    // printf '%s' 'm.1772632803.{}' | openssl dgst -sha256 -hmac 'not base64!' -binary | base64
    keys = {*parse_secret("raw:not base64!")};
    EXPECT_EQ(keys.front().bytes, "not base64!");
    body = "{}";
    value("webhook-id") = "m";
    value("webhook-signature") = "v1,3GT8aE5z1QChOhcsXtumKOdeyTzBGzJHc0ozlBmFgFA=";
    EXPECT_EQ(judge(), errc::ok);
}

struct secret_text {
    std::string name, text;
    std::optional<key_kind> kind;  // none: refused, with
    std::string why = {};          // in its fault
};
void PrintTo(const secret_text& which, std::ostream* out)
{
    *out << which.name;
}

class StandardWebhooksSecret : public testing::TestWithParam<secret_text> {};

TEST_P(StandardWebhooksSecret, IsReadByWhatStandsBeforeIt)
{
    const auto& [name, text, kind, why] = GetParam();
    const auto key = parse_secret(text);
    ASSERT_EQ(key.has_value(), kind.has_value());
    if (kind) {
        EXPECT_EQ(key->kind, *kind);
        return;
    }
    EXPECT_NE(key.error().where.find(why), std::string::npos) << key.error().where;
    if (text.size() > 8) {
        EXPECT_EQ(key.error().where.find(text.substr(6)), std::string::npos);
    }
}

const secret_text secrets[] = {
    {"Hmac", "whsec_tE6J58dFCbFLwQM2FHjuNjnv1383dasp", key_kind::hmac},
    {"HmacWithoutPrefix", "tE6J58dFCbFLwQM2FHjuNjnv1383dasp", key_kind::hmac},
    {"Longest", "whsec_" + std::string(100, 'A'), key_kind::hmac},
    {"PublicKey", "whpk_RSQcNRdwoZt0Dj0wRrwA8UaCk+4WCRAdEtxDumTN9zY=", key_kind::ed25519},
    {"Raw", "raw:x", key_kind::hmac},
    {"RawPublicKey", "raw:whpk_x", key_kind::hmac},
    {"Empty", "", std::nullopt, "empty"},
    {"EmptyRaw", "raw:", std::nullopt, "empty"},
    {"EmptyHmac", "whsec_", std::nullopt, "0 bytes"},
    {"EmptyPublicKey", "whpk_", std::nullopt, "0 bytes"},
    {"PrivateKey",
     "whsk_dQE7fysCDgbev0iHhEX63iW4Sp3HJtOelyKhaVbssvY=",
     std::nullopt,
     "private key"},
    {"Short", "whsec_c2VjcmV0", std::nullopt, "6 bytes"},
    {"Long", "whsec_" + std::string(104, 'A'), std::nullopt, "78 bytes"},
    {"NoBase64", "whsec_not-base64-but-quite-long-anyway", std::nullopt, "not standard base64"},
    {"NoBase64AtAll", "correct horse battery staple stays", std::nullopt, "not standard base64"},
    {"ShortPublicKey", "whpk_RSQcNRdwoZt0Dj0wRrwA8UaCk+4WCRAd", std::nullopt, "24 bytes"},
};
INSTANTIATE_TEST_SUITE_P(
    Texts,
    StandardWebhooksSecret,
    testing::ValuesIn(secrets),
    [](const auto& each) { return each.param.name; }
);

}  // namespace
}  // namespace rollcall::test
