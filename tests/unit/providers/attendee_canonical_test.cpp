#include "providers/attendee/canonical.hpp"
#include "providers/canonical_json.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace rollcall::test {
namespace {

using namespace std::string_literals;

// The canonical form, or the name of the fault.
std::string canonical(std::string_view body)
{
    json_tree tree;
    std::string text;
    if (auto done = attendee::canonical_form(body, tree, text); !done)
        return make_error_code(done.error().code).message() + ", " + done.error().where;
    return text;
}

errc refusal(std::string_view body)
{
    json_tree tree;
    std::string text;
    const auto done = attendee::canonical_form(body, tree, text);
    return done ? errc::ok : done.error().code;
}

std::string repeated(std::string_view text, std::size_t times)
{
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

struct accepted_body {
    std::string name, body, canonical;
};
void PrintTo(const accepted_body& which, std::ostream* out)
{
    *out << which.name;
}

class CanonicalForm : public testing::TestWithParam<accepted_body> {};

TEST_P(CanonicalForm, OfABodyIsTheOneExpected)
{
    EXPECT_EQ(canonical(GetParam().body), GetParam().canonical);
}
TEST_P(CanonicalForm, OfACanonicalFormIsItself)
{
    EXPECT_EQ(canonical(GetParam().canonical), GetParam().canonical);
}

const accepted_body accepted_bodies[] = {
    {"WhiteSpace", " \t\r\n{ \"a\" : [ 1 , { } , [ ] ] }\n ", R"({"a":[1,{},[]]})"},
    {"Scalar", " true ", "true"},
    {"EmptyKey", R"({"b":1,"":2})", R"({"":2,"b":1})"},
    {"KeysThatBeginAlike",
     R"({"participant_b":1,"participant":2,"participant_a":3})",
     R"({"participant":2,"participant_a":3,"participant_b":1})"},
    {"KeyWithNulAfterItsPrefix", R"({"a\u0000":1,"a":2})", R"({"a":2,"a\u0000":1})"},
    {"KeysByCodePoint",
     R"({"\ud83c\udf89":1,"\ue000":2,"z":3})",
     "{\"z\":3,\"\uE000\":2,\"\U0001F389\":1}"},
    {"KeysSortDecoded", R"({"\u0062":1,"a":2})", R"({"a":2,"b":1})"},
    {"SortedInsideArrays", R"([{"b":1,"a":[{"d":1,"c":2}]}])", R"([{"a":[{"c":2,"d":1}],"b":1}])"},
    {"Numbers",
     "[-0,0,1E5,1e+5,-1.50,0.0,1e400,99999999999999999999999]",
     "[-0,0,1E5,1e+5,-1.50,0.0,1e400,99999999999999999999999]"},
    {"ShortEscapes", R"("\b\f\n\r\t\"\\\/")", R"("\b\f\n\r\t\"\\/")"},
    {"LongEscapes",
     R"("\u0008\u000C\u000a\u000D\u0009\u0022\u005c\u002F")",
     R"("\b\f\n\r\t\"\\/")"},
    {"Controls", R"("\u0000\u001F\u000b")", R"("\u0000\u001f\u000b")"},
    {"Delete", R"("\u007F")", "\"\x7F\""},
    {"Separators", R"("\u2028\u2029")", "\"\u2028\u2029\""},
    {"HighestCodePoint", R"("\uDBFF\uDFFF")", "\"\U0010FFFF\""},
    {"ByteOrderMarkInAString", "\"\uFEFF\"", "\"\uFEFF\""},
    {"DecomposedStaysDecomposed", R"("A\u0301")", "\"A\u0301\""},
    {"LongString",
     "\"" + std::string(5000, 'x') + "\\n\"",
     "\"" + std::string(5000, 'x') + "\\n\""},
    {"Depth64", repeated("[", 64) + repeated("]", 64), repeated("[", 64) + repeated("]", 64)},
    {"SameKeyInTwoObjects", R"([{"a":1},{"a":1,"b":{"a":1}}])", R"([{"a":1},{"a":1,"b":{"a":1}}])"},
};
INSTANTIATE_TEST_SUITE_P(
    Accepted,
    CanonicalForm,
    testing::ValuesIn(accepted_bodies),
    [](const auto& each) { return each.param.name; }
);

struct hostile_body {
    std::string name, body;
    errc code = errc::not_json;
};
void PrintTo(const hostile_body& which, std::ostream* out)
{
    *out << which.name;
}

class HostileBody : public testing::TestWithParam<hostile_body> {};

TEST_P(HostileBody, IsRefused)
{
    EXPECT_EQ(refusal(GetParam().body), GetParam().code);
}

const hostile_body hostile_bodies[] = {
    {"Empty", ""},
    {"OnlySpace", "  "},
    {"ByteOrderMark", "\xEF\xBB\xBF{}", errc::not_json},
    {"Nul", "\0"s},
    {"NulAfterwards", "{}\0"s},
    {"NulBetween", "{\0}"s},
    {"NulInAString", "\"\0\""s},
    {"Trailing", "{} {}"},
    {"TrailingComma", R"({"a":1,})"},
    {"TrailingCommaInArray", "[1,]"},
    {"NoColon", R"({"a" 1})"},
    {"NoValue", R"({"a":})"},
    {"NoComma", "[1 2]"},
    {"KeyWithoutQuotes", "{a:1}"},
    {"SingleQuotes", "{'a':1}"},
    {"WrongBracket", R"({"a":1])"},
    {"Comment", "{/* */}"},
    {"LineSeparatorAsSpace", "{}\xE2\x80\xA8"},
    {"FormFeedAsSpace", "{\f}"},
    {"NewlineInAString", "\"a\nb\""},
    {"TabInAKey", "{\"a\tb\":1}"},
    {"UnknownEscape", R"("\x41")"},
    {"UpperCaseEscape", R"("\N")"},
    {"ShortHex", R"("\u12")"},
    {"NoHex", R"("\u12g4")"},
    {"SignInHex", R"("\u+123")"},
    {"LoneHighSurrogate", R"("\ud800")", errc::bad_encoding},
    {"LoneLowSurrogate", R"("\udc00")", errc::bad_encoding},
    {"TwoHighSurrogates", R"("\ud800\ud800")", errc::bad_encoding},
    {"HighSurrogateBeforeText", R"("\ud800abcdef")", errc::bad_encoding},
    {"HighSurrogateBeforeOtherEscape", R"("\ud800\n")", errc::bad_encoding},
    {"LoneSurrogateInAKey", R"({"\udfff":1})", errc::bad_encoding},
    {"RawSurrogate", "\"\xED\xA0\x80\"", errc::bad_encoding},
    {"Overlong2", "\"\xC0\xAF\"", errc::bad_encoding},
    {"Overlong3", "\"\xE0\x9F\xBF\"", errc::bad_encoding},
    {"Overlong4", "\"\xF0\x8F\xBF\xBF\"", errc::bad_encoding},
    {"BeyondUnicode", "\"\xF4\x90\x80\x80\"", errc::bad_encoding},
    {"FiveBytes", "\"\xF8\x88\x80\x80\x80\"", errc::bad_encoding},
    {"LoneContinuation", "\"\x80\"", errc::bad_encoding},
    {"CutOffSequence", "\"\xE2\x82\"", errc::bad_encoding},
    {"CutOffAtTheEnd", "\"\xE2\x82", errc::bad_encoding},
    {"Latin1", "\"Zo\xEB\"", errc::bad_encoding},
    {"Plus", "+1"},
    {"LeadingZero", "01"},
    {"LeadingZeroOfNegative", "-01"},
    {"OnlyMinus", "-"},
    {"NoFraction", "1."},
    {"NoInteger", ".5"},
    {"NoExponent", "1e"},
    {"NoExponentDigits", "1e+"},
    {"Hexadecimal", "0x10"},
    {"NotANumber", "NaN"},
    {"Infinite", "[-Infinity]"},
    {"LiteralInUpperCase", "True"},
    {"LiteralCutOff", "tru"},
    {"LiteralWithMore", "nullx"},
    {"DuplicateKey", R"({"a":1,"b":2,"a":1})", errc::duplicate_key},
    {"DuplicateKeyInEscapes", R"({"a":1,"\u0061":1})", errc::duplicate_key},
    {"DuplicateEmptyKey", R"({"":1,"":1})", errc::duplicate_key},
    {"DuplicateLongKey",
     R"({"participant_uuid":1,"participant_name":1,"participant_uuid":2})",
     errc::duplicate_key},
    {"DuplicateKeyAtDepth", R"({"a":[{"b":{"c":[0,{"d":1,"d":2}]}}]})", errc::duplicate_key},
    {"DuplicateAmongMany",
     "{\"k\":0," +
         [] {
             std::string members;
             for (int i = 0; i < 1000; ++i)
                 members += "\"" + std::to_string(i) + "\":0,";
             return members;
         }() +
         "\"k\":0}",
     errc::duplicate_key},
    {"Depth65", repeated("[", 65) + repeated("]", 65), errc::too_deep},
    {"DepthOfObjects", repeated(R"({"a":)", 65) + "1" + repeated("}", 65), errc::too_deep},
    {"DepthBomb", repeated("[", json_tree::max_bytes), errc::too_deep},
    {"DepthBombOfObjects", repeated(R"({"a":[)", 100'000), errc::too_deep},
    {"TooLong", "\"" + std::string(json_tree::max_bytes, 'x') + "\""},
    {"LongNumberCutOff", std::string(100'000, '9') + "."},
};
INSTANTIATE_TEST_SUITE_P(
    Bodies,
    HostileBody,
    testing::ValuesIn(hostile_bodies),
    [](const auto& each) { return each.param.name; }
);

TEST(CanonicalForms, AreRefusedForABodyCutOffAnywhere)
{
    const auto body = fixture("attendee/webhooks/chat_message.json");
    ASSERT_EQ(refusal(body), errc::ok);
    for (std::size_t size = 0; size < body.size(); ++size) {
        // In memory of its own, so that reading past the end is seen.
        const std::vector<char> cut{body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size)};
        EXPECT_NE(refusal({cut.data(), size}), errc::ok) << size;
    }
}

TEST(CanonicalForms, SayAtWhichByteReadingStopped)
{
    EXPECT_EQ(canonical(R"({"a":1,})"), "not valid JSON, byte 7");
    EXPECT_EQ(canonical("\"Zo\xEB\""), "not valid UTF-8, byte 3");
}

TEST(CanonicalForms, AreMadeOfBodiesUpToOneMebibyte)
{
    const auto body = "\"" + std::string(json_tree::max_bytes - 2, 'x') + "\"";
    EXPECT_EQ(canonical(body), body);
}

TEST(CanonicalForms, DoNotDependOnWhatTheTreeHeldBefore)
{
    json_tree tree;
    std::string text;
    ASSERT_TRUE(attendee::canonical_form(std::string(500'000, ' ') + R"(["\n"])", tree, text));
    ASSERT_FALSE(attendee::canonical_form(R"({"a":1,"a":2})", tree, text));
    EXPECT_EQ(text, "");
    ASSERT_TRUE(attendee::canonical_form(R"({"b":"\n","a":[]})", tree, text));
    EXPECT_EQ(text, R"({"a":[],"b":"\n"})");
}

TEST(CanonicalForms, OfOneMemberAreAppended)
{
    json_tree tree;
    const auto body = R"({"x":{"b":1,"a":"\u00e9"}})"s;
    ASSERT_TRUE(tree.parse(body));
    std::string text = "metadata=";
    append_canonical(text, tree, *tree.find(tree.root(), "x"));
    EXPECT_EQ(text, "metadata={\"a\":\"é\",\"b\":1}");
}

}  // namespace
}  // namespace rollcall::test
