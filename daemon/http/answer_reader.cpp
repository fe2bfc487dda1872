#include "http/answer_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;

constexpr std::size_t last_chunk_bytes = 5;
constexpr unsigned switching_protocols = 101;

}  // namespace

answer_reader::answer_reader(answer_limits allowed)
    : allowed_{allowed}, heads_left_{allowed.header_bytes}
{
}

error_code answer_reader::take(std::string_view bytes)
{
    begun_ = begun_ || !bytes.empty();
    unread_.append(bytes);
    while (!complete_ && !unread_.empty()) {
        const auto before = unread_.size();
        const auto ec = parser_ ? read_body(*parser_) : read_head();
        if (ec)
            return ec;
        if (unread_.size() == before)
            break;
    }
    return {};
}

error_code answer_reader::take_end()
{
    if (complete_)
        return {};
    if (!parser_ || !parser_->need_eof())
        return errc::answer_broken;
    complete_ = true;
    return {};
}

error_code answer_reader::read_head()
{
    const auto state = scan_.advance(unread_);
    if (state == head_state::malformed)
        return errc::answer_broken;
    const auto size = state == head_state::complete ? scan_.size() : unread_.size();
    if (size > heads_left_)
        return errc::answer_too_large;
    if (state == head_state::incomplete)
        return {};

    auto& parser = parser_.emplace(allowed_.body_bytes, answer_);
    boost::beast::error_code ec;
    parser.put(asio::buffer(unread_.data(), size), ec);
    if (ec && ec != beast_http::error::need_more)
        return refuse(parser, ec);
    heads_left_ -= size;
    unread_.erase(0, size);
    scan_ = {};
    if (answer_.status == switching_protocols)
        return errc::answer_broken;  // nobody asked for that
    if (answer_.status < 200) {
        answer_ = {};
        parser_.reset();
        return {};
    }
    complete_ = parser.is_done();
    keep_alive_ = parser.keep_alive();
    return {};
}

error_code answer_reader::read_body(answer_parser& parser)
{
    // Every unfinished body in chunks has at least its last one, `0\r\n\r\n`, still to come, and
    // Beast (1.81) asserts that it is not shown less of it.
    if (parser.chunked() && unread_.size() < last_chunk_bytes)
        return {};
    boost::beast::error_code ec;
    const auto read = parser.put(asio::buffer(unread_), ec);
    unread_.erase(0, read);
    if (ec && ec != beast_http::error::need_more)
        return refuse(parser, ec);
    complete_ = parser.is_done();
    // What the parser leaves of an unfinished body is one chunk's line or the trailers, and not
    // whole yet.
    if (!complete_ && unread_.size() > allowed_.header_bytes)
        return errc::answer_too_large;
    return {};
}

error_code answer_reader::refuse(const answer_parser& parser, const boost::beast::error_code& ec)
{
    const bool encoded = parser.encoded();
    if (!encoded && ec != beast_http::error::body_limit)
        return errc::answer_broken;
    constexpr unsigned success = 2;
    if (answer_.status / 100 == success)
        return encoded ? errc::answer_encoded : errc::answer_too_large;
    answer_.body.clear();
    unread_.clear();
    complete_ = true;
    keep_alive_ = false;  // the body is still in the connection
    return {};
}

}  // namespace rollcall::http
