#include "providers/base64.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace rollcall::test {
namespace {

TEST(Base64, DecodesTheVectorsOfRfc4648)
{
    const std::pair<std::string_view, std::string_view> vectors[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"},
        {"//79/A==", "\xFF\xFE\xFD\xFC"},
    };
    for (const auto& [text, bytes] : vectors) {
        const auto decoded = decode_base64(text);
        ASSERT_TRUE(decoded) << text << ": " << decoded.error().where;
        EXPECT_EQ(*decoded, bytes);
    }
}

TEST(Base64, HasOneTextForEachValue)
{
    for (const auto* text :
         {"Zg",
          "Zg=",
          "Zg===",
          "Z===",
          "Zh==",
          "Zm9=",
          "Zm9v\n",
          " Zm9v",
          "Zm=v",
          "Z",
          "====",
          "Zm-_",
          "Zm9v="})
        EXPECT_FALSE(decode_base64(text)) << text;
    EXPECT_FALSE(decode_base64(std::string_view{"Zm9\0", 4}));
}

}  // namespace
}  // namespace rollcall::test
