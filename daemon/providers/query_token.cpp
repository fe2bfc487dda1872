#include "providers/query_token.hpp"

#include "providers/hmac_sha256.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace rollcall {
namespace {

constexpr std::size_t least_characters = 16;

bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

// By their digests, which are of one length.
bool equal_in_constant_time(std::string_view a, std::string_view b)
{
    const auto left = sha256(a), right = sha256(b);
    return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace

std::string_view query_token_fault(std::string_view token)
{
    if (token.size() < least_characters)
        return "has fewer than 16 characters";
    if (!std::ranges::all_of(token, is_unreserved))
        return "has characters that a URL would have to escape";
    return {};
}

result<void, fault> verify_query_token(std::string_view query, std::string_view token)
{
    constexpr std::string_view name = "token=";
    int times = 0;
    bool equal = false;
    while (!query.empty()) {
        const auto parameter = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(parameter.size() + 1, query.size()));
        if (!parameter.starts_with(name))
            continue;
        ++times;
        equal = equal_in_constant_time(parameter.substr(name.size()), token);
    }
    if (times != 1 || !equal)
        return fault{errc::bad_token, "token"};
    return {};
}

}  // namespace rollcall
