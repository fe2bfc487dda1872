#include "providers/standard_webhooks/signature.hpp"

#include "providers/base64.hpp"
#include "providers/keyed_hmacs.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <vector>

namespace rollcall::standard_webhooks {
namespace {

constexpr std::size_t ed25519_key_bytes = 32;
constexpr std::size_t ed25519_signature_bytes = 64;
constexpr std::size_t hmac_signature_bytes = 32;
// The standard has 24 to 64 bytes, Svix, which signs for many senders, up to 75.
constexpr std::size_t least_secret_bytes = 24;
constexpr std::size_t most_secret_bytes = 75;
constexpr std::size_t most_header_bytes = std::size_t{4} * 1024;
constexpr std::size_t most_signatures = 16;

fault unusable(std::string why)
{
    return {errc::wrong_type, std::move(why)};
}

result<std::string, fault> decode_secret(std::string_view digits)
{
    auto bytes = decode_base64(digits);
    if (!bytes)
        return unusable("the secret is not standard base64: it has " + bytes.error().where);
    return bytes;
}

result<webhook_key, fault> parse_public_key(std::string_view digits)
{
    auto bytes = decode_secret(digits);
    if (!bytes)
        return bytes.error();
    if (bytes->size() != ed25519_key_bytes)
        return unusable(
            "the public key has " + std::to_string(bytes->size()) +
            " bytes, those of Ed25519 have " + std::to_string(ed25519_key_bytes)
        );
    return webhook_key{std::move(*bytes), key_kind::ed25519};
}

result<webhook_key, fault> parse_hmac_key(std::string_view digits)
{
    auto bytes = decode_secret(digits);
    if (!bytes)
        return bytes.error();
    if (bytes->size() < least_secret_bytes || bytes->size() > most_secret_bytes)
        return unusable(
            "the secret has " + std::to_string(bytes->size()) + " bytes, should have " +
            std::to_string(least_secret_bytes) + " to " + std::to_string(most_secret_bytes) +
            "; where the text itself is the key, write raw: before it"
        );
    return webhook_key{std::move(*bytes)};
}

/// Takes `start` off the start of `text`, or nothing.
bool take_start(std::string_view& text, std::string_view start)
{
    if (!text.starts_with(start))
        return false;
    text.remove_prefix(start.size());
    return true;
}

// The three headers of one family.
struct signed_headers {
    webhook_request::header_value id, time, signatures;

    signed_headers(const webhook_request& request, std::string_view prefix)
        : id{request.header(std::string{prefix}.append("id"))},
          time{request.header(std::string{prefix}.append("timestamp"))},
          signatures{request.header(std::string{prefix}.append("signature"))}
    {
    }
    std::array<webhook_request::header_value, 3> all() const { return {id, time, signatures}; }
    bool complete() const
    {
        return std::ranges::none_of(all(), [](const auto& each) { return each.text.empty(); });
    }
    bool absent() const
    {
        return std::ranges::all_of(all(), [](const auto& each) { return each.count == 0; });
    }
    bool malformed() const
    {
        return std::ranges::any_of(all(), [](const auto& each) {
            return each.count > 1 || each.text.size() > most_header_bytes;
        });
    }
};

// The first complete family, or the reason why there is none.
result<signed_headers, fault> find_headers(
    const webhook_request& request, std::span<const std::string_view> prefixes
)
{
    std::optional<signed_headers> chosen;
    bool absent = true;
    for (const auto prefix : prefixes) {
        const signed_headers family{request, prefix};
        if (family.malformed())
            return fault{errc::bad_header, std::string{prefix}.append("*")};
        absent = absent && family.absent();
        if (!chosen && family.complete())
            chosen = family;
    }
    if (!chosen)
        return fault{
            absent ? errc::missing_signature : errc::bad_signature,
            prefixes.empty() ? std::string{} : std::string{prefixes.front()}.append("*")};
    return *chosen;
}

bool is_near(std::string_view signed_time, timestamp now, milliseconds tolerance)
{
    std::int64_t seconds = 0;
    const char* const end = signed_time.data() + signed_time.size();
    const auto [after, ec] = std::from_chars(signed_time.data(), end, seconds);
    // from_chars takes a minus; the digits are to be all there is.
    if (ec != std::errc{} || after != end || signed_time.front() == '-')
        return false;
    const auto now_s = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    const auto apart = seconds > now_s ? seconds - now_s : now_s - seconds;
    return apart <= std::chrono::floor<std::chrono::seconds>(tolerance).count();
}

// The signatures of a request that could be somebody's, by their version.
struct offered_signatures {
    std::vector<std::string> hmac, ed25519;
};

// Unknown versions and values of the wrong length are passed over, as the standard says.
std::optional<offered_signatures> parse_signatures(std::string_view list)
{
    offered_signatures offered;
    if (static_cast<std::size_t>(std::ranges::count(list, ' ')) >= most_signatures)
        return std::nullopt;
    while (!list.empty()) {
        const auto item = list.substr(0, list.find(' '));
        list.remove_prefix(std::min(item.size() + 1, list.size()));
        const auto comma = item.find(',');
        if (comma == std::string_view::npos)
            continue;
        const auto version = item.substr(0, comma);
        if (version != "v1" && version != "v1a")
            continue;
        auto bytes = decode_base64(item.substr(comma + 1));
        if (!bytes)
            continue;
        if (version == "v1" && bytes->size() == hmac_signature_bytes)
            offered.hmac.push_back(std::move(*bytes));
        else if (version == "v1a" && bytes->size() == ed25519_signature_bytes)
            offered.ed25519.push_back(std::move(*bytes));
    }
    return offered;
}

using signed_parts = std::array<std::string_view, 5>;

bool is_hmac_of(
    const signed_parts& parts, const webhook_key& key, std::span<const std::string> offered
)
{
    thread_local keyed_hmacs hmacs;
    if (offered.empty())
        return false;
    const auto expected = hmacs.of(key.bytes)(parts);
    return std::ranges::any_of(offered, [&expected](const std::string& signature) {
        return CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0;
    });
}

struct free_openssl {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

bool is_ed25519_of(
    const signed_parts& parts, const webhook_key& key, std::span<const std::string> offered
)
{
    if (offered.empty())
        return false;
    const std::unique_ptr<EVP_PKEY, free_openssl> with{EVP_PKEY_new_raw_public_key(
        EVP_PKEY_ED25519, nullptr, bytes_of(key.bytes), key.bytes.size()
    )};
    if (!with)
        return false;
    // It hashes twice, so it wants all of it in one place.
    std::string message;
    for (const auto part : parts)
        message += part;
    return std::ranges::any_of(offered, [&](const std::string& signature) {
        const std::unique_ptr<EVP_MD_CTX, free_openssl> context{EVP_MD_CTX_new()};
        return context &&
               EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, with.get()) == 1 &&
               EVP_DigestVerify(
                   context.get(),
                   bytes_of(signature),
                   signature.size(),
                   bytes_of(message),
                   message.size()
               ) == 1;
    });
}

bool is_signed_with(
    const signed_parts& parts, const webhook_key& key, const offered_signatures& offered
)
{
    switch (key.kind) {
        case key_kind::hmac:
            return is_hmac_of(parts, key, offered.hmac);
        case key_kind::ed25519:
            return is_ed25519_of(parts, key, offered.ed25519);
        case key_kind::rsa:
            return false;  // no version of the standard
    }
    return false;
}

}  // namespace

result<webhook_key, fault> parse_secret(std::string_view text)
{
    if (text.empty() || text == "raw:")
        return fault{errc::missing_field, "the secret is empty"};
    if (take_start(text, "raw:"))
        return webhook_key{std::string{text}};
    if (text.starts_with("whsk_"))
        return unusable("that is the sender's private key; the receiver's begins with whpk_");
    if (take_start(text, "whpk_"))
        return parse_public_key(text);
    take_start(text, "whsec_");
    return parse_hmac_key(text);
}

result<void, fault> verify(
    const webhook_request& request,
    std::span<const webhook_key> keys,
    timestamp now,
    const rules& by
)
{
    const auto found = find_headers(request, by.prefixes);
    if (!found)
        return found.error();
    if (!is_near(found->time.text, now, by.tolerance))
        return fault{errc::stale_signature, "timestamp"};
    const auto offered = parse_signatures(found->signatures.text);
    if (!offered)
        return fault{errc::bad_header, "signature"};
    const signed_parts parts = {found->id.text, ".", found->time.text, ".", request.body};
    const bool authentic = std::ranges::any_of(keys, [&](const webhook_key& key) {
        return is_signed_with(parts, key, *offered);
    });
    if (!authentic)
        return fault{errc::bad_signature, "signature"};
    return {};
}

bool sign(probe& what, const webhook_key& with, timestamp now, std::string_view prefix)
{
    if (with.kind != key_kind::hmac)
        return false;
    const auto since_1970 = now.time_since_epoch();
    const auto id = "rollcall_doctor_" + std::to_string(since_1970.count());
    const auto time = std::to_string(std::chrono::floor<std::chrono::seconds>(since_1970).count());
    const signed_parts parts = {id, ".", time, ".", what.body};
    const auto digest = hmac_sha256{with.bytes}(parts);
    std::array<unsigned char, 4 * (hmac_signature_bytes + 2) / 3 + 1> text{};
    const int size = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    const std::string signature{text.begin(), text.begin() + size};
    what.with.emplace_back(std::string{prefix}.append("id"), id);
    what.with.emplace_back(std::string{prefix}.append("timestamp"), time);
    what.with.emplace_back(std::string{prefix}.append("signature"), "v1," + signature);
    return true;
}

std::string_view delivery_id(
    const webhook_request& request, std::span<const std::string_view> prefixes
)
{
    const auto found = find_headers(request, prefixes);
    return found ? found->id.text : std::string_view{};
}

}  // namespace rollcall::standard_webhooks
