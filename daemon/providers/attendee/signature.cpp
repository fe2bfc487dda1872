#include "providers/attendee/signature.hpp"

#include "providers/attendee/canonical.hpp"
#include "providers/base64.hpp"
#include "providers/keyed_hmacs.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace rollcall::attendee {
namespace {

constexpr std::size_t secret_bytes = 32;
constexpr std::size_t signature_bytes = 44;  // base64 of 32 bytes

// What a thread keeps from one verification to the next, so that the usual one allocates nothing.
class verifier {
public:
    result<void, fault> canonicalise(std::string_view body)
    {
        return canonical_form(body, tree_, canonical_);
    }

    using signature_text = std::array<unsigned char, signature_bytes + 1>;

    signature_text signature_by(const webhook_key& key)
    {
        const auto digest = hmacs_.of(key.bytes)(canonical_);
        signature_text made{};
        EVP_EncodeBlock(made.data(), digest.data(), static_cast<int>(digest.size()));
        return made;
    }

    bool is_signed_with(const webhook_key& key, std::string_view signature)
    {
        const auto expected = signature_by(key);
        return CRYPTO_memcmp(expected.data(), signature.data(), signature_bytes) == 0;
    }

    // A large body must not occupy memory for good.
    void release()
    {
        constexpr std::size_t kept_bytes = std::size_t{64} * 1024;
        if (canonical_.capacity() > kept_bytes)
            canonical_ = {};
    }

private:
    json_tree tree_;
    std::string canonical_;
    keyed_hmacs hmacs_;
};

}  // namespace

result<webhook_key, fault> parse_secret(std::string_view text)
{
    if (text.empty())
        return fault{errc::missing_field, "the secret is empty"};
    auto bytes = decode_base64(text);
    if (!bytes)
        return fault{
            errc::wrong_type, "the secret is not standard base64: it has " + bytes.error().where};
    if (bytes->size() != secret_bytes)
        return fault{
            errc::wrong_type,
            "the secret has " + std::to_string(bytes->size()) + " bytes, Attendee's have " +
                std::to_string(secret_bytes)};
    return webhook_key{std::move(*bytes)};
}

result<void, fault> verify(const webhook_request& request, std::span<const webhook_key> keys)
{
    thread_local verifier mine;

    const auto signature = request.header(signature_header);
    if (signature.text.empty())
        return fault{errc::missing_signature, std::string{signature_header}};
    if (signature.count != 1 || signature.text.size() != signature_bytes)
        return fault{errc::bad_signature, std::string{signature_header}};
    if (auto canonical = mine.canonicalise(request.body); !canonical)
        return canonical;
    const bool authentic = std::ranges::any_of(keys, [&](const webhook_key& key) {
        return mine.is_signed_with(key, signature.text);
    });
    mine.release();
    if (!authentic)
        return fault{errc::bad_signature, std::string{signature_header}};
    return {};
}

result<std::string, fault> signature_of(std::string_view body, const webhook_key& key)
{
    verifier by;
    if (const auto canonical = by.canonicalise(body); !canonical)
        return canonical.error();
    const auto made = by.signature_by(key);
    return std::string{made.begin(), made.end() - 1};
}

}  // namespace rollcall::attendee
