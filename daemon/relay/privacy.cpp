#include "relay/privacy.hpp"

#include "providers/hmac_sha256.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace rollcall {
namespace {

constexpr std::size_t pseudonym_bytes = 16;
constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Without padding.
std::string base64url(const unsigned char* bytes, std::size_t size)
{
    std::string text;
    unsigned bits = 0;
    int held = 0;
    for (std::size_t n = 0; n < size; ++n) {
        bits = (bits << 8U | bytes[n]) & 0xffffU;
        for (held += 8; held >= 6; held -= 6)
            text += digits[bits >> static_cast<unsigned>(held - 6) & 0x3fU];
    }
    if (held > 0)
        text += digits[bits << static_cast<unsigned>(6 - held) & 0x3fU];
    return text;
}

void disclose(
    disclosure how, std::string_view key, std::string_view name, std::optional<std::string>& fact
)
{
    if (how == disclosure::drop)
        fact.reset();
    else if (how == disclosure::pseudonymise && fact)
        fact = pseudonym_of(key, name, *fact);
}

}  // namespace

std::string pseudonym_of(std::string_view key, std::string_view fact_name, std::string_view fact)
{
    const std::string_view between{"\0", 1};
    const std::array<std::string_view, 3> parts{fact_name, between, fact};
    const auto digest = hmac_sha256{key}(parts);
    return base64url(digest.data(), pseudonym_bytes);
}

void apply(const privacy_rules& rules, event& to)
{
    if (!to.participant)
        return;
    disclose(rules.name, rules.key, "name", to.participant->name);
    disclose(rules.email, rules.key, "email", to.participant->email);
    disclose(rules.user_id, rules.key, "user_id", to.participant->user_id);
}

}  // namespace rollcall
