#include "http/request_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace beast_http = boost::beast::http;

constexpr std::size_t read_bytes = 2'048;        // an ordinary webhook in one read
constexpr std::size_t body_read_bytes = 16'384;  // of one that is not
constexpr std::size_t last_chunk_bytes = 5;
constexpr std::size_t kept_buffer_bytes = 8'192;  // more than this an idle connection gives back
constexpr std::size_t kept_body_bytes = 65'536;

std::string_view text(const beast::flat_buffer& buffer)
{
    const auto bytes = buffer.cdata();
    return {static_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<char> prepare(beast::flat_buffer& buffer, std::size_t size)
{
    const auto bytes = buffer.prepare(size);
    return {static_cast<char*>(bytes.data()), bytes.size()};
}

void append(beast::flat_buffer& to, std::string_view bytes)
{
    if (bytes.empty())
        return;
    to.commit(asio::buffer_copy(to.prepare(bytes.size()), asio::buffer(bytes)));
}

void give_back(beast::flat_buffer& buffer)
{
    if (buffer.capacity() > kept_buffer_bytes)
        buffer.shrink_to_fit();
}

}  // namespace

request_reader::request_reader(const limits& allowed, asio::ip::tcp::endpoint peer)
    : allowed_{allowed}
{
    current_.peer = peer;
}

std::span<char> request_reader::room()
{
    if (progress_ == progress::need_head)
        return prepare(incoming_, read_bytes);
    if (chunked_)
        return prepare(chunks_, body_read_bytes);
    // Grown as bytes arrive: an announced length alone reserves nothing.
    if (body_received_ == body_.size())
        body_.resize(std::min(body_length_, std::max(body_read_bytes, 2 * body_.size())));
    return std::span{body_}.subspan(body_received_);
}

void request_reader::received(std::size_t bytes)
{
    if (progress_ == progress::need_head)
        incoming_.commit(bytes);
    else if (chunked_)
        chunks_.commit(bytes);
    else
        body_received_ += bytes;
}

request_reader::progress request_reader::advance()
{
    if (progress_ == progress::need_head)
        progress_ = read_head();
    else if (progress_ == progress::need_body)
        progress_ = chunked_ && parser_ ? read_chunks(*parser_) : read_sized_body();
    return progress_;
}

request_reader::progress request_reader::read_head()
{
    // Some clients end a body with a line of their own (RFC 9112, section 2.2).
    while (scan_.size() == 0 && text(incoming_).starts_with("\r\n"))
        incoming_.consume(2);
    const auto in = text(incoming_);
    if (in == "\r")
        return progress::need_head;
    const auto state = scan_.advance(in);
    if (state == head_state::malformed)
        return refuse(400, "malformed request");
    const auto size = state == head_state::complete ? scan_.size() : in.size();
    if (size > allowed_.header_bytes)
        return refuse(431, "request header too large");
    if (state == head_state::incomplete)
        return progress::need_head;

    auto& parser = parser_.emplace(allowed_, fields_, body_);
    beast::error_code ec;
    parser.put(asio::buffer(in.data(), size), ec);
    if (ec)
        return refuse(parser, ec);
    keep_alive_ = parser.keep_alive();
    is_http_1_0_ = parser.version() < 11;
    current_.method = parser.method();
    const auto target = split_target(parser.target());
    current_.path = target.path;
    current_.query = target.query;
    current_.fields = fields_;
    return begin_body(parser, size);
}

request_reader::progress request_reader::begin_body(request_parser& parser, std::size_t head_size)
{
    consumed_ = head_size;
    if (parser.is_done())
        return complete({});

    // From here on the head's views pin `incoming_`: what is still to come goes elsewhere.
    const auto after_head = text(incoming_).substr(head_size);
    chunked_ = parser.chunked();
    if (chunked_) {
        consumed_ = incoming_.size();
        append(chunks_, after_head);
        parser.eager(true);
        continue_wanted_ = parser.expects_continue() && after_head.empty();
        return chunks_.size() > 0 ? read_chunks(parser) : progress::need_body;
    }
    body_length_ = static_cast<std::size_t>(parser.content_length().value_or(0));
    if (after_head.size() >= body_length_) {
        consumed_ += body_length_;
        return complete(after_head.substr(0, body_length_));
    }
    consumed_ = incoming_.size();
    body_ = after_head;
    body_received_ = body_.size();
    continue_wanted_ = parser.expects_continue() && after_head.empty();
    return progress::need_body;
}

request_reader::progress request_reader::read_sized_body()
{
    return body_received_ == body_length_ ? complete(body_) : progress::need_body;
}

request_reader::progress request_reader::read_chunks(request_parser& parser)
{
    // Every unfinished body has at least its last chunk, `0\r\n\r\n`, still to come, and Beast
    // (1.81) asserts that it is not shown less of it.
    if (chunks_.size() < last_chunk_bytes)
        return progress::need_body;
    beast::error_code ec;
    chunks_.consume(parser.put(chunks_.cdata(), ec));
    if (ec && ec != beast_http::error::need_more)
        return refuse(parser, ec);
    if (parser.is_done())
        return complete(body_);
    // What the parser leaves is one chunk's line or the trailers, and not whole yet.
    if (chunks_.size() > allowed_.header_bytes)
        return refuse(431, "chunk header or trailers too large");
    return progress::need_body;
}

request_reader::progress request_reader::complete(std::string_view body)
{
    current_.body = body;
    return progress::complete;
}

bool request_reader::take_continue()
{
    return std::exchange(continue_wanted_, false);
}

void request_reader::next()
{
    incoming_.consume(consumed_);
    append(incoming_, text(chunks_));  // empty unless a request came behind the last chunk
    chunks_.clear();
    if (incoming_.size() == 0)
        give_back(incoming_);
    give_back(chunks_);
    if (body_.capacity() > kept_body_bytes)
        body_ = std::string{};
    body_.clear();
    fields_.clear();
    body_received_ = body_length_ = consumed_ = 0;
    chunked_ = continue_wanted_ = false;
    scan_ = {};
    progress_ = progress::need_head;
}

request_reader::progress request_reader::refuse(unsigned status, std::string_view line)
{
    why_ = {.status = status, .line = line};
    return progress::refused;
}

request_reader::progress request_reader::refuse(const request_parser& parser, beast::error_code ec)
{
    if (parser.unknown_expectation())
        return refuse(417, "expectation not supported");
    if (ec == beast_http::error::body_limit)
        return refuse(413, "request body too large");
    if (ec == beast_http::error::header_limit)
        return refuse(431, "request header too large");
    return refuse(400, "malformed request");
}

}  // namespace rollcall::http
