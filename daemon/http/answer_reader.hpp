#pragma once

#include "core/errors.hpp"
#include "http/answer_parser.hpp"
#include "http/client_answer.hpp"
#include "http/head_scan.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall::http {

struct answer_limits {
    std::uint64_t
        header_bytes;  ///< of all heads, 1xx included; also a chunk's line, or the trailers
    std::uint64_t body_bytes;
};

/// Makes one answer of a connection's bytes, however they are cut: no I/O, no clock. What it keeps
/// is never more than the limits and one piece of input.
class answer_reader {
public:
    explicit answer_reader(answer_limits allowed);
    answer_reader(const answer_reader&) = delete;  // the parser has references into it
    answer_reader& operator=(const answer_reader&) = delete;

    /// Goes as far as the bytes allow. `errc::answer_too_large`, `answer_encoded` or
    /// `answer_broken`: the answer is of no use, and the connection neither. A body that is too
    /// large or encoded is only missed in a success: a 401 or a 429 is complete without it.
    error_code take(std::string_view bytes);
    /// The host has closed, in the orderly way of its protocol. The end of an answer without a
    /// length; `errc::answer_broken` for any other that is not complete.
    error_code take_end();

    /// Whether a byte has come.
    bool begun() const { return begun_; }
    bool complete() const { return complete_; }
    /// Whether the final head is there: `answer` has its status and fields.
    bool has_head() const { return parser_.has_value(); }
    const client_answer& answer() const { return answer_; }
    /// Takes what has come of the body: whoever does so each time has no more of it than that.
    std::string take_body() { return std::exchange(answer_.body, {}); }
    /// Complete, and the connection is good for another request.
    bool keep_alive() const { return complete_ && keep_alive_ && unread_.empty(); }
    /// The answer, once complete.
    client_answer release() { return std::move(answer_); }

private:
    error_code read_head();
    error_code read_body(answer_parser& parser);
    error_code refuse(const answer_parser& parser, const boost::beast::error_code& ec);

    answer_limits allowed_;
    std::uint64_t heads_left_;
    bool begun_ = false;
    bool complete_ = false;
    bool keep_alive_ = false;
    std::string unread_;
    head_scan scan_;
    std::optional<answer_parser> parser_;  // from the end of the head on
    client_answer answer_;
};

}  // namespace rollcall::http
