#include "http/public_address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace rollcall::http {
namespace {

namespace ip = boost::asio::ip;

struct block4 {
    std::uint32_t first;
    int bits;
};

constexpr std::uint32_t quad(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d)
{
    return a << 24 | b << 16 | c << 8 | d;
}

constexpr block4 special4[] = {
    {quad(0, 0, 0, 0), 8},        // this network
    {quad(10, 0, 0, 0), 8},       // private
    {quad(100, 64, 0, 0), 10},    // shared by customers of one provider
    {quad(127, 0, 0, 0), 8},      // loopback
    {quad(169, 254, 0, 0), 16},   // link-local; metadata services
    {quad(172, 16, 0, 0), 12},    // private
    {quad(192, 0, 0, 0), 24},     // IETF protocols
    {quad(192, 0, 2, 0), 24},     // documentation
    {quad(192, 88, 99, 0), 24},   // relays to IPv6
    {quad(192, 168, 0, 0), 16},   // private
    {quad(198, 18, 0, 0), 15},    // benchmarks
    {quad(198, 51, 100, 0), 24},  // documentation
    {quad(203, 0, 113, 0), 24},   // documentation
    {quad(224, 0, 0, 0), 3},      // multicast, reserved, broadcast
};

bool is_public4(std::uint32_t address)
{
    return std::ranges::none_of(special4, [address](const block4& each) {
        return (address ^ each.first) >> (32 - each.bits) == 0;
    });
}

struct block6 {
    std::array<std::uint8_t, 4> first;
    unsigned bits;
};

// Of 2000::/3, which is all that has been given out.
constexpr block6 special6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23},  // IETF protocols; Teredo, which holds an IPv4 address
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x20, 0x02, 0x00, 0x00}, 16},  // 6to4, which holds an IPv4 address
    {{0x3f, 0xff, 0x00, 0x00}, 20},  // documentation
};

std::uint32_t number(std::span<const std::uint8_t> bytes)
{
    return quad(bytes[0], bytes[1], bytes[2], bytes[3]);
}

bool is_public6(const ip::address_v6::bytes_type& bytes)
{
    const std::span<const std::uint8_t> all{bytes};
    // RFC 6052: where there is no IPv4, it is reached under this prefix.
    constexpr std::array<std::uint8_t, 12> translated{0x00, 0x64, 0xff, 0x9b};
    if (std::ranges::equal(all.first(translated.size()), translated))
        return is_public4(number(all.last(4)));
    if (bytes[0] >> 5 != 1)
        return false;
    const auto head = number(all);
    return std::ranges::none_of(special6, [head](const block6& each) {
        return (head ^ number(each.first)) >> (32 - each.bits) == 0;
    });
}

}  // namespace

bool is_public(const ip::address& address)
{
    return address.is_v4() ? is_public4(address.to_v4().to_uint())
                           : is_public6(address.to_v6().to_bytes());
}

}  // namespace rollcall::http
