#include "delivered_request.hpp"
#include "providers/attendee/canonical.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <vector>

namespace rollcall::test {
namespace {

const provider& attendee_webhooks()
{
    return *find_provider("attendee");
}

struct signature_vector {
    std::string name, body_file, canonical_file, secret;
    std::optional<std::string> signature;
    bool accepted = false;
};
void PrintTo(const signature_vector& which, std::ostream* out)
{
    *out << which.name;
}

std::vector<signature_vector> signature_vectors()
{
    const auto text = fixture("attendee/signatures/vectors.json");
    rapidjson::Document doc;
    doc.Parse(text.data(), text.size());
    std::vector<signature_vector> all;
    for (const auto& each : doc["vectors"].GetArray()) {
        auto& made = all.emplace_back();
        made.name = each["name"].GetString();
        made.body_file = std::string{"attendee/"} + each["body_file"].GetString();
        if (each.HasMember("canonical_file"))
            made.canonical_file = std::string{"attendee/"} + each["canonical_file"].GetString();
        made.secret = each["secret_base64"].GetString();
        if (each["x_webhook_signature"].IsString())
            made.signature = each["x_webhook_signature"].GetString();
        made.accepted = std::string_view{each["expect"].GetString()} == "accept";
    }
    return all;
}

// What a refusal is called, where it is not "the signature does not match".
errc expected_refusal(const std::string& name)
{
    if (name == "reject_empty_signature" || name == "reject_missing_signature")
        return errc::missing_signature;
    return name == "reject_duplicate_key" ? errc::duplicate_key : errc::bad_signature;
}

class AttendeeSignature : public testing::TestWithParam<signature_vector> {};

TEST_P(AttendeeSignature, IsAcceptedOrRefusedAsTheVectorSays)
{
    const auto key = attendee_webhooks().parse_secret(GetParam().secret);
    ASSERT_TRUE(key);
    const auto body = fixture(GetParam().body_file);
    const auto checked =
        attendee_webhooks().verify(delivered_request{body, GetParam().signature}, {&*key, 1}, {});
    ASSERT_EQ(checked.has_value(), GetParam().accepted);
    if (!checked) {
        EXPECT_EQ(checked.error().code, expected_refusal(GetParam().name));
    }
}

TEST_P(AttendeeSignature, CoversTheCanonicalFormOfTheVector)
{
    if (GetParam().canonical_file.empty())
        return;  // the vectors that are refused have none
    const auto body = fixture(GetParam().body_file);
    json_tree tree;
    std::string canonical;
    ASSERT_TRUE(attendee::canonical_form(body, tree, canonical));
    EXPECT_EQ(canonical, fixture(GetParam().canonical_file));
}

INSTANTIATE_TEST_SUITE_P(
    Vectors,
    AttendeeSignature,
    testing::ValuesIn(signature_vectors()),
    [](const auto& each) { return each.param.name; }
);

TEST(AttendeeSignatures, ThereAreTwentySixVectors)
{
    EXPECT_EQ(signature_vectors().size(), 26u);
}

class AttendeeVerify : public testing::Test {
protected:
    result<void, fault> verify(std::optional<std::string> with, std::size_t count = 1) const
    {
        return attendee_webhooks().verify(
            delivered_request{body, std::move(with), count}, keys, {}
        );
    }

    const std::string body = fixture("attendee/signatures/bodies/second_secret.json");
    const std::string of_first = "BUtyqXO9aHPCa2Gf/r5ep2+N+/OQ+rhDkpnIvHyB+UU=";
    const std::string of_second = "ahkSD/w2ovN80Q+JjwTTZWiGQMIXrceBNsMV7MwydVI=";
    std::vector<webhook_key> keys = {
        *attendee_webhooks().parse_secret("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        *attendee_webhooks().parse_secret("ECsF1iGwEswI6LC2aJenLRds+jalCLvGJutFLcw8lmI="),
    };
};

TEST_F(AttendeeVerify, TakesAnyOfSeveralKeys)
{
    EXPECT_TRUE(verify(of_first));
    EXPECT_TRUE(verify(of_second));
    keys.pop_back();
    EXPECT_FALSE(verify(of_second));
}

TEST_F(AttendeeVerify, TakesNothingWithoutAKey)
{
    keys.clear();
    EXPECT_EQ(verify(of_first).error().code, errc::bad_signature);
}

TEST_F(AttendeeVerify, RefusesASignatureThatStandsTwice)
{
    EXPECT_EQ(verify(of_first, 2).error().code, errc::bad_signature);
}

TEST_F(AttendeeVerify, NamesTheHeaderAndNotItsValue)
{
    EXPECT_EQ(verify(std::nullopt).error().where, "x-webhook-signature");
    EXPECT_EQ(verify(of_second.substr(1) + "=").error().where, "x-webhook-signature");
}

TEST_F(AttendeeVerify, RefusesASignatureWithAnyBitChanged)
{
    for (std::size_t i = 0; i < of_first.size(); ++i) {
        auto changed = of_first;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(verify(changed).error().code, errc::bad_signature) << i;
    }
}

TEST_F(AttendeeVerify, GivesTheSameAnswerHoweverManyKeysThereWere)
{
    // More than a thread remembers: what is forgotten is made anew.
    for (int i = 0; i < 200; ++i)
        keys.insert(keys.begin(), webhook_key{std::string(32, static_cast<char>(i))});
    EXPECT_TRUE(verify(of_first));
    EXPECT_TRUE(verify(of_second));
    EXPECT_TRUE(verify(of_first));
}

TEST(AttendeeProvider, KeepsTheHeaderThatSigns)
{
    ASSERT_EQ(attendee_webhooks().signed_headers().size(), 1u);
    EXPECT_EQ(attendee_webhooks().signed_headers()[0], "x-webhook-signature");
    EXPECT_EQ(attendee_webhooks().accepted_status(), 202u);
}

struct refused_secret {
    std::string name, text, where;
    errc code = errc::wrong_type;
};
void PrintTo(const refused_secret& which, std::ostream* out)
{
    *out << which.name;
}

class AttendeeSecret : public testing::TestWithParam<refused_secret> {};

TEST_P(AttendeeSecret, IsRefusedInWordsWithoutTheSecret)
{
    const auto key = attendee_webhooks().parse_secret(GetParam().text);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, GetParam().code);
    EXPECT_EQ(key.error().where, GetParam().where);
}

const refused_secret secrets[] = {
    {"Empty", "", "the secret is empty", errc::missing_field},
    {"WithNewline",
     "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
     "the secret is not standard base64: it has white space at position 45"},
    {"Hexadecimal",
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "the secret has 48 bytes, Attendee's have 32"},
    {"UrlSafe",
     "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd-h8=",
     "the secret is not standard base64: it has a character of the URL-safe alphabet at position "
     "41; standard base64 "
     "has + and /"},
    {"CutOff",
     "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
     "the secret is not standard base64: it has a length of 43, which is not a multiple of four "
     "with its padding"},
    {"TooShort", "AAECAwQFBgcICQoLDA0ODw==", "the secret has 16 bytes, Attendee's have 32"},
    {"InQuotes",
     "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"",
     "the secret is not standard base64: it has a character that is not base64 at position 1"},
};
INSTANTIATE_TEST_SUITE_P(Refused, AttendeeSecret, testing::ValuesIn(secrets), [](const auto& each) {
    return each.param.name;
});

TEST(AttendeeSecrets, AreTheBytesBehindTheBase64)
{
    const auto key =
        attendee_webhooks().parse_secret("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    ASSERT_TRUE(key);
    std::string expected;
    for (char i = 0; i < 32; ++i)
        expected += i;
    EXPECT_EQ(key->bytes, expected);
}

}  // namespace
}  // namespace rollcall::test
