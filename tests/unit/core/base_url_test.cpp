#include "core/base_url.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace rollcall {

static void PrintTo(const base_url& url, std::ostream* out)
{
    *out << (url.tls ? "https " : "http ") << url.host << " " << url.port << " " << url.path;
}

namespace test {
namespace {

struct good_url {
    std::string_view text;
    base_url expected;
    std::string_view authority;
};

const good_url good[] = {
    {"https://app.attendee.dev", {true, "app.attendee.dev", 443, ""}, "app.attendee.dev"},
    {"https://app.attendee.dev/", {true, "app.attendee.dev", 443, ""}, "app.attendee.dev"},
    {"HTTPS://App.Attendee.DEV:443//", {true, "app.attendee.dev", 443, ""}, "app.attendee.dev"},
    {"http://attendee:8000/a/B%20/", {false, "attendee", 8000, "/a/B%20"}, "attendee:8000"},
    {"http://my_attendee", {false, "my_attendee", 80, ""}, "my_attendee"},
    {"http://h:443", {false, "h", 443, ""}, "h:443"},
    {"https://10.0.0.7:65535", {true, "10.0.0.7", 65535, ""}, "10.0.0.7:65535"},
    {"https://[FD00::7]", {true, "fd00::7", 443, ""}, "[fd00::7]"},
    {"http://[::1]:8000/x", {false, "::1", 8000, "/x"}, "[::1]:8000"},
};

TEST(BaseUrl, IsReadInItsParts)
{
    for (const auto& [text, expected, authority] : good) {
        const auto url = parse_base_url(text);
        ASSERT_TRUE(url) << text << " " << url.error().what;
        EXPECT_EQ(*url, expected) << text;
        EXPECT_EQ(url->authority(), authority);
        const auto again = parse_base_url(url->text());
        ASSERT_TRUE(again) << url->text();
        EXPECT_EQ(*again, expected) << url->text();
    }
}

TEST(BaseUrl, HasOneSpelling)
{
    EXPECT_EQ(parse_base_url("HTTPS://App.Attendee.DEV:443//")->text(), "https://app.attendee.dev");
    EXPECT_EQ(parse_base_url("http://[::1]:8000/x/")->text(), "http://[::1]:8000/x");
}

struct bad_url {
    std::string_view text;
    std::string_view why;
};

const bad_url bad[] = {
    {"", "does not begin with https:// or http://"},
    {"app.attendee.dev", "does not begin with https:// or http://"},
    {"https", "does not begin with https:// or http://"},
    {"https:/h", "does not begin with https:// or http://"},
    {"ftp://h", "does not begin with https:// or http://"},
    {"https://", "has no valid host"},
    {"https:///path", "has no valid host"},
    {"https://:443", "has no valid host"},
    {"https://a..b", "has no valid host"},
    {"https://h.", "has no valid host"},
    {"https://a b", "has no valid host"},
    {"https://z\xc3\xbcrich.example", "has no valid host"},
    {"https://fd00::7", "has no valid port"},
    {"https://[fd00::7", "has a bracket that is not closed"},
    {"https://[h]", "has no IPv6 address between its brackets"},
    {"https://[fe80::1%eth0]", "has no IPv6 address between its brackets"},
    {"https://[::1]8", "has no valid port"},
    {"https://h:", "has no valid port"},
    {"https://h:0", "has no valid port"},
    {"https://h:65536", "has no valid port"},
    {"https://h:+1", "has no valid port"},
    {"https://h:8o", "has no valid port"},
    {"https://user@h", "has a user name or a password"},
    {"https://user:secret@h/a", "has a user name or a password"},
    {"https://h/?a=b", "has a query"},
    {"https://h?a=b", "has a query"},
    {"https://h/#top", "has a fragment"},
    {"https://h/?a#top", "has a fragment"},
    {"https://h/a b", "has a path with characters that need to be percent-encoded"},
    {"https://h/a\r\nX: y", "has a path with characters that need to be percent-encoded"},
    {"https://h/\xc3\xbc", "has a path with characters that need to be percent-encoded"},
};

TEST(BaseUrl, NamesWhatIsWrong)
{
    for (const auto& [text, why] : bad) {
        const auto url = parse_base_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().what, why) << text;
    }
}

TEST(BaseUrl, TakesAHostOfAtMost253Characters)
{
    const std::string host = "a." + std::string(251, 'b');
    EXPECT_TRUE(parse_base_url("https://" + host));
    EXPECT_FALSE(parse_base_url("https://" + host + "b"));
}

}  // namespace
}  // namespace test
}  // namespace rollcall
