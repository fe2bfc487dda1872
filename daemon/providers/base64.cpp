#include "providers/base64.hpp"

#include <array>
#include <cstdint>

namespace rollcall {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto digit_of = [] {
    std::array<int, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<int>(i);
    return table;
}();

std::string describe(char c, std::size_t position)
{
    const auto at = " at position " + std::to_string(position + 1);
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
        return "white space" + at;
    if (c == '-' || c == '_')
        return "a character of the URL-safe alphabet" + at + "; standard base64 has + and /";
    return "a character that is not base64" + at;
}

}  // namespace

result<std::string, fault> decode_base64(std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i)
        if (digit_of[static_cast<unsigned char>(text[i])] < 0 && text[i] != '=')
            return fault{errc::wrong_type, describe(text[i], i)};
    auto digits = text;
    for (int padding = 0; padding < 2 && digits.ends_with('='); ++padding)
        digits.remove_suffix(1);

    std::string bytes;
    std::uint32_t bits = 0;
    unsigned pending = 0;  // how many of them belong to the next byte
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const int digit = digit_of[static_cast<unsigned char>(digits[i])];
        if (digit < 0)
            return fault{
                errc::wrong_type,
                "padding at position " + std::to_string(i + 1) + ", before the end"};
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        pending += 6;
        if (pending >= 8) {
            pending -= 8;
            bytes += static_cast<char>(bits >> pending & 0xFF);
        }
    }
    if (text.size() % 4 != 0)
        return fault{
            errc::wrong_type,
            "a length of " + std::to_string(text.size()) +
                ", which is not a multiple of four with its padding"};
    if ((bits & ((1u << pending) - 1)) != 0)
        return fault{
            errc::wrong_type,
            "a last character with bits that belong to no byte: cut off or mistyped"};
    return bytes;
}

}  // namespace rollcall
