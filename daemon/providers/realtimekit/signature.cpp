#include "providers/realtimekit/signature.hpp"

#include "providers/base64.hpp"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace rollcall::realtimekit {
namespace {

constexpr std::string_view signature_name = "signature";

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

struct free_key {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct free_context {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// What a thread keeps from one verification to the next: reading a key costs as much as a check.
class verifier {
public:
    bool is_signed_with(const webhook_key& key, std::string_view signature, std::string_view body)
    {
        EVP_PKEY* const with = read(key);
        if (with == nullptr)
            return false;
        const std::unique_ptr<EVP_MD_CTX, free_context> context{EVP_MD_CTX_new()};
        EVP_PKEY_CTX* padding = nullptr;  // the context's
        if (!context ||
            EVP_DigestVerifyInit(context.get(), &padding, EVP_sha256(), nullptr, with) != 1 ||
            EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PADDING) != 1)
            throw std::runtime_error("OpenSSL cannot verify RSA with SHA-256");
        return EVP_DigestVerify(
                   context.get(), bytes_of(signature), signature.size(), bytes_of(body), body.size()
               ) == 1;
    }

private:
    struct known_key {
        std::string der;
        std::unique_ptr<EVP_PKEY, free_key> key;
    };

    // Null for a key of another kind.
    EVP_PKEY* read(const webhook_key& key)
    {
        constexpr std::size_t most = 16;
        if (key.kind != key_kind::rsa)
            return nullptr;
        const auto it = std::ranges::find(keys_, key.bytes, &known_key::der);
        if (it != keys_.end())
            return it->key.get();
        const auto* der = bytes_of(key.bytes);
        std::unique_ptr<EVP_PKEY, free_key> made{
            d2i_PUBKEY(nullptr, &der, static_cast<long>(key.bytes.size()))};
        if (keys_.size() == most)
            keys_.pop_back();
        return keys_.emplace_front(known_key{key.bytes, std::move(made)}).key.get();
    }

    std::list<known_key> keys_;
};

// The decoded signature; nothing where the header holds none that could be one.
std::optional<std::string> read_signature(const webhook_request::header_value& header)
{
    constexpr std::size_t least_bytes = 128, most_bytes = 1024;  // of the keys that are read
    if (header.count != 1 || header.text.size() > 4 * (most_bytes + 2) / 3)
        return std::nullopt;
    auto bytes = decode_base64(header.text);
    if (!bytes || bytes->size() < least_bytes)
        return std::nullopt;
    return *std::move(bytes);
}

}  // namespace

webhook_request::header_value find_header(
    const webhook_request& request, std::string_view name, std::span<const std::string> prefixes
)
{
    for (const auto& prefix : prefixes)
        if (const auto found = request.header(prefix + std::string{name}); found.count > 0)
            return found;
    return {};
}

result<void, fault> verify(
    const webhook_request& request,
    std::span<const webhook_key> keys,
    std::span<const std::string> prefixes
)
{
    thread_local verifier mine;

    const auto header = find_header(request, signature_name, prefixes);
    if (header.text.empty())
        return fault{errc::missing_signature, "rtk-signature"};
    const auto signature = read_signature(header);
    const bool authentic = signature && std::ranges::any_of(keys, [&](const webhook_key& key) {
                               return mine.is_signed_with(key, *signature, request.body);
                           });
    if (!authentic)
        return fault{errc::bad_signature, "rtk-signature"};
    return {};
}

bool may_be_signed(const webhook_request& request, std::span<const std::string> prefixes)
{
    return read_signature(find_header(request, signature_name, prefixes)).has_value();
}

}  // namespace rollcall::realtimekit
