#include "posted_request.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace rollcall::test {
namespace {

std::string signature_fixture(const std::string& name)
{
    return fixture("realtimekit/signature/" + name);
}

std::unique_ptr<const provider> realtimekit(std::vector<std::string> prefixes = {})
{
    source_options options;
    options.header_prefixes = std::move(prefixes);
    return make_provider("realtimekit", options);
}

webhook_key key_of(const std::string& file)
{
    const auto key = realtimekit()->parse_secret(signature_fixture(file));
    EXPECT_TRUE(key) << file;
    return key ? *key : webhook_key{};
}
webhook_key current_key()
{
    return key_of("test_rsa_current_public.pem");
}
webhook_key next_key()
{
    return key_of("test_rsa_next_public.pem");
}

struct vector {
    std::string name, body_file, key_file, header, signature;
    bool valid = false;
};
void PrintTo(const vector& which, std::ostream* out)
{
    *out << which.name;
}

std::vector<vector> recorded_vectors()
{
    const auto text = signature_fixture("vectors.json");
    rapidjson::Document doc;
    doc.Parse(text.data(), text.size());
    std::vector<vector> all;
    for (const auto& each : doc["vectors"].GetArray())
        all.push_back(
            {each["name"].GetString(),
             each["body_file"].GetString(),
             each["public_key_file"].GetString(),
             each["header"].GetString(),
             each["signature"].GetString(),
             each["valid"].GetBool()}
        );
    return all;
}

class RealtimekitVector : public testing::TestWithParam<vector> {};

TEST_P(RealtimekitVector, IsJudgedAsItSays)
{
    const auto body = signature_fixture(GetParam().body_file);
    const posted_request request{body, {{GetParam().header, GetParam().signature}}};
    const auto key = key_of(GetParam().key_file);
    const auto from = realtimekit({"rtk-", "dyte-"});
    const auto verified = from->verify(request, {&key, 1}, {});
    const auto wrong = GetParam().signature.empty() ? errc::missing_signature : errc::bad_signature;
    EXPECT_EQ(verified ? errc::ok : verified.error().code, GetParam().valid ? errc::ok : wrong);
}

INSTANTIATE_TEST_SUITE_P(
    Recorded,
    RealtimekitVector,
    testing::ValuesIn(recorded_vectors()),
    [](const auto& each) { return each.param.name; }
);

vector vector_of(const std::string& name)
{
    for (auto& each : recorded_vectors())
        if (each.name == name)
            return each;
    throw std::logic_error("no vector " + name);
}

// One of the vectors as it is sent, and what may be changed of it.
struct delivery {
    std::string body = signature_fixture("joined_compact.body");
    std::string signature = vector_of("joined_ok").signature;

    errc judged(const provider& by, std::vector<webhook_key> keys, headers fields) const
    {
        const auto verified = by.verify(posted_request{body, std::move(fields)}, keys, {});
        return verified ? errc::ok : verified.error().code;
    }
};

TEST(RealtimekitSignature, IsByAnyOfTheKeys)
{
    const delivery sent;
    const auto from = realtimekit();
    const headers fields{{"rtk-signature", sent.signature}};
    EXPECT_EQ(sent.judged(*from, {current_key()}, fields), errc::ok);
    EXPECT_EQ(sent.judged(*from, {next_key(), current_key()}, fields), errc::ok);
    EXPECT_EQ(sent.judged(*from, {next_key()}, fields), errc::bad_signature);
    EXPECT_EQ(sent.judged(*from, {}, fields), errc::bad_signature);
}

TEST(RealtimekitSignature, IsFailedByEveryChangedByte)
{
    const auto from = realtimekit();
    for (std::size_t at = 0; at < delivery{}.body.size(); at += 7) {
        delivery sent;
        sent.body[at] = static_cast<char>(sent.body[at] ^ 1);
        EXPECT_EQ(
            sent.judged(*from, {current_key()}, {{"rtk-signature", sent.signature}}),
            errc::bad_signature
        ) << at;
    }
}

TEST(RealtimekitSignature, CountsUnderTheOlderPrefixOnlyWhenConfigured)
{
    const delivery sent;
    const headers older{{"dyte-signature", sent.signature}};
    EXPECT_EQ(sent.judged(*realtimekit(), {current_key()}, older), errc::missing_signature);
    EXPECT_EQ(sent.judged(*realtimekit({"rtk-", "dyte-"}), {current_key()}, older), errc::ok);
    // The present one decides where both are there.
    const headers both{{"rtk-signature", "AAAA"}, {"dyte-signature", sent.signature}};
    EXPECT_EQ(
        sent.judged(*realtimekit({"rtk-", "dyte-"}), {current_key()}, both), errc::bad_signature
    );
}

TEST(RealtimekitSignature, StandsInTheRequestOnce)
{
    const delivery sent;
    EXPECT_EQ(sent.judged(*realtimekit(), {current_key()}, {}), errc::missing_signature);
    EXPECT_EQ(
        sent.judged(
            *realtimekit(),
            {current_key()},
            {{"rtk-signature", sent.signature}, {"rtk-signature", sent.signature}}
        ),
        errc::bad_signature
    );
}

TEST(RealtimekitSignature, MayBeByANewerKeyOnlyIfItCouldBeOne)
{
    const auto from = realtimekit();
    const auto may_be = [&](const std::string& signature) {
        return from->may_need_newer_key(posted_request{"{}", {{"rtk-signature", signature}}});
    };
    EXPECT_TRUE(may_be(vector_of("rotated_key_old_cache").signature));
    EXPECT_TRUE(may_be(vector_of("tampered_body").signature));
    EXPECT_FALSE(may_be(""));
    EXPECT_FALSE(may_be("%%%not-base64%%%"));
    EXPECT_FALSE(may_be("AAAA"));
    EXPECT_FALSE(may_be(std::string(4'000, 'A')));
    EXPECT_FALSE(from->may_need_newer_key(posted_request{"{}", {}}));
}

TEST(RealtimekitKey, IsReadFromTheAnswerWithLineEndsOfEitherForm)
{
    const auto from = realtimekit();
    for (const auto* file :
         {"well_known_webhooks.json", "well_known_webhooks_escaped_newlines.json"}) {
        const auto key = from->read_key_answer(fixture("realtimekit/keys/" + std::string{file}));
        ASSERT_TRUE(key) << key.error().where;
        EXPECT_EQ(key->kind, key_kind::rsa);
        EXPECT_EQ(key->bytes, current_key().bytes);
    }
    const auto rotated =
        from->read_key_answer(fixture("realtimekit/keys/well_known_webhooks_rotated.json"));
    ASSERT_TRUE(rotated);
    EXPECT_EQ(rotated->bytes, next_key().bytes);
}

TEST(RealtimekitKey, IsTakenFromTheTopWhereThereIsNoData)
{
    const auto answer = fixture("realtimekit/keys/well_known_webhooks.json");
    const auto begin = answer.find("\"publicKey\"");
    const auto member = answer.substr(begin, answer.find('}') - begin);
    const auto key = realtimekit()->read_key_answer("{" + member + "}");
    ASSERT_TRUE(key) << key.error().where;
    EXPECT_EQ(key->bytes, current_key().bytes);
}

struct bad_answer {
    std::string name, body, where;
    errc code = errc::wrong_type;
};
void PrintTo(const bad_answer& which, std::ostream* out)
{
    *out << which.name;
}
class BadKeyAnswer : public testing::TestWithParam<bad_answer> {};

TEST_P(BadKeyAnswer, GivesNoKey)
{
    const auto key = realtimekit()->read_key_answer(GetParam().body);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, GetParam().code);
    EXPECT_EQ(key.error().where, GetParam().where);
}

const bad_answer bad_answers[] = {
    {"Page", "<html></html>", "byte 0", errc::not_json},
    {"Array", "[]", ""},
    {"Failure", R"({"success":false,"data":{"publicKey":"x"}})", "success", errc::unknown_value},
    {"NoKey", R"({"success":true,"data":{}})", "data.publicKey", errc::missing_field},
    {"EmptyKey", R"({"data":{"publicKey":""}})", "data.publicKey", errc::missing_field},
    {"NoText", R"({"data":{"publicKey":7}})", "data.publicKey"},
    {"Garbage",
     R"({"data":{"publicKey":"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"}})",
     "the key is no public key in PEM (-----BEGIN PUBLIC KEY-----)"},
};
INSTANTIATE_TEST_SUITE_P(
    Answers,
    BadKeyAnswer,
    testing::ValuesIn(bad_answers),
    [](const auto& each) { return each.param.name; }
);

TEST(RealtimekitKey, PinnedInTheSettingsIsAPublicRsaKeyAndNothingElse)
{
    const auto from = realtimekit();
    const auto fault_of = [&](const std::string& text) {
        const auto key = from->parse_secret(text);
        return key ? std::string{} : key.error().where;
    };
    EXPECT_EQ(fault_of(signature_fixture("test_rsa_next_public.pem")), "");
    EXPECT_EQ(fault_of(""), "the key is empty");
    EXPECT_EQ(
        fault_of(signature_fixture("test_rsa_current_private.pem")),
        "the key is no public key in PEM (-----BEGIN PUBLIC KEY-----)"
    );
    EXPECT_EQ(
        fault_of("-----BEGIN PUBLIC KEY-----\n"
                 "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                 "-----END PUBLIC KEY-----\n"),
        "the key is no RSA key"
    );
    EXPECT_EQ(fault_of(std::string(20'000, 'A')), "the key is longer than any public key");
}

}  // namespace
}  // namespace rollcall::test
