#include "http/get_request.hpp"

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

}  // namespace

result<std::string> render_get(const base_url& to, std::string_view target, const headers& with)
{
    if (!is_target(target))
        return errc::unsendable_request;
    std::string request;
    request.append("GET ").append(to.path).append(target).append(" HTTP/1.1\r\n");
    append_field(request, "Host", to.authority());
    append_field(request, "User-Agent", user_agent);
    append_field(request, "Accept", "application/json");
    append_field(request, "Accept-Encoding", "identity");
    for (const auto& [name, value] : with) {
        if (!is_token(name) || !is_value(value))
            return errc::unsendable_request;
        append_field(request, name, value);
    }
    request.append("\r\n");
    return request;
}

}  // namespace rollcall::http
