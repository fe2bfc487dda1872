#pragma once

#include "http/client_answer.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <string>

namespace rollcall::http {

/// Beast's parser for one answer, made strict: what could be framed in two ways is refused, and so
/// is a content encoding, at the end of the head. Give it the whole head in one `put`.
class answer_parser final : public boost::beast::http::basic_parser<false> {
public:
    /// Fills `into`, which outlives it. Limits the body only.
    answer_parser(std::uint64_t body_bytes, client_answer& into);

    /// The reason why `put` failed was a content encoding.
    bool encoded() const { return encoded_; }

private:
    using error_code = boost::beast::error_code;
    using text = boost::beast::string_view;

    void on_response_impl(int status, text reason, int version, error_code&) override;
    void on_field_impl(boost::beast::http::field known, text name, text value, error_code& ec)
        override;
    void on_header_impl(error_code& ec) override;
    std::size_t on_body_impl(text data, error_code&) override;
    std::size_t on_chunk_body_impl(std::uint64_t remain, text data, error_code&) override;

    // Requests are not parsed; chunk extensions mean nothing to us.
    void on_request_impl(boost::beast::http::verb, text, text, int, error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
    void on_finish_impl(error_code&) override {}

    client_answer& into_;
    int version_ = 0;
    int lengths_ = 0;
    int transfer_encodings_ = 0;
    bool encoded_ = false;
    bool in_trailers_ = false;
};

}  // namespace rollcall::http
