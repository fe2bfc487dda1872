#pragma once

#include "http/head_scan.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/request_parser.hpp"

#include <boost/beast/core/flat_buffer.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::http {

/// Why a request is not handed on. The connection cannot be read any further: where the next
/// request begins is unknown.
struct refusal {
    unsigned status = 400;
    std::string_view line;  ///< one line for the client; nothing of the request
};

/// Makes requests of a connection's bytes, however they are cut: no I/O, no clock. A request that
/// came in one piece is handed on where it lies in the buffer.
class request_reader {
public:
    enum class progress { need_head, need_body, complete, refused };

    request_reader(const limits& allowed, boost::asio::ip::tcp::endpoint peer);
    request_reader(const request_reader&) = delete;  // the parser has references into it
    request_reader& operator=(const request_reader&) = delete;

    /// Where the next bytes go; never empty. Then say how many came with `received`, and `advance`.
    std::span<char> room();
    void received(std::size_t bytes);
    /// Goes as far as the bytes allow.
    progress advance();

    /// The request, once complete, until `next`.
    const request& current() const { return current_; }
    bool keep_alive() const { return keep_alive_; }
    bool is_http_1_0() const { return is_http_1_0_; }
    /// Why it is refused.
    const refusal& why() const { return why_; }
    /// Whether nothing of a request is there yet.
    bool between_requests() const
    {
        return progress_ == progress::need_head && incoming_.size() == 0;
    }
    bool needs_body() const { return progress_ == progress::need_body; }
    /// Whether the client waits for `100 Continue` before it sends its body. True once.
    bool take_continue();

    /// Forgets the current request and goes on to what may already have come after it.
    void next();

private:
    progress read_head();
    progress begin_body(request_parser& parser, std::size_t head_size);
    progress read_sized_body();
    progress read_chunks(request_parser& parser);
    progress complete(std::string_view body);
    progress refuse(unsigned status, std::string_view line);
    progress refuse(const request_parser& parser, boost::beast::error_code ec);

    const limits& allowed_;
    progress progress_ = progress::need_head;
    boost::beast::flat_buffer
        incoming_;  // heads, bodies that came with them, and requests sent ahead
    boost::beast::flat_buffer chunks_;  // not yet decoded
    std::string body_;                  // what did not come in one piece with its head
    std::size_t body_received_ = 0;
    std::size_t body_length_ = 0;
    std::size_t consumed_ = 0;  // of incoming_, by the current request
    bool keep_alive_ = false;
    bool is_http_1_0_ = false;
    bool chunked_ = false;
    bool continue_wanted_ = false;
    head_scan scan_;
    std::vector<field> fields_;
    std::optional<request_parser> parser_;
    request current_;
    refusal why_;
};

}  // namespace rollcall::http
