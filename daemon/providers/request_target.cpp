#include "providers/request_target.hpp"

namespace rollcall {
namespace {

// RFC 3986, section 2.3: what needs no escape anywhere in a URL.
bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void append_encoded(std::string& out, std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
}

}  // namespace

void append_parameter(std::string& target, std::string_view name, std::string_view value)
{
    target += target.find('?') == std::string::npos ? '?' : '&';
    target.append(name).append("=");
    append_encoded(target, value);
}

void append_segment(std::string& target, std::string_view segment)
{
    target += '/';
    append_encoded(target, segment);
}

}  // namespace rollcall
