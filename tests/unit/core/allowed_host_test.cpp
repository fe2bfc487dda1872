#include "core/allowed_host.hpp"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

bool admits(std::string_view entry, std::string_view url)
{
    const auto parsed = parse_allowed_host(entry);
    return parsed && parsed->admits(split_url(url)->origin);
}

TEST(AllowedHost, IsOneNameOverHttpsOnItsUsualPort)
{
    EXPECT_TRUE(admits("files.example.com", "https://files.example.com/a?b=c"));
    EXPECT_TRUE(admits("Files.Example.com", "https://FILES.example.COM:443/a"));
    EXPECT_FALSE(admits("files.example.com", "http://files.example.com/a"));
    EXPECT_FALSE(admits("files.example.com", "https://files.example.com:8443/a"));
    EXPECT_FALSE(admits("files.example.com", "https://a.files.example.com/a"));
    EXPECT_FALSE(admits("files.example.com", "https://files.example.com.evil.net/"));
    EXPECT_FALSE(parse_allowed_host("files.example.com")->trusted);
}

TEST(AllowedHost, IsAnyNameBelowAnother)
{
    EXPECT_TRUE(admits("*.example.com", "https://a.b.example.com/"));
    EXPECT_FALSE(admits("*.example.com", "https://example.com/"));
    EXPECT_FALSE(admits("*.example.com", "https://a.example.com.evil.net/"));
    EXPECT_FALSE(admits("*.example.com", "https://badexample.com/"));
}

TEST(AllowedHost, IsTrustedAsAnOrigin)
{
    const auto entry = parse_allowed_host("http://127.0.0.1:8080");
    ASSERT_TRUE(entry);
    EXPECT_TRUE(entry->trusted);
    EXPECT_TRUE(admits("http://127.0.0.1:8080", "http://127.0.0.1:8080/x"));
    EXPECT_FALSE(admits("http://127.0.0.1:8080", "http://127.0.0.1:8081/x"));
    EXPECT_FALSE(admits("http://127.0.0.1:8080", "https://127.0.0.1:8080/x"));
    EXPECT_TRUE(parse_allowed_host("https://inner.example.com")->trusted);
}

TEST(AllowedHost, IsNothingElse)
{
    for (const std::string_view bad :
         {"",
          "*",
          "*.",
          "*.com",
          "a b",
          "a.com:8443",
          "a.com/x",
          "ftp://a.com",
          "http://u@a.com",
          "http://a.com/x",
          "*.*.com"})
        EXPECT_FALSE(parse_allowed_host(bad)) << bad;
}

TEST(SplitUrl, ChangesNotOneByteOfTheTarget)
{
    const auto url =
        split_url("HTTPS://Us-West-2.recall.ai/api/v1/d?token=e%3AE%2f..%2F&x=a+b/../c");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->origin.text(), "https://us-west-2.recall.ai");
    EXPECT_EQ(url->target, "/api/v1/d?token=e%3AE%2f..%2F&x=a+b/../c");
    EXPECT_EQ(split_url("https://h")->target, "/");
    EXPECT_EQ(split_url("https://h?a=b")->target, "/?a=b");
}

TEST(SplitUrl, RefusesWhatARequestCannotCarry)
{
    for (const std::string_view bad :
         {"",
          "/a",
          "h/a",
          "//h/a",
          "file:///etc/passwd",
          "https://u:p@h/a",
          "https://h/a#b",
          "https://",
          "https://h:0/",
          "gopher://h/"})
        EXPECT_FALSE(split_url(bad)) << bad;
}

}  // namespace
}  // namespace rollcall
