#include "providers/json_scanner.hpp"

namespace rollcall {
namespace {

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_between(char c, unsigned low, unsigned high)
{
    const auto byte = static_cast<unsigned char>(c);
    return low <= byte && byte <= high;
}

void append_utf8(std::string& out, std::uint32_t point)
{
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80 | (point >> shift & 0x3F));
    };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0 | point >> 6);
        tail(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0 | point >> 12);
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | point >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace

// From where `read_string` met the first byte that is not plain.
bool json_scanner::read_unusual_string(const char* start, json_string& out)
{
    const char* copied =
        start;  // everything before it is in unescaped_, if there was an escape at all
    const auto first = unescaped_.size();
    bool plain = true;
    for (;; at_ = plain_end(at_, end_)) {
        if (at_ == end_)
            return fail(errc::not_json);
        const char c = *at_;
        if (c == '"') {
            if (plain) {
                out = {{start, static_cast<std::size_t>(at_ - start)}, true};
            } else {
                unescaped_.append(copied, at_);
                out = {std::string_view{unescaped_}.substr(first), false};
            }
            ++at_;
            return true;
        }
        if (c == '\\') {
            plain = false;
            unescaped_.append(copied, at_);
            if (!read_escape())
                return false;
            copied = at_;
        } else if (!skip_sequence()) {
            return false;
        }
    }
}

// One escape, from its backslash on.
bool json_scanner::read_escape()
{
    ++at_;
    if (at_ == end_)
        return fail(errc::not_json);
    switch (*at_) {
        case '"':
        case '\\':
        case '/':
            unescaped_ += *at_;
            break;
        case 'b':
            unescaped_ += '\b';
            break;
        case 'f':
            unescaped_ += '\f';
            break;
        case 'n':
            unescaped_ += '\n';
            break;
        case 'r':
            unescaped_ += '\r';
            break;
        case 't':
            unescaped_ += '\t';
            break;
        case 'u':
            return read_code_point();
        default:
            return fail(errc::not_json);
    }
    ++at_;
    return true;
}

// `u` and four hexadecimal digits.
bool json_scanner::read_hex(std::uint32_t& unit)
{
    if (end_ - at_ < 5 || *at_ != 'u')
        return fail(errc::not_json);
    unit = 0;
    for (++at_; const char c : std::string_view{at_, 4}) {
        unit <<= 4;
        if (is_digit(c))
            unit |= static_cast<std::uint32_t>(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            unit |= static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
        else
            return fail(errc::not_json);
    }
    at_ += 4;
    return true;
}

// One `\u` escape, or the two that make a code point beyond U+FFFF, from the `u` on.
bool json_scanner::read_code_point()
{
    std::uint32_t point = 0;
    if (!read_hex(point))
        return false;
    if (point >= 0xDC00 && point <= 0xDFFF)
        return fail(errc::bad_encoding);
    if (point >= 0xD800 && point <= 0xDBFF) {
        if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u')
            return fail(errc::bad_encoding);
        ++at_;
        std::uint32_t low = 0;
        if (!read_hex(low))
            return false;
        if (low < 0xDC00 || low > 0xDFFF)
            return fail(errc::bad_encoding);
        point = 0x10000 + ((point - 0xD800) << 10 | (low - 0xDC00));
    }
    append_utf8(unescaped_, point);
    return true;
}

// One multi-byte sequence by the table of RFC 3629, section 4: no overlong form, no surrogate,
// nothing beyond U+10FFFF.
bool json_scanner::skip_sequence()
{
    const auto lead = static_cast<unsigned char>(*at_);
    if (lead < 0x80)
        return fail(errc::not_json);   // a control character
    unsigned low = 0x80, high = 0xBF;  // what the second byte may be
    std::ptrdiff_t size = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        size = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        size = 3;
        low = lead == 0xE0 ? 0xA0 : low;
        high = lead == 0xED ? 0x9F : high;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        size = 4;
        low = lead == 0xF0 ? 0x90 : low;
        high = lead == 0xF4 ? 0x8F : high;
    } else {
        return fail(errc::bad_encoding);
    }
    if (end_ - at_ < size || !is_between(at_[1], low, high))
        return fail(errc::bad_encoding);
    for (std::ptrdiff_t i = 2; i < size; ++i)
        if (!is_between(at_[i], 0x80, 0xBF))
            return fail(errc::bad_encoding);
    at_ += size;
    return true;
}

bool json_scanner::read_number(std::string_view& token)
{
    const char* const start = at_;
    const auto digits = [this] {
        if (at_ == end_ || !is_digit(*at_))
            return fail(errc::not_json);
        while (at_ != end_ && is_digit(*at_))
            ++at_;
        return true;
    };
    const auto is_next = [this](char c) { return at_ != end_ && *at_ == c; };

    if (is_next('-'))
        ++at_;
    if (is_next('0'))
        ++at_;
    else if (!digits())
        return false;
    if (is_next('.')) {
        ++at_;
        if (!digits())
            return false;
    }
    if (is_next('e') || is_next('E')) {
        ++at_;
        if (is_next('+') || is_next('-'))
            ++at_;
        if (!digits())
            return false;
    }
    token = {start, static_cast<std::size_t>(at_ - start)};
    return true;
}

bool json_scanner::read_literal(std::string_view word)
{
    if (!std::string_view{at_, static_cast<std::size_t>(end_ - at_)}.starts_with(word))
        return fail(errc::not_json);
    at_ += word.size();
    return true;
}

bool json_scanner::skip_value()
{
    json_string ignored_text;
    std::string_view ignored_number;
    for (std::size_t depth = 0;;) {
        bool read = true;
        switch (const char c = peek()) {
            case '{':
            case '[':
                ++depth;
                ++at_;
                continue;
            case '}':
            case ']':
                if (depth == 0)
                    return fail(errc::not_json);
                --depth;
                ++at_;
                break;
            case ',':
            case ':':
                if (depth == 0)
                    return fail(errc::not_json);
                ++at_;
                continue;
            case '"':
                read = read_string(ignored_text);
                break;
            case 't':
                read = read_literal("true");
                break;
            case 'f':
                read = read_literal("false");
                break;
            case 'n':
                read = read_literal("null");
                break;
            default:
                read =
                    (c == '-' || is_digit(c)) ? read_number(ignored_number) : fail(errc::not_json);
        }
        if (!read || depth == 0)
            return read;
    }
}

}  // namespace rollcall
