#include "core/traceparent.hpp"

#include <algorithm>
#include <random>

namespace rollcall {
namespace {

// 00-<32 hex: trace>-<16 hex: parent>-<2 hex: flags>
constexpr std::size_t trace_at = 3;
constexpr std::size_t parent_at = 36;
constexpr std::size_t flags_at = 53;
constexpr std::size_t size_of_00 = 55;

bool is_hex(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

bool is_id(std::string_view text)
{
    return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

void append_hex(std::string& out, std::uint64_t number)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        out += "0123456789abcdef"[(number >> static_cast<unsigned>(shift)) & 0xfU];
}

}  // namespace

std::optional<std::string> read_traceparent(std::string_view header)
{
    if (header.size() < size_of_00)
        return std::nullopt;
    const auto version = header.substr(0, 2);
    const bool ends_well =
        header.size() == size_of_00 || (version != "00" && header[size_of_00] == '-');
    const bool dashed =
        header[trace_at - 1] == '-' && header[parent_at - 1] == '-' && header[flags_at - 1] == '-';
    if (!is_hex(version) || version == "ff" || !ends_well || !dashed ||
        !is_id(header.substr(trace_at, 32)) || !is_id(header.substr(parent_at, 16)) ||
        !is_hex(header.substr(flags_at, 2)))
        return std::nullopt;
    std::string known{"00"};
    known += header.substr(2, size_of_00 - 2);
    return known;
}

std::string make_traceparent(const std::array<std::uint64_t, 3>& random)
{
    const auto [high, low, parent] = random;
    std::string made{"00-"};
    made.reserve(size_of_00);
    append_hex(made, high);
    append_hex(made, low == 0 ? 1 : low);
    made += '-';
    append_hex(made, parent == 0 ? 1 : parent);
    made += "-01";
    return made;
}

std::string new_traceparent()
{
    thread_local std::mt19937_64 random{[] {
        std::random_device device;
        std::seed_seq seed{
            device(), device(), device(), device(), device(), device(), device(), device()};
        return std::mt19937_64{seed};
    }()};
    return make_traceparent({random(), random(), random()});
}

}  // namespace rollcall
