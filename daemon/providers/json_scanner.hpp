#pragma once

#include "core/errors.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace rollcall {

/// A string of a JSON text, decoded.
struct json_string {
    std::string_view text;
    bool plain = true;  ///< stands in the text as it is: there was no escape in it
};

/// Reads the tokens of a JSON text (RFC 8259) one after the other, and nothing that only looks like
/// one: no lone surrogate, no invalid UTF-8, no bare control character, no number with a leading
/// zero. Numbers stay tokens. What a function returns false for has left its reason in `why()`.
class json_scanner {
public:
    /// `text` outlives what is read from it, and so does `unescaped`: the place of strings that had
    /// escapes. Views into it stay valid, for it is made large enough at once.
    json_scanner(std::string_view text, std::string& unescaped)
        : begin_{text.data()}, at_{begin_}, end_{begin_ + text.size()}, unescaped_{unescaped}
    {
        unescaped_.clear();
        unescaped_.reserve(text.size());
    }

    /// The first byte of the next token, which is not taken. NUL at the end; no token starts with
    /// one.
    char peek()
    {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
            ++at_;
        return at_ == end_ ? '\0' : *at_;
    }

    /// Takes `expected` (after white space), or leaves everything as it is.
    bool take(char expected)
    {
        if (peek() != expected || at_ == end_)
            return false;
        ++at_;
        return true;
    }

    bool at_end()
    {
        peek();
        return at_ == end_;
    }

    /// To be called at a quote.
    bool read_string(json_string& out)
    {
        const char* const start = ++at_;
        at_ = plain_end(at_, end_);
        if (at_ != end_ && *at_ == '"') [[likely]] {
            out = {{start, static_cast<std::size_t>(at_ - start)}, true};
            ++at_;
            return true;
        }
        json_string unusual;  // so that `out` need not be in memory
        if (!read_unusual_string(start, unusual))
            return false;
        out = unusual;
        return true;
    }

    /// Takes a member's name and the colon behind it. `out` is good as `read_string` says.
    bool read_key(json_string& out)
    {
        if (peek() != '"')
            return fail(errc::not_json);
        return read_string(out) && (take(':') || fail(errc::not_json));
    }

    /// To be called at a minus or a digit. `token` is the number as it stands.
    bool read_number(std::string_view& token);

    /// Takes exactly `word`: `true`, `false` or `null`.
    bool read_literal(std::string_view word);

    /// Takes one value of any type, whatever its depth, looking only for where it ends.
    bool skip_value();

    /// How many bytes have been taken.
    std::size_t position() const { return static_cast<std::size_t>(at_ - begin_); }

    bool fail(errc code)
    {
        code_ = code;
        return false;
    }
    /// The code and the byte of the text at which reading stopped.
    fault why() const { return {code_, "byte " + std::to_string(position())}; }

private:
    // The first byte from `at` on that is not plain text: a quote, a backslash, a control character
    // or the start of something beyond ASCII. Eight bytes a step: a borrow can only spoil bytes
    // above the first hit.
    static const char* plain_end(const char* at, const char* end)
    {
        constexpr std::uint64_t ones = 0x0101010101010101;
        if constexpr (std::endian::native == std::endian::little) {
            while (end - at >= 8) {
                std::uint64_t bytes = 0;
                std::memcpy(&bytes, at, sizeof bytes);
                const auto controls = bytes - ones * 0x20;
                const auto quotes = (bytes ^ ones * '"') - ones;
                const auto backslashes = (bytes ^ ones * '\\') - ones;
                const auto hits = (bytes | controls | quotes | backslashes) & ones * 0x80;
                if (hits != 0)
                    return at + std::countr_zero(hits) / 8;
                at += 8;
            }
        }
        while (at != end && static_cast<unsigned char>(*at) - 0x20u < 0x60 && *at != '"' &&
               *at != '\\')
            ++at;
        return at;
    }

    bool read_unusual_string(const char* start, json_string& out);
    bool read_escape();
    bool read_hex(std::uint32_t& unit);
    bool read_code_point();
    bool skip_sequence();

    const char* begin_;
    const char* at_;
    const char* end_;
    std::string& unescaped_;
    errc code_ = errc::not_json;
};

}  // namespace rollcall
