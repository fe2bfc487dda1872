#include "http/request_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

namespace rollcall::http {
namespace {

using progress = request_reader::progress;

// Feeds bytes in pieces of `piece`, as far as the reader wants them before its request is complete.
progress feed(request_reader& reader, std::string_view& bytes, std::size_t piece)
{
    auto at = reader.advance();
    while ((at == progress::need_head || at == progress::need_body) && !bytes.empty()) {
        const auto room = reader.room();
        const auto count = std::min({piece, room.size(), bytes.size()});
        std::copy_n(bytes.data(), count, room.data());
        bytes.remove_prefix(count);
        reader.received(count);
        at = reader.advance();
    }
    return at;
}

constexpr std::string_view three_requests =
    "POST /a?q=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nX-Twice: 1\r\nx-twice: 2\r\n\r\nhello"
    "\r\n"  // what some clients send behind a body
    "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
    "3\r\nabc\r\n00A;name=\"v\"\r\n0123456789\r\n0\r\nX-Trailer: t\r\nHost: t\r\n\r\n"
    "GET /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

TEST(RequestReader, ReadsPipelinedRequestsHoweverTheyAreCut)
{
    const limits allowed;
    for (std::size_t piece = 1; piece <= three_requests.size(); ++piece) {
        request_reader reader{allowed, {}};
        auto bytes = three_requests;

        ASSERT_EQ(feed(reader, bytes, piece), progress::complete) << piece;
        EXPECT_EQ(reader.current().method, "POST");
        EXPECT_EQ(reader.current().path, "/a");
        EXPECT_EQ(reader.current().query, "q=1");
        EXPECT_EQ(reader.current().body, "hello");
        EXPECT_EQ(reader.current().find("X-TWICE").value, "1");
        EXPECT_EQ(reader.current().find("X-TWICE").count, 2U);
        EXPECT_TRUE(reader.keep_alive());
        reader.next();

        ASSERT_EQ(feed(reader, bytes, piece), progress::complete) << piece;
        EXPECT_EQ(reader.current().path, "/b");
        EXPECT_EQ(reader.current().body, "abc0123456789");
        EXPECT_EQ(reader.current().find("x-trailer").count, 0U);
        reader.next();

        ASSERT_EQ(feed(reader, bytes, piece), progress::complete) << piece;
        EXPECT_EQ(reader.current().path, "/c");
        EXPECT_FALSE(reader.keep_alive());
        reader.next();
        EXPECT_EQ(reader.advance(), progress::need_head);
        EXPECT_TRUE(reader.between_requests());
    }
}

TEST(RequestReader, ReadsBodiesBeyondItsBuffers)
{
    const limits allowed;
    const std::string body(900'000, 'x');
    for (const std::size_t piece : {std::size_t{1'000}, std::size_t{100'000}}) {
        request_reader reader{allowed, {}};
        const std::string sized =
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n" + body;
        std::string_view bytes = sized;
        ASSERT_EQ(feed(reader, bytes, piece), progress::complete);
        EXPECT_EQ(reader.current().body, body);
        reader.next();

        const std::string chunked =
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\ndbba0\r\n" + body +
            "\r\n0\r\n\r\n";
        bytes = chunked;
        ASSERT_EQ(feed(reader, bytes, piece), progress::complete);
        EXPECT_EQ(reader.current().body, body);
    }
}

TEST(RequestReader, ReadsChunkedBodiesOfNothing)
{
    const limits allowed;
    const std::string empty =
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, empty.size()}) {
        request_reader reader{allowed, {}};
        std::string_view bytes = empty;
        ASSERT_EQ(feed(reader, bytes, piece), progress::complete);
        EXPECT_EQ(reader.current().body, "");
    }
}

TEST(RequestReader, HandsOnAWholeRequestWhereItLies)
{
    const limits allowed;
    request_reader reader{allowed, {}};
    std::string_view bytes = three_requests;
    const auto room = reader.room();
    ASSERT_EQ(feed(reader, bytes, bytes.size()), progress::complete);
    EXPECT_GE(reader.current().body.data(), room.data());
    EXPECT_LT(reader.current().body.data(), room.data() + room.size());
}

TEST(RequestReader, AsksForTheBodyOnceWhereTheClientWaits)
{
    const limits allowed;
    for (const std::string framing : {"Content-Length: 2", "Transfer-Encoding: chunked"}) {
        const std::string head =
            "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n" + framing + "\r\n\r\n";
        request_reader reader{allowed, {}};
        std::string_view bytes = head;
        ASSERT_EQ(feed(reader, bytes, head.size()), progress::need_body);
        EXPECT_TRUE(reader.take_continue());
        EXPECT_FALSE(reader.take_continue());

        request_reader with_body{allowed, {}};
        const std::string impatient = head + "1";
        bytes = impatient;
        ASSERT_EQ(feed(with_body, bytes, impatient.size()), progress::need_body);
        EXPECT_FALSE(with_body.take_continue());
    }
}

struct refused_request {
    std::string name, bytes;
    unsigned status = 400;
};
std::ostream& operator<<(std::ostream& out, const refused_request& r)
{
    return out << r.name;
}

constexpr auto name_of = [](const auto& instance) { return instance.param.name; };

class RequestReaderRefuses : public testing::TestWithParam<refused_request> {};

TEST_P(RequestReaderRefuses, HoweverItIsCut)
{
    limits allowed;
    allowed.body_bytes = 100;
    allowed.header_bytes = 300;
    allowed.header_fields = 10;
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, GetParam().bytes.size()}) {
        request_reader reader{allowed, {}};
        std::string_view bytes = GetParam().bytes;
        ASSERT_EQ(feed(reader, bytes, piece), progress::refused) << piece;
        EXPECT_EQ(reader.why().status, GetParam().status);
        EXPECT_FALSE(reader.why().line.empty());
    }
}

std::string with(std::string_view fields, std::string_view body = "")
{
    return std::string{"POST / HTTP/1.1\r\nHost: h\r\n"}
        .append(fields)
        .append("\r\n\r\n")
        .append(body);
}

std::string chunks(std::string_view bytes)
{
    return with("Transfer-Encoding: chunked", bytes);
}

std::string repeated(std::string_view text, int times)
{
    std::string out;
    while (times-- > 0)
        out += text;
    return out;
}

const std::string nul(1, '\0');

const refused_request refused_requests[] = {
    {"LengthThenEncoding", with("Content-Length: 3\r\nTransfer-Encoding: chunked", "0\r\n\r\n")},
    {"EncodingThenLength", with("Transfer-Encoding: chunked\r\nContent-Length: 3", "0\r\n\r\n")},
    {"LengthAndUnknownEncoding", with("Transfer-Encoding: identity\r\nContent-Length: 3", "abc")},
    {"UnknownEncoding", with("Transfer-Encoding: gzip", "abc")},
    {"ChunkedNotLast", with("Transfer-Encoding: chunked, gzip", "abc")},
    {"EncodingBeforeChunked", with("Transfer-Encoding: gzip, chunked", "0\r\n\r\n")},
    {"EncodingTwice",
     with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n")},
    {"EncodingWithVerticalTab", with("Transfer-Encoding: \vchunked", "0\r\n\r\n")},
    {"EncodingInHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"SpaceBeforeColon", with("Transfer-Encoding : chunked", "0\r\n\r\n")},
    {"SameLengthTwice", with("Content-Length: 3\r\nContent-Length: 3", "abc")},
    {"TwoLengths", with("Content-Length: 3\r\nContent-Length: 4", "abc")},
    {"LengthList", with("Content-Length: 3, 3", "abc")},
    {"LengthWithSign", with("Content-Length: +3", "abc")},
    {"LengthNegative", with("Content-Length: -1")},
    {"LengthHex", with("Content-Length: 0x3", "abc")},
    {"LengthEmpty", with("Content-Length:")},
    {"LengthBeyond64Bits", with("Content-Length: 18446744073709551617")},
    {"NoHost", "GET / HTTP/1.1\r\n\r\n"},
    {"TwoHosts", with("Host: other")},
    {"NulInTarget", "GET /" + nul + " HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"NulInName", with("X" + nul + "Y: a")},
    {"NulInValue", with("X: a" + nul + "b")},
    {"ControlInValue", with("X: a\x01z")},
    {"BareCarriageReturn", with("X: a\rY: b")},
    {"BareLineFeed", with("X: a\nY: b")},
    {"Folded", with("X: a\r\n b")},
    {"NoColon", with("Nonsense")},
    {"EmptyName", with(": a")},
    {"Http09", "GET /\r\n\r\n"},
    {"Http20", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {"TwoSpaces", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"Tls", "\x16\x03\x01\x02\x01\x01"},
    {"ChunkSizeNotHex", chunks("xyz\r\n")},
    {"ChunkSizeNegative", chunks("-1\r\nabc\r\n")},
    {"ChunkSizeEmpty", chunks("\r\nabc\r\n")},
    {"ChunkSizePrefixed", chunks("0x3\r\nabc\r\n0\r\n\r\n")},
    {"ChunkSizeBeyond64Bits", chunks("10000000000000003\r\nabc\r\n")},
    {"ChunkLongerThanSaid", chunks("3\r\nabcd\r\n0\r\n\r\n")},
    {"ChunkWithBareLineFeed", chunks("3\nabc\r\n0\r\n\r\n")},
    {"ChunkExtensionWithLineFeed", chunks("3;a=\"\n\"\r\nabc\r\n0\r\n\r\n")},
    {"TrailerWithBareLineFeed", chunks("0\r\nA: b\nC: d\r\n\r\n")},
    {"UnknownExpectation", with("Expect: a miracle"), 417},
    {"LengthBeyondLimit", with("Content-Length: 101"), 413},
    {"LyingLength", with("Content-Length: 9223372036854775807"), 413},
    {"LengthBeyondLimitAndExpect", with("Expect: 100-continue\r\nContent-Length: 101"), 413},
    {"ChunkBeyondLimit", chunks("65\r\nabc"), 413},
    {"ChunksBeyondLimit", chunks(repeated("a\r\n0123456789\r\n", 11)), 413},
    {"EndlessRequestLine", "GET /" + std::string(400, 'a'), 431},
    {"EndlessField", "GET / HTTP/1.1\r\nX: " + std::string(400, 'a'), 431},
    {"HeadTooLarge", with("X: " + std::string(300, 'a')), 431},
    {"TooManyFields", with(repeated("a:b\r\n", 10) + "c:d"), 431},
    {"EndlessChunkExtension", chunks("3;a=" + std::string(400, 'a')), 431},
    {"EndlessTrailer", chunks("0\r\nX: " + std::string(400, 'a')), 431},
};
INSTANTIATE_TEST_SUITE_P(
    Requests, RequestReaderRefuses, testing::ValuesIn(refused_requests), name_of
);

}  // namespace
}  // namespace rollcall::http
