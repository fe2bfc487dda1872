#include "http/request_parser.hpp"

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include <algorithm>

namespace rollcall::http {
namespace {

namespace beast_http = boost::beast::http;

std::string_view view(boost::beast::string_view text)
{
    return {text.data(), text.size()};
}

bool all_digits(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool has_control(std::string_view text)
{
    return std::ranges::any_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && byte != '\t') || byte == 0x7f;
    });
}

}  // namespace

request_parser::request_parser(const limits& allowed, std::vector<field>& fields, std::string& body)
    : most_fields_{allowed.header_fields}, fields_{fields}, body_{body}
{
    header_limit(allowed.header_bytes);
    body_limit(allowed.body_bytes);
}

void request_parser::
    on_request_impl(beast_http::verb, text method, text target, int version, error_code&)
{
    method_ = view(method);
    target_ = view(target);
    version_ = version;
}

void request_parser::on_field_impl(beast_http::field known, text name, text value, error_code& ec)
{
    if (in_trailers_)
        return;
    if (fields_.size() == most_fields_) {
        ec = beast_http::error::header_limit;
        return;
    }
    fields_.push_back({.name = view(name), .value = view(value)});
    switch (known) {
        case beast_http::field::content_length:  // Beast takes `5, 5`, and two fields of one value
            if (++lengths_ > 1 || !all_digits(view(value)))
                ec = beast_http::error::bad_content_length;
            break;
        case beast_http::field::transfer_encoding:  // Beast takes `gzip` for a request without a
                                                    // body
            if (++encodings_ > 1 || version_ < 11 || !equal_ignoring_case(view(value), "chunked"))
                ec = beast_http::error::bad_transfer_encoding;
            break;
        case beast_http::field::host:
            if (++hosts_ > 1)
                ec = beast_http::error::bad_field;
            break;
        case beast_http::field::expect:
            expects_continue_ = version_ >= 11 && equal_ignoring_case(view(value), "100-continue");
            if (version_ >= 11 && !expects_continue_) {
                unknown_expectation_ = true;
                ec = beast_http::error::bad_value;
            }
            break;
        default:
            break;
    }
}

void request_parser::on_header_impl(error_code& ec)
{
    in_trailers_ = true;
    if (lengths_ > 0 && encodings_ > 0)
        ec = beast_http::error::bad_transfer_encoding;
    else if (version_ >= 11 && hosts_ == 0)
        ec = beast_http::error::bad_field;
}

void request_parser::on_chunk_header_impl(std::uint64_t, text extensions, error_code& ec)
{
    if (has_control(view(extensions)))  // Beast lets a quoted one hold a line feed
        ec = beast_http::error::bad_chunk_extension;
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, text data, error_code&)
{
    body_.append(data.data(), data.size());
    return data.size();
}

}  // namespace rollcall::http
