#include "providers/standard_webhooks/header_value.hpp"

#include <algorithm>

namespace rollcall::standard_webhooks {
namespace {

fault malformed(const char* what)
{
    return {errc::bad_header, what};
}

result<std::string, fault> unquote(std::string_view written)
{
    if (!written.starts_with('"'))
        return std::string{written};
    std::string text;
    for (std::size_t i = 1; i < written.size(); ++i) {
        if (written[i] == '"') {
            if (i + 1 != written.size())
                return malformed("text after the closing quote");
            return text;
        }
        if (written[i] == '\\' && ++i == written.size())
            break;
        text += written[i];
    }
    return malformed("no closing quote");
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

result<std::string, fault> decode_header_value(std::string_view written)
{
    const auto encoded = unquote(written);
    if (!encoded)
        return encoded.error();
    std::string text;
    for (std::size_t i = 0; i < encoded->size(); ++i) {
        if ((*encoded)[i] != '%') {
            text += (*encoded)[i];
            continue;
        }
        const int high = i + 1 < encoded->size() ? hex_digit((*encoded)[i + 1]) : -1;
        const int low = i + 2 < encoded->size() ? hex_digit((*encoded)[i + 2]) : -1;
        if (high < 0 || low < 0)
            return malformed("a percent sign without two hexadecimal digits");
        text += static_cast<char>(high << 4 | low);
        i += 2;
    }
    const bool control = std::ranges::any_of(text, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    if (control)
        return malformed("a control character");
    return text;
}

}  // namespace rollcall::standard_webhooks
