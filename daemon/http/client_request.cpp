#include "http/client_request.hpp"

#include <algorithm>

namespace rollcall::http {
namespace {

constexpr std::string_view user_agent = "Rollcall/" ROLLCALL_VERSION;

bool is_visible(char c)
{
    return c > 0x20 && c < 0x7f;
}

bool is_target(std::string_view text)
{
    return text.starts_with('/') && text.find('#') == std::string_view::npos &&
           std::ranges::all_of(text, is_visible);
}

// RFC 9110, section 5.6.2.
bool is_token(std::string_view text)
{
    constexpr std::string_view delimiters = "\"(),/:;<=>?@[\\]{}";
    return !text.empty() && std::ranges::all_of(text, [delimiters](char c) {
        return is_visible(c) && delimiters.find(c) == std::string_view::npos;
    });
}

bool is_value(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 ? c != 0x7f : c == '\t';
    });
}

void append_field(std::string& to, std::string_view name, std::string_view value)
{
    to.append(name).append(": ").append(value).append("\r\n");
}

std::string_view name_of(method how)
{
    switch (how) {
        case method::get:
            return "GET";
        case method::post:
            return "POST";
        case method::put:
            return "PUT";
        case method::patch:
            return "PATCH";
        case method::erase:
            return "DELETE";
    }
    return "GET";
}

}  // namespace

bool repeatable(method how)
{
    return how != method::post;
}

result<std::string> render(const base_url& to, const client_request& what, const headers& with)
{
    const bool has_body = !what.body.empty();
    if (!is_target(what.target) || !is_value(what.type) || (what.how == method::get && has_body))
        return errc::unsendable_request;
    std::string request;
    request.append(name_of(what.how)).append(" ");
    request.append(to.path).append(what.target).append(" HTTP/1.1\r\n");
    append_field(request, "Host", to.authority());
    append_field(request, "User-Agent", user_agent);
    append_field(request, "Accept", "application/json");
    append_field(request, "Accept-Encoding", "identity");
    if (has_body)
        append_field(request, "Content-Type", what.type);
    if (what.how != method::get && (has_body || what.how != method::erase))
        append_field(request, "Content-Length", std::to_string(what.body.size()));
    for (const auto& [name, value] : with) {
        if (!is_token(name) || !is_value(value))
            return errc::unsendable_request;
        append_field(request, name, value);
    }
    request.append("\r\n").append(what.body);
    return request;
}

}  // namespace rollcall::http
