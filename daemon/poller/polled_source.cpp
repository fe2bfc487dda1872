#include "poller/polled_source.hpp"

#include "core/base_url.hpp"
#include "providers/hmac_sha256.hpp"

#include <algorithm>

namespace rollcall {

std::vector<std::uint32_t> limits_of(const polled_source& source)
{
    const auto own = source.from->rate_limits();
    if (own.empty())
        return {
            source.requests_a_minute > 0 ? source.requests_a_minute
                                         : source.from->requests_a_minute()};
    std::vector<std::uint32_t> limits{own.begin(), own.end()};
    if (source.requests_a_minute == 0)
        return limits;
    const std::uint64_t largest = std::max(1U, std::ranges::max(own));
    for (auto& each : limits)
        each = std::max(
            1U, static_cast<std::uint32_t>(each * std::uint64_t{source.requests_a_minute} / largest)
        );
    return limits;
}

std::string api_url(const polled_source& of)
{
    return of.base_url.empty() ? std::string{of.from->default_base_url()} : of.base_url;
}

std::string owner_of(const polled_source& of)
{
    const auto url = parse_base_url(api_url(of));
    std::string text = url ? url->authority() : api_url(of);
    text.append(1, '\n').append(of.from->name());
    return of.owner.empty() ? text.append(1, '\n').append(of.api_key)
                            : text.append("\nowner\n").append(of.owner);
}

std::string account_of(const polled_source& of)
{
    constexpr std::size_t bytes = 4;
    constexpr std::string_view digits = "0123456789abcdef";
    const auto digest = sha256(api_url(of).append(1, '\n').append(of.api_key));
    std::string text;
    for (std::size_t n = 0; n < bytes; ++n) {
        text += digits[digest[n] >> 4];
        text += digits[digest[n] & 15];
    }
    return text;
}

}  // namespace rollcall
