#include "poller/polled_source.hpp"

#include "providers/hmac_sha256.hpp"

namespace rollcall {

std::string api_url(const polled_source& of)
{
    return of.base_url.empty() ? std::string{of.from->default_base_url()} : of.base_url;
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
