#include "posted_request.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <map>
#include <vector>

namespace rollcall::test {
namespace {

const provider& recall_webhooks()
{
    return *find_provider("recall");
}

struct recall_vector {
    std::string name, body;
    std::vector<std::string> secrets;
    headers with;
    timestamp now;
    bool accepted = false;

    std::vector<webhook_key> keys() const
    {
        std::vector<webhook_key> all;
        for (const auto& each : secrets)
            all.push_back(*recall_webhooks().parse_secret(each));
        return all;
    }
};
void PrintTo(const recall_vector& which, std::ostream* out)
{
    *out << which.name;
}

std::vector<recall_vector> recall_vectors()
{
    const auto text = fixture("recall/signature_vectors.json");
    rapidjson::Document doc;
    doc.Parse(text.data(), text.size());
    std::vector<recall_vector> all;
    for (const auto& each : doc["vectors"].GetArray()) {
        auto& made = all.emplace_back();
        made.name = each["name"].GetString();
        made.body = {each["body"].GetString(), each["body"].GetStringLength()};
        for (const auto& secret : each["secrets"].GetArray())
            made.secrets.emplace_back(secret.GetString());
        for (const auto& header : each["headers"].GetObject())
            made.with.emplace_back(header.name.GetString(), header.value.GetString());
        made.now = timestamp{std::chrono::seconds{each["now"].GetInt64()}};
        made.accepted = std::string_view{each["expect"].GetString()} == "accept";
    }
    return all;
}

recall_vector vector_of(const std::string& name)
{
    for (auto& each : recall_vectors())
        if (each.name == name)
            return each;
    throw std::logic_error("no vector " + name);
}

class RecallSignature : public testing::TestWithParam<recall_vector> {};

TEST_P(RecallSignature, IsAcceptedOrRefusedAsTheVectorSays)
{
    const auto& [name, body, secrets, with, now, accepted] = GetParam();
    const auto checked =
        recall_webhooks().verify(posted_request{body, with}, GetParam().keys(), now);
    ASSERT_EQ(checked.has_value(), accepted);
    if (checked)
        return;
    const bool is_stale = name == "reject_too_old" || name == "reject_too_new";
    EXPECT_EQ(checked.error().code, is_stale ? errc::stale_signature : errc::bad_signature);
}

INSTANTIATE_TEST_SUITE_P(
    Vectors,
    RecallSignature,
    testing::ValuesIn(recall_vectors()),
    [](const auto& each) { return each.param.name; }
);

TEST(RecallSignatures, ThereAreEighteenVectors)
{
    EXPECT_EQ(recall_vectors().size(), 18u);
}

headers under_prefix(const headers& of, const std::string& prefix)
{
    headers renamed;
    for (const auto& [name, value] : of)
        renamed.emplace_back(prefix + name.substr(name.find('-')), value);
    return renamed;
}

TEST(RecallVerify, TakesEitherFamilyWhole)
{
    const auto real_time = vector_of("realtime_join");
    const posted_request as_svix{real_time.body, under_prefix(real_time.with, "svix")};
    EXPECT_TRUE(recall_webhooks().verify(as_svix, real_time.keys(), real_time.now));
}

TEST(RecallVerify, RefusesHeadersOfMixedFamilies)
{
    const auto real_time = vector_of("realtime_join");
    const auto svix = under_prefix(real_time.with, "svix");
    for (std::size_t which = 0; which < svix.size(); ++which) {
        auto mixed = real_time.with;
        mixed[which] = svix[which];
        const auto checked = recall_webhooks().verify(
            posted_request{real_time.body, mixed}, real_time.keys(), real_time.now
        );
        ASSERT_FALSE(checked) << mixed[which].first;
        EXPECT_EQ(checked.error().code, errc::bad_signature);
    }
}

// The two families of an older workspace come to one route, each with its own secret.
TEST(RecallVerify, TakesEitherOfTwoSecretsThatAreLive)
{
    const auto real_time = vector_of("realtime_join");
    const auto status = vector_of("status_done_svix_headers");
    auto both = real_time.keys();
    both.push_back(status.keys().at(0));
    for (const auto& each : {real_time, status}) {
        EXPECT_TRUE(recall_webhooks().verify(posted_request{each.body, each.with}, both, each.now));
    }
    EXPECT_FALSE(recall_webhooks().verify(
        posted_request{status.body, status.with}, real_time.keys(), status.now
    ));
}

TEST(RecallVerify, RefusesAStaleTimeByTheSourcesTolerance)
{
    source_options strict;
    strict.signature_tolerance = std::chrono::seconds{10};
    const auto strict_recall = make_provider("recall", strict);
    const auto vector = vector_of("realtime_join");
    const posted_request request{vector.body, vector.with};
    const auto late = vector.now + std::chrono::seconds{11};
    EXPECT_TRUE(recall_webhooks().verify(request, vector.keys(), late));
    EXPECT_EQ(
        strict_recall->verify(request, vector.keys(), late).error().code, errc::stale_signature
    );
}

TEST(RecallVerify, SaysWhereThereIsNoSignatureAtAll)
{
    const auto vector = vector_of("realtime_join");
    const auto checked =
        recall_webhooks().verify(posted_request{vector.body, {}}, vector.keys(), vector.now);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, errc::missing_signature);
    EXPECT_TRUE(recall_webhooks().may_be_unsigned());
}

TEST(RecallRouting, TakesTheMessageIdForTheDeliverys)
{
    for (const auto* name : {"realtime_join", "status_done_svix_headers"}) {
        const auto vector = vector_of(name);
        const auto where = recall_webhooks().route(posted_request{vector.body, vector.with});
        ASSERT_TRUE(where);
        EXPECT_EQ(where->delivery_id, vector.with.at(0).second);
        EXPECT_EQ(where->key, "b3d0a6c8-52f1-4c9b-9a6e-0e3f4d7a1c55");
    }
}

TEST(RecallProvider, KeepsTheHeadersOfBothFamilies)
{
    const auto names = recall_webhooks().signed_headers();
    EXPECT_EQ(names.size(), 6u);
    EXPECT_EQ(recall_webhooks().accepted_status(), 202u);
}

TEST(RecallProvider, HasFourRegions)
{
    const auto regions = recall_webhooks().regions();
    const std::vector<std::string_view> expected{
        "us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1"};
    EXPECT_TRUE(std::ranges::equal(regions, expected));
}

struct no_recall_secret {
    std::string name, text, where;
    errc code = errc::wrong_type;
};
void PrintTo(const no_recall_secret& which, std::ostream* out)
{
    *out << which.name;
}

class RecallSecret : public testing::TestWithParam<no_recall_secret> {};

TEST_P(RecallSecret, IsRefusedInWordsWithoutTheSecret)
{
    const auto key = recall_webhooks().parse_secret(GetParam().text);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, GetParam().code);
    if (!GetParam().where.empty()) {
        EXPECT_EQ(key.error().where, GetParam().where);
    }
}

const no_recall_secret no_recall_secrets[] = {
    {"Empty", "", "", errc::missing_field},
    {"AnApiKey",
     "0123456789abcdef0123456789abcdef01234567",
     "Recall.ai's secrets begin with whsec_"},
    {"APublicKey",
     "whpk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
     "Recall.ai's secrets begin with whsec_"},
    {"CutOff", "whsec_ZXhhbXBsZS1zaWduaW5nLWtleS0wMDA", ""},
};
INSTANTIATE_TEST_SUITE_P(
    Refused,
    RecallSecret,
    testing::ValuesIn(no_recall_secrets),
    [](const auto& each) { return each.param.name; }
);

}  // namespace
}  // namespace rollcall::test
