#include "http/head_scan.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rollcall::http {
namespace {

TEST(HeadScan, EndsAtTheBlankLine)
{
    const std::string head = "POST /hooks/a HTTP/1.1\r\nHost: a\r\n\r\n";
    head_scan scan;
    EXPECT_EQ(scan.advance(head + "body\r\n\r\n"), head_state::complete);
    EXPECT_EQ(scan.size(), head.size());
}

TEST(HeadScan, SaysTheSameHoweverTheHeadIsCut)
{
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
    head_scan byte_by_byte;
    for (std::size_t size = 0; size < head.size(); ++size)
        ASSERT_EQ(byte_by_byte.advance(head.substr(0, size)), head_state::incomplete) << size;
    EXPECT_EQ(byte_by_byte.advance(head), head_state::complete);
    EXPECT_EQ(byte_by_byte.size(), head.size());
}

TEST(HeadScan, RefusesWhatTwoParsersMayReadDifferently)
{
    for (const std::string_view head : {
             "GET / HTTP/1.1\nHost: a\r\n\r\n",          // a bare line feed
             "GET / HTTP/1.1\r\nHost: a\n\r\n",          //
             "GET / HTTP/1.1\r\nHost: a\r\n\n",          //
             "\nGET / HTTP/1.1\r\n\r\n",                 //
             "GET / HTTP/1.1\r\nX: a\r\n b: c\r\n\r\n",  // a folded field
             "GET / HTTP/1.1\r\nX: a\r\n\tb\r\n\r\n",    //
             "GET / HTTP/1.1\r\n Host: a\r\n\r\n",       // space before the first field
             " GET / HTTP/1.1\r\n\r\n",                  // and before the request line
             "\x16\x03\x01\x02",                         // TLS on a plain port
         })
        EXPECT_EQ(head_scan{}.advance(head), head_state::malformed) << head;
}

TEST(SplitTarget, KnowsEveryForm)
{
    struct {
        std::string_view target, path, query;
    } const forms[] = {
        {"/hooks/a", "/hooks/a", ""},
        {"/hooks/a?b=c?d", "/hooks/a", "b=c?d"},
        {"/?", "/", ""},
        {"http://host:80/hooks/a?b", "/hooks/a", "b"},
        {"http://host", "/", ""},
        {"http://host?b", "/", "b"},
        {"/a?u=http://x/y", "/a", "u=http://x/y"},
        {"*", "*", ""},
        {"host:443", "host:443", ""},
    };
    for (const auto& form : forms) {
        const auto parts = split_target(form.target);
        EXPECT_EQ(parts.path, form.path) << form.target;
        EXPECT_EQ(parts.query, form.query) << form.target;
    }
}

}  // namespace
}  // namespace rollcall::http
