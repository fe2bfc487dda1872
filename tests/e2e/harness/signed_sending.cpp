#include "harness/signed_sending.hpp"

#include "simulator/base64.hpp"
#include "support/http_client.hpp"

#include <openssl/hmac.h>

#include <array>
#include <chrono>

namespace rollcall::test {

std::int64_t now_s()
{
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch()
    )
        .count();
}

std::string signature_of(const std::string& text)
{
    const auto key = simulator::decode_base64(deployment::secret);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    HMAC(
        EVP_sha256(),
        key.data(),
        static_cast<int>(key.size()),
        reinterpret_cast<const unsigned char*>(text.data()),
        text.size(),
        digest.data(),
        &size
    );
    return "v1," + simulator::encode_base64({reinterpret_cast<const char*>(digest.data()), size});
}

unsigned send_signed(
    const instance& to,
    const std::string& source,
    const std::string& id,
    const std::string& body,
    const std::string& type
)
{
    const auto time = std::to_string(now_s());
    const http_headers with = {
        {"Content-Type", type},
        {"Webhook-Id", id},
        {"Webhook-Timestamp", time},
        {"Webhook-Signature", signature_of(id + "." + time + "." + body)}};
    return post(to.webhook_url(source), with, body).status;
}

}  // namespace rollcall::test
