#include "providers/hmac_sha256.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <stdexcept>

namespace rollcall {
namespace {

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

void expect(int done)
{
    if (done != 1)
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
}

// Fetched once for the process: a look-up by name costs more than hashing a webhook.
EVP_MAC* hmac_algorithm()
{
    static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
    return algorithm;
}

}  // namespace

void hmac_sha256::free_context::operator()(EVP_MAC_CTX* context) const
{
    EVP_MAC_CTX_free(context);
}

hmac_sha256::hmac_sha256(std::string_view key) : context_{EVP_MAC_CTX_new(hmac_algorithm())}
{
    std::array<char, 7> digest = {"SHA256"};
    const std::array parameters = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    if (!context_)
        throw std::runtime_error("OpenSSL has no HMAC");
    expect(EVP_MAC_init(context_.get(), bytes_of(key), key.size(), parameters.data()));
}

sha256_digest hmac_sha256::operator()(std::span<const std::string_view> parts)
{
    sha256_digest digest{};
    std::size_t size = 0;
    expect(EVP_MAC_init(context_.get(), nullptr, 0, nullptr));  // the key it has
    for (const auto part : parts)
        expect(EVP_MAC_update(context_.get(), bytes_of(part), part.size()));
    expect(EVP_MAC_final(context_.get(), digest.data(), &size, digest.size()));
    return digest;
}

sha256_digest sha256(std::string_view message)
{
    sha256_digest digest{};
    expect(EVP_Digest(message.data(), message.size(), digest.data(), nullptr, EVP_sha256(), nullptr)
    );
    return digest;
}

}  // namespace rollcall
