#include "http/get_request.hpp"

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

const base_url plain{.tls = false, .host = "::1", .port = 8000, .path = "/below"};

TEST(GetRequest, IsBelowTheBaseUrlAndAsksForPlainJson)
{
    const headers with{{"Authorization", "Token t"}, {"X-Two", ""}};
    const auto request = render_get(plain, "/api/v1/bots?cursor=a%2Bb", with);
    ASSERT_TRUE(request);
    EXPECT_TRUE(request->starts_with(
        "GET /below/api/v1/bots?cursor=a%2Bb HTTP/1.1\r\nHost: [::1]:8000\r\nUser-Agent: Rollcall/"
    )) << *request;
    EXPECT_TRUE(
        request->ends_with("\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n"
                           "Authorization: Token t\r\nX-Two: \r\n\r\n")
    ) << *request;
}

TEST(GetRequest, IsNeverTwo)
{
    for (const std::string_view target :
         {"", "bots", "http://h/", "/a b", "/a\r\nX: y", "/a#b", "/\xc3\xbc", "/a\x7f"})
        EXPECT_EQ(render_get(plain, target, {}).error(), errc::unsendable_request) << target;

    const headers fields[] = {
        {{"X", "a\r\nY: b"}},
        {{"X", "a\n"}},
        {{"X", std::string{"a\0b", 3}}},
        {{"X Y", "a"}},
        {{"X:", "a"}},
        {{"", "a"}},
        {{"X\r\nY", "a"}},
    };
    for (const auto& each : fields)
        EXPECT_EQ(render_get(plain, "/", each).error(), errc::unsendable_request) << each[0].first;
}

}  // namespace
}  // namespace rollcall::http
