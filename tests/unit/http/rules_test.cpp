#include "http/address.hpp"
#include "http/admission.hpp"
#include "http/render.hpp"

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

std::string rendered(const response& answer, connection_field connection, bool to_head = false)
{
    std::string out;
    render(out, answer, connection, to_head);
    return out;
}

TEST(Render, WritesNoMoreThanIsNeeded)
{
    response accepted;
    accepted.status = 202;
    EXPECT_EQ(
        rendered(accepted, connection_field::none),
        "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
    );
    EXPECT_EQ(
        rendered(accepted, connection_field::close),
        "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
}

TEST(Render, WritesBodyAndFields)
{
    response refused;
    refused.status = 405;
    refused.body = "no\n";
    refused.fields.emplace_back("Allow", "POST");
    const std::string head =
        "HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nContent-Type: "
        "text/plain\r\nContent-Length: 3\r\n"
        "Connection: keep-alive\r\n\r\n";
    EXPECT_EQ(rendered(refused, connection_field::keep_alive), head + "no\n");
    EXPECT_EQ(rendered(refused, connection_field::keep_alive, true), head);
}

TEST(Render, GivesNoLengthWhereNoneIsAllowed)
{
    response nothing;
    nothing.status = 204;
    EXPECT_EQ(rendered(nothing, connection_field::none), "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST(Address, IsHostAndPort)
{
    EXPECT_EQ(parse_address("127.0.0.1:8080"), (host_and_port{"127.0.0.1", 8080}));
    EXPECT_EQ(parse_address("[::]:0"), (host_and_port{"::", 0}));
    EXPECT_EQ(parse_address("localhost:65535"), (host_and_port{"localhost", 65535}));
}

TEST(Address, IsNothingElse)
{
    for (const auto* text :
         {"",
          "8080",
          ":8080",
          "host",
          "host:",
          "host:x",
          "host:1x",
          "host:-1",
          "host:65536",
          "::1:80",
          "[]:80",
          "[::1]",
          "[::1:80",
          "::1]:80"})
        EXPECT_FALSE(parse_address(text)) << text;
}

TEST(Admission, TurnsAwayBeyondTheLimitAndDropsBeyondThat)
{
    EXPECT_EQ(admit(9, 0, 10), admission::serve);
    EXPECT_EQ(admit(10, 0, 10), admission::turn_away);
    EXPECT_EQ(admit(10, most_turned_away, 10), admission::drop);
    EXPECT_EQ(admit(9, most_turned_away, 10), admission::serve);
}

}  // namespace
}  // namespace rollcall::http
