#include "http/answer_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace rollcall::http {
namespace {

constexpr answer_limits roomy{.header_bytes = 1024, .body_bytes = 1024};

// Everything at once, or in pieces; what the first refusal was.
error_code feed(
    answer_reader& reader,
    std::string_view bytes,
    std::size_t piece = std::numeric_limits<std::size_t>::max()
)
{
    while (!bytes.empty()) {
        const auto count = std::min(piece, bytes.size());
        if (const auto ec = reader.take(bytes.substr(0, count)))
            return ec;
        bytes.remove_prefix(count);
    }
    return {};
}

struct good_answer {
    std::string_view bytes;
    unsigned status;
    std::string_view body;
    bool keep_alive;
};

constexpr good_answer good[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true},
    {"HTTP/1.1 200 \r\ncontent-length:0\r\n\r\n", 200, "", true},
    {"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno",
     404,
     "no",
     false},
    {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false},
    {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", 200, "ok", true},
    {"HTTP/1.1 301 Moved\r\nLocation: http://h/\r\nContent-Length: 0\r\n\r\n", 301, "", true},
    {"HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", 304, "", true},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", 200, "", true},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
     "3\r\nabc\r\n00A;name=\"v\"\r\n0123456789\r\n0\r\nX-Trailer: t\r\n\r\n",
     200,
     "abc0123456789",
     true},
    {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
     200,
     "ok",
     true},
    {"HTTP/1.1 200 OK\r\nContent-Encoding: Identity\r\nContent-Length: 2\r\n\r\nok",
     200,
     "ok",
     true},
    {"HTTP/1.1 200 OK\r\nContent-Encoding:\r\nContent-Length: 2\r\n\r\nok", 200, "ok", true},
};

TEST(AnswerReader, ReadsAnAnswerHoweverItIsCut)
{
    for (const auto& [bytes, status, body, keep_alive] : good) {
        for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
            answer_reader reader{roomy};
            ASSERT_FALSE(feed(reader, bytes.substr(0, bytes.size() - 1), piece)) << bytes;
            EXPECT_FALSE(reader.complete()) << bytes;
            ASSERT_FALSE(reader.take(bytes.substr(bytes.size() - 1))) << bytes;
            ASSERT_TRUE(reader.complete()) << bytes;
            EXPECT_EQ(reader.keep_alive(), keep_alive) << bytes;
            const auto answer = reader.release();
            EXPECT_EQ(answer.status, status) << bytes;
            EXPECT_EQ(answer.body, body) << bytes;
        }
    }
}

TEST(AnswerReader, HasTheFieldsOfTheFinalHeadInOrder)
{
    answer_reader reader{roomy};
    ASSERT_FALSE(
        reader.take("HTTP/1.1 103 Early Hints\r\nX-Hint: h\r\n\r\n"
                    "HTTP/1.1 200 OK\r\nDate: now\r\nX-Two:  1 \r\nTransfer-Encoding: "
                    "chunked\r\nx-two: 2\r\n\r\n"
                    "0\r\nX-Trailer: t\r\nX-Two: 3\r\n\r\n")
    );
    ASSERT_TRUE(reader.complete());
    const headers expected{
        {"date", "now"}, {"x-two", "1"}, {"transfer-encoding", "chunked"}, {"x-two", "2"}};
    EXPECT_EQ(reader.release().fields, expected);
}

TEST(AnswerReader, TakesTheConnectionsEndForTheBodysWhereThereIsNoLength)
{
    answer_reader reader{roomy};
    ASSERT_FALSE(feed(reader, "HTTP/1.1 200 OK\r\n\r\nall there is", 3));
    EXPECT_FALSE(reader.complete());
    ASSERT_FALSE(reader.take_end());
    ASSERT_TRUE(reader.complete());
    EXPECT_FALSE(reader.keep_alive());
    EXPECT_EQ(reader.release().body, "all there is");
}

TEST(AnswerReader, DoesNotKeepAConnectionThatHasMoreToSay)
{
    answer_reader reader{roomy};
    ASSERT_FALSE(reader.take("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"));
    ASSERT_TRUE(reader.complete());
    EXPECT_FALSE(reader.keep_alive());
    EXPECT_EQ(reader.release().body, "ok");
}

TEST(AnswerReader, CallsAnAnswerThatEndsTooSoonBroken)
{
    for (const std::string_view bytes :
         {"",
          "HTTP/1.1 200 OK\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
          "HTTP/1.1 100 Continue\r\n\r\n"}) {
        answer_reader reader{roomy};
        ASSERT_FALSE(feed(reader, bytes)) << bytes;
        EXPECT_EQ(reader.begun(), !bytes.empty());
        EXPECT_EQ(reader.take_end(), errc::answer_broken) << bytes;
        EXPECT_FALSE(reader.complete()) << bytes;
    }
}

struct bad_answer {
    std::string_view bytes;
    errc why;
};

constexpr bad_answer bad[] = {
    {"\x15\x03\x01\x00\x02\x02\x46", errc::answer_broken},  // a TLS alert
    {"SSH-2.0-OpenSSH_9.2\r\n\r\n", errc::answer_broken},
    {"HTTP/2 200 OK\r\n\r\n", errc::answer_broken},
    {"HTTP/1.1 099 OK\r\n\r\n", errc::answer_broken},
    {"HTTP/1.1 20 OK\r\n\r\n", errc::answer_broken},
    {"HTTP/1.1 200 OK\nContent-Length: 0\n\n", errc::answer_broken},
    {"HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n", errc::answer_broken},
    {"HTTP/1.1 200 OK\r\nX: a\r\n folded\r\nContent-Length: 0\r\n\r\n", errc::answer_broken},
    {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", errc::answer_broken},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", errc::answer_broken},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", errc::answer_broken},
    {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", errc::answer_broken},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
     errc::answer_broken},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", errc::answer_broken},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", errc::answer_broken},
    {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", errc::answer_broken},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n", errc::answer_broken},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
     errc::answer_broken},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", errc::answer_broken},
    {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n",
     errc::answer_encoded},
    {"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n", errc::answer_encoded},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1025\r\n\r\n", errc::answer_too_large},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n401\r\n", errc::answer_too_large},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
     errc::answer_too_large},
};

TEST(AnswerReader, RefusesWhatIsNoAnswerOrCouldBeReadInTwoWays)
{
    for (const auto& [bytes, why] : bad) {
        answer_reader whole{roomy};
        EXPECT_EQ(feed(whole, bytes), why) << bytes;
        answer_reader piecewise{roomy};
        EXPECT_EQ(feed(piecewise, bytes, 1), why) << bytes;
    }
}

TEST(AnswerReader, MissesTheBodyOfASuccessOnly)
{
    const std::string refusals[] = {
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Encoding: gzip\r\n"
        "Content-Length: 5\r\n\r\nxxxxx",
        "HTTP/1.1 401 Unauthorized\r\nRetry-After: 7\r\nContent-Encoding: br\r\n"
        "Transfer-Encoding: chunked\r\n\r\n5\r\nxxxxx\r\n0\r\n\r\n",
        "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 99999999\r\n\r\nxxxxx",
        "HTTP/1.1 500 Oh\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n",
        "HTTP/1.1 502 Oh\r\nRetry-After: 7\r\n\r\n" + std::string(4'000, 'x')};
    for (const auto& bytes : refusals) {
        for (const std::size_t piece : {bytes.size(), std::size_t{1}}) {
            answer_reader reader{roomy};
            ASSERT_FALSE(feed(reader, bytes, piece)) << bytes;
            ASSERT_TRUE(reader.complete()) << bytes;
            EXPECT_FALSE(reader.keep_alive()) << bytes;
            const auto answer = reader.release();
            EXPECT_EQ(std::to_string(answer.status), bytes.substr(9, 3));
            EXPECT_EQ(find_header(answer.fields, "retry-after"), "7") << bytes;
            EXPECT_EQ(answer.body, "") << bytes;
        }
    }
}

// What a host that never stops sends, until it is refused: with what, and after how many bytes.
struct flood {
    const char* name;
    std::string start;
    std::string again;
};

TEST(AnswerReader, IsBoundedWhateverComesForEver)
{
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const flood floods[] = {
        {"fields", "HTTP/1.1 200 OK\r\n", "X: y\r\n"},
        {"one field", "HTTP/1.1 200 OK\r\nX: ", "y"},
        {"status line", "HTTP/1.1 200 ", "OK "},
        {"1xx", "", "HTTP/1.1 100 Continue\r\n\r\n"},
        {"chunk extension", chunked + "5", ";a=b"},
        {"chunk size", chunked, "0"},
        {"trailers", chunked + "0\r\n", "X: y\r\n"},
        {"chunks", chunked, "1\r\nx\r\n"},
        {"body without a length", "HTTP/1.1 200 OK\r\n\r\n", "x"},
    };
    for (const auto& [name, start, again] : floods) {
        answer_reader reader{roomy};
        ASSERT_FALSE(feed(reader, start)) << name;
        std::size_t sent = start.size();
        error_code refused;
        for (; !refused && sent < 100'000; sent += again.size())
            refused = reader.take(again);
        EXPECT_EQ(refused, errc::answer_too_large) << name;
        EXPECT_LE(sent, 8 * 1024U) << name;
    }
}

TEST(AnswerReader, TakesWhatIsExactlyAsLargeAsAllowed)
{
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
    answer_reader exact{{.header_bytes = head.size(), .body_bytes = 100}};
    EXPECT_FALSE(feed(exact, head + std::string(100, 'x')));
    EXPECT_TRUE(exact.complete());

    answer_reader smaller_head{{.header_bytes = head.size() - 1, .body_bytes = 100}};
    EXPECT_EQ(feed(smaller_head, head), errc::answer_too_large);
    answer_reader smaller_body{{.header_bytes = head.size(), .body_bytes = 99}};
    EXPECT_EQ(feed(smaller_body, head), errc::answer_too_large);
}

}  // namespace
}  // namespace rollcall::http
