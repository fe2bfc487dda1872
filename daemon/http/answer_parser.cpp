#include "http/answer_parser.hpp"

#include "http/message.hpp"

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include <algorithm>
#include <limits>
#include <string_view>

namespace rollcall::http {
namespace {

namespace beast_http = boost::beast::http;

std::string_view view(boost::beast::string_view text)
{
    return {text.data(), text.size()};
}

std::string lower(std::string_view text)
{
    std::string all{text};
    std::ranges::transform(all, all.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return all;
}

bool all_digits(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

answer_parser::answer_parser(std::uint64_t body_bytes, client_answer& into) : into_{into}
{
    header_limit(std::numeric_limits<std::uint32_t>::max());  // the reader's business
    body_limit(body_bytes);
    eager(true);
}

void answer_parser::on_response_impl(int status, text, int version, error_code& ec)
{
    if (status < 100)
        ec = beast_http::error::bad_status;
    into_.status = static_cast<unsigned>(status);
    version_ = version;
}

void answer_parser::on_field_impl(beast_http::field known, text name, text value, error_code& ec)
{
    if (in_trailers_)
        return;
    into_.fields.emplace_back(lower(view(name)), view(value));
    switch (known) {
        case beast_http::field::content_length:  // Beast takes `5, 5`, and two fields of one value
            if (++lengths_ > 1 || !all_digits(view(value)))
                ec = beast_http::error::bad_content_length;
            break;
        case beast_http::field::transfer_encoding:  // Beast would read `gzip` to the connection's
                                                    // end, and `gzip, chunked` as if it were none
            if (++transfer_encodings_ > 1 || version_ < 11 ||
                !equal_ignoring_case(view(value), "chunked"))
                ec = beast_http::error::bad_transfer_encoding;
            break;
        case beast_http::field::content_encoding:
            encoded_ = encoded_ || !(value.empty() || equal_ignoring_case(view(value), "identity"));
            break;
        default:
            break;
    }
}

void answer_parser::on_header_impl(error_code& ec)
{
    in_trailers_ = true;
    if (encoded_)
        ec = beast_http::error::bad_value;
}

std::size_t answer_parser::on_body_impl(text data, error_code&)
{
    into_.body.append(data.data(), data.size());
    return data.size();
}

std::size_t answer_parser::on_chunk_body_impl(std::uint64_t, text data, error_code&)
{
    into_.body.append(data.data(), data.size());
    return data.size();
}

}  // namespace rollcall::http
