#include "providers/query_token.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rollcall::test {
namespace {

const std::string token = "Rk9-x.2_~aaaaaaa";

TEST(QueryToken, IsTheOneParameterOfItsName)
{
    for (const auto& query : {"token=" + token, "a=b&token=" + token, "token=" + token + "&x"})
        EXPECT_TRUE(verify_query_token(query, token)) << query;
}

TEST(QueryToken, IsRefusedInAnyOtherForm)
{
    for (const auto& query :
         {std::string{},
          std::string{"token"},
          std::string{"token="},
          "Token=" + token,
          "xtoken=" + token,
          "token=" + token + "a",
          "token=" + token.substr(1),
          std::string{"token="}.append(token).append("&token=").append(token
          ),  // which one is meant?
          "token=x&token=" + token,
          "token=" + token + "&token=x",
          "token=%52" + token.substr(1),
          "token=" + token + "#",
          "?token=" + token,
          "a=b;token=" + token}) {
        const auto verified = verify_query_token(query, token);
        ASSERT_FALSE(verified) << query;
        EXPECT_EQ(verified.error().code, errc::bad_token);
        EXPECT_EQ(verified.error().where, "token");
    }
}

TEST(QueryToken, IsLongAndNeedsNoEscaping)
{
    EXPECT_EQ(query_token_fault(token), "");
    for (const auto* text :
         {"",
          "short",
          "Rk9-x.2_~aaaaaa",
          "aaaaaaaaaaaaaaaa+",
          "aaaaaaaa aaaaaaaa",
          "aaaaaaaa%aaaaaaa",
          "aaaaaaaa\xc3\xbc-aaaaaaa"})
        EXPECT_NE(query_token_fault(text), "") << text;
}

}  // namespace
}  // namespace rollcall::test
