#include "providers/realtimekit/public_key.hpp"

#include "providers/json_facts.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace rollcall::realtimekit {
namespace {

// Their key's size is not documented. Smaller is no key at all, larger makes every check slow.
constexpr int least_bits = 1024;
constexpr int most_bits = 8192;

struct free_bio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
struct free_key {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

// Escapes that somebody has printed as text are line ends again.
std::string with_line_ends(std::string_view pem)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 2> escapes{
        {{"\\r", ""}, {"\\n", "\n"}}};
    std::string text{pem};
    for (const auto& [escape, meant] : escapes)
        for (auto at = text.find(escape); at != std::string::npos; at = text.find(escape, at))
            text.replace(at, escape.size(), meant);
    return text;
}

std::unique_ptr<EVP_PKEY, free_key> read_pem(const std::string& text)
{
    const std::unique_ptr<BIO, free_bio> from{
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
    return std::unique_ptr<EVP_PKEY, free_key>{
        PEM_read_bio_PUBKEY(from.get(), nullptr, nullptr, nullptr)};
}

std::string to_der(const EVP_PKEY& key)
{
    std::string der(static_cast<std::size_t>(std::max(0, i2d_PUBKEY(&key, nullptr))), '\0');
    auto* out = reinterpret_cast<unsigned char*>(der.data());
    i2d_PUBKEY(&key, &out);
    return der;
}

}  // namespace

result<webhook_key, fault> read_public_key(std::string_view pem)
{
    constexpr std::size_t most_bytes = 16UL * 1024;
    if (pem.empty())
        return fault{errc::missing_field, "the key is empty"};
    if (pem.size() > most_bytes)
        return fault{errc::wrong_type, "the key is longer than any public key"};
    const auto key = read_pem(with_line_ends(pem));
    if (!key)
        return fault{
            errc::wrong_type, "the key is no public key in PEM (-----BEGIN PUBLIC KEY-----)"};
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
        return fault{errc::wrong_type, "the key is no RSA key"};
    if (const int bits = EVP_PKEY_get_bits(key.get()); bits < least_bits || bits > most_bits)
        return fault{
            errc::wrong_type,
            "the key has " + std::to_string(bits) + " bits, from " + std::to_string(least_bits) +
                " to " + std::to_string(most_bits) + " can be"};
    return webhook_key{to_der(*key), key_kind::rsa};
}

result<webhook_key, fault> read_key_answer(std::string_view body)
{
    json_tree tree;
    if (auto parsed = tree.parse(body); !parsed)
        return parsed.error();
    const auto& root = tree.root();
    if (root.type != json_type::object)
        return fault{errc::wrong_type, ""};
    if (!optional_flag(tree, root, "success").value_or(true))
        return fault{errc::unknown_value, "success"};
    const auto* const data = tree.find(root, "data");
    const bool inside = data != nullptr && data->type == json_type::object;
    const auto written = required(
        tree, inside ? *data : root, inside ? "data." : "", "publicKey", json_type::string
    );
    if (!written)
        return written.error();
    return read_public_key((*written)->text);
}

}  // namespace rollcall::realtimekit
