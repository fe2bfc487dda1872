#pragma once

#include <openssl/types.h>

#include <array>
#include <memory>
#include <span>
#include <string_view>

namespace rollcall {

using sha256_digest = std::array<unsigned char, 32>;

/// HMAC-SHA256 under one key. The keyed state is made once and used again: a third of the time of
/// OpenSSL's one-shot HMAC(), which fetches its algorithms anew for every call. One thread at a
/// time. Throws std::runtime_error where OpenSSL has no HMAC or SHA-256.
class hmac_sha256 {
public:
    explicit hmac_sha256(std::string_view key);

    sha256_digest operator()(std::string_view message) { return (*this)({&message, 1}); }
    /// Of the parts put together, without putting them together.
    sha256_digest operator()(std::span<const std::string_view> parts);

private:
    struct free_context {
        void operator()(EVP_MAC_CTX* context) const;
    };
    std::unique_ptr<EVP_MAC_CTX, free_context> context_;
};

sha256_digest sha256(std::string_view message);

}  // namespace rollcall
