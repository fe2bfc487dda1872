#pragma once

#include "http/limits.hpp"
#include "http/message.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rollcall::http {

/// Beast's parser for one request, made strict: what could be framed in two ways is refused, and
/// the fields are views into the caller's bytes instead of copies. Give it the whole head in one
/// `put`.
class request_parser final : public boost::beast::http::basic_parser<true> {
public:
    /// Appends fields to `fields` and chunked data to `body`; both outlive it.
    request_parser(const limits& allowed, std::vector<field>& fields, std::string& body);

    std::string_view method() const { return method_; }
    std::string_view target() const { return target_; }
    int version() const { return version_; }  ///< 10 or 11
    bool expects_continue() const { return expects_continue_; }
    /// The head asks for something other than 100-continue: the reason why `put` failed was 417.
    bool unknown_expectation() const { return unknown_expectation_; }

private:
    using error_code = boost::beast::error_code;
    using text = boost::beast::string_view;

    void
    on_request_impl(boost::beast::http::verb, text method, text target, int version, error_code&)
        override;
    void on_field_impl(boost::beast::http::field known, text name, text value, error_code& ec)
        override;
    void on_header_impl(error_code& ec) override;
    void on_chunk_header_impl(std::uint64_t size, text extensions, error_code& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t remain, text data, error_code& ec) override;

    // A body of known length is cut out by the reader; responses are not parsed.
    void on_response_impl(int, text, int, error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(text data, error_code&) override { return data.size(); }
    void on_finish_impl(error_code&) override {}

    std::uint32_t most_fields_;
    std::vector<field>& fields_;
    std::string& body_;
    std::string_view method_;
    std::string_view target_;
    int version_ = 0;
    int hosts_ = 0;
    int lengths_ = 0;
    int encodings_ = 0;
    bool in_trailers_ = false;
    bool expects_continue_ = false;
    bool unknown_expectation_ = false;
};

}  // namespace rollcall::http
