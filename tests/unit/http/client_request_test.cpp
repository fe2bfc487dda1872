#include "http/client_request.hpp"

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

result<std::string> render_get(const base_url& to, std::string_view target, const headers& with)
{
    return render(to, {.target = target}, with);
}

const base_url plain{.tls = false, .host = "::1", .port = 8000, .path = "/below"};

TEST(ClientRequest, IsBelowTheBaseUrlAndAsksForPlainJson)
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

TEST(ClientRequest, CarriesABodyWithItsLength)
{
    const client_request what{"/a/1/", method::patch, R"({"metadata":{}})"};
    const auto request = render(plain, what, {{"X", "y"}});
    ASSERT_TRUE(request);
    EXPECT_TRUE(request->starts_with("PATCH /below/a/1/ HTTP/1.1\r\n")) << *request;
    EXPECT_TRUE(request->ends_with(
        "\r\nContent-Type: application/json\r\nContent-Length: 15\r\nX: y\r\n\r\n{\"metadata\":{}}"
    )) << *request;
}

TEST(ClientRequest, SaysWhatItsBodyIs)
{
    const client_request what{"/a", method::post, "[]", "application/cloudevents-batch+json"};
    const auto request = render(plain, what, {});
    ASSERT_TRUE(request);
    EXPECT_NE(
        request->find("\r\nContent-Type: application/cloudevents-batch+json\r\n"), std::string::npos
    );
    EXPECT_EQ(
        render(plain, {"/a", method::post, "[]", "a\r\nX: y"}, {}).error(), errc::unsendable_request
    );
}

TEST(ClientRequest, SaysOfAnEmptyBodyWhatItsMethodNeeds)
{
    const auto length = [](method how) {
        const auto request = render(plain, {"/a", how}, {});
        return request->find("\r\nContent-Length: 0\r\n") != std::string::npos;
    };
    EXPECT_TRUE(length(method::post));
    EXPECT_TRUE(length(method::put));
    EXPECT_FALSE(length(method::erase));
    EXPECT_FALSE(length(method::get));
    EXPECT_TRUE(render(plain, {"/a", method::erase}, {})->starts_with("DELETE /below/a "));
    EXPECT_EQ(render(plain, {"/a", method::get, "{}"}, {}).error(), errc::unsendable_request);
}

TEST(ClientRequest, IsNeverTwo)
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
