#include "providers/json_array_splitter.hpp"

#include "support/fixtures.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <optional>
#include <random>

namespace rollcall::test {
namespace {

struct cut {
    std::vector<json_array_splitter::element> elements;
    std::optional<fault> why;
};

// In pieces of that many bytes, each in memory of its own.
cut split(std::string_view text, std::size_t piece, const array_limits& allowed = {})
{
    json_array_splitter by{allowed};
    cut found;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        const std::string part{text.substr(at, piece)};
        auto taken = by.take(part);
        if (!taken) {
            found.why = taken.error();
            return found;
        }
        for (auto& each : *taken)
            found.elements.push_back(std::move(each));
    }
    if (const auto closed = by.finish(); !closed)
        found.why = closed.error();
    return found;
}

std::vector<std::string> texts(const cut& of)
{
    std::vector<std::string> all;
    for (const auto& each : of.elements)
        all.push_back(each.text);
    return all;
}

using strings = std::vector<std::string>;

TEST(JsonArraySplitter, GivesTheElementsByteForByteWhateverThePieces)
{
    const std::string text =
        " [ {\"a\" : \"]},\\\"\", \"b\":[1,{}] } ,\n12.5e3,\"x,]\\\\\",null,[[],[\"\"]],{}\t] \n";
    const strings expected{
        R"({"a" : "]},\"", "b":[1,{}] })", "12.5e3", R"("x,]\\")", "null", R"([[],[""]])", "{}"};
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        const auto found = split(text, piece);
        EXPECT_FALSE(found.why) << piece;
        EXPECT_EQ(texts(found), expected) << piece;
    }
    EXPECT_EQ(texts(split("[]", 1)), strings{});
    EXPECT_EQ(texts(split("[ ]", 1)), strings{});
}

TEST(JsonArraySplitter, SaysWhereAnElementBegins)
{
    const auto found = split(R"([{}, {"b":1},7])", 3);
    ASSERT_EQ(found.elements.size(), 3u);
    EXPECT_EQ(found.elements[1].number, 1u);
    EXPECT_EQ(found.elements[1].byte, 5u);
    EXPECT_EQ(found.elements[2].byte, 13u);
}

struct broken_array {
    std::string name, text, where;
};
void PrintTo(const broken_array& which, std::ostream* out)
{
    *out << which.name;
}

class BrokenArray : public testing::TestWithParam<broken_array> {};

TEST_P(BrokenArray, IsAFaultWithItsPlace)
{
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{100}}) {
        const auto found = split(GetParam().text, piece);
        ASSERT_TRUE(found.why);
        EXPECT_EQ(found.why->code, errc::not_json);
        EXPECT_EQ(found.why->where, GetParam().where);
    }
}

const broken_array broken_arrays[] = {
    {"Empty", "", "byte 0"},
    {"Object", R"({"detail":"expired"})", "byte 0"},
    {"Html", "<html>", "byte 0"},
    {"CutInAnElement", R"([{"a":1},{"b")", "byte 13"},
    {"CutBetween", "[{},", "byte 4"},
    {"NotClosed", "[{}", "byte 3"},
    {"TwoCommas", "[{},,{}]", "byte 4"},
    {"CommaAtTheEnd", "[{},]", "byte 4"},
    {"NoComma", "[{}{}]", "byte 3"},
    {"BracketsThatDoNotMatch", R"([{"a":[1}]])", "byte 8"},
    {"BytesAfter", "[] []", "byte 3"},
    {"ColonOutside", "[:]", "byte 1"},
};
INSTANTIATE_TEST_SUITE_P(
    Texts,
    BrokenArray,
    testing::ValuesIn(broken_arrays),
    [](const auto& each) { return each.param.name; }
);

TEST(JsonArraySplitter, PassesOverWhatIsTooLongAndHoldsNoneOfIt)
{
    const array_limits small{.elements = 10, .element_bytes = 20, .depth = 4};
    json_array_splitter by{small};
    ASSERT_TRUE(by.take("[{\"a\":\""));
    for (int i = 0; i < 1000; ++i)
        ASSERT_TRUE(by.take(std::string(1000, 'x')));
    EXPECT_LT(by.held(), 100u);
    const auto rest = by.take("\"},{\"b\":2}]");
    ASSERT_TRUE(rest);
    ASSERT_EQ(rest->size(), 2u);
    EXPECT_EQ((*rest)[0].fault, errc::unknown_value);
    EXPECT_TRUE((*rest)[0].text.empty());
    EXPECT_EQ((*rest)[1].text, R"({"b":2})");
    EXPECT_TRUE(by.finish());

    EXPECT_EQ(texts(split("[12345678901234567890]", 4, small)), strings{"12345678901234567890"});
    EXPECT_EQ(split("[123456789012345678901]", 4, small).elements[0].fault, errc::unknown_value);
}

TEST(JsonArraySplitter, PassesOverWhatIsNestedTooDeeply)
{
    const auto nested = [](std::size_t depth) {
        return "[" + std::string(depth, '[') + std::string(depth, ']') + ",1]";
    };
    const array_limits shallow{.depth = 4};
    EXPECT_EQ(split(nested(4), 2, shallow).elements[0].fault, errc::ok);
    const auto deep = split(nested(5), 2, shallow);
    EXPECT_EQ(deep.elements[0].fault, errc::too_deep);
    EXPECT_EQ(deep.elements[1].text, "1");
    // However deep, and whatever the setting says, there is no stack that grows.
    const auto deeper = split(nested(100'000), 4096, {.depth = 1000});
    EXPECT_FALSE(deeper.why);
    EXPECT_EQ(deeper.elements[0].fault, errc::too_deep);
}

TEST(JsonArraySplitter, IsOverAfterSoManyElements)
{
    const array_limits few{.elements = 2};
    EXPECT_FALSE(split("[1,2]", 1, few).why);
    const auto found = split("[1,2,3]", 1, few);
    ASSERT_TRUE(found.why);
    EXPECT_EQ(found.why->code, errc::unknown_value);
    EXPECT_EQ(found.why->where, "byte 5");
}

TEST(JsonArraySplitter, AgreesWithAParser)
{
    const auto file = fixture("recall/downloads/participant_events.json");
    rapidjson::Document doc;
    doc.Parse(file.data(), file.size());
    const auto found = split(file, 1000);
    ASSERT_FALSE(found.why);
    ASSERT_EQ(found.elements.size(), doc.Size());
    for (rapidjson::SizeType i = 0; i < doc.Size(); ++i) {
        rapidjson::Document element;
        const auto& text = found.elements[i].text;
        element.Parse(text.data(), text.size());
        EXPECT_EQ(element, doc[i]);
    }
    for (std::size_t size = 0; size + 1 < file.size(); size += 7)
        EXPECT_TRUE(split(std::string_view{file}.substr(0, size), 64).why);
}

}  // namespace
}  // namespace rollcall::test
