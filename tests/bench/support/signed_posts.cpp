#include "bench/signed_posts.hpp"

#include "bench/http_load.hpp"
#include "providers/attendee/canonical.hpp"
#include "providers/hmac_sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <stdexcept>

namespace rollcall::bench {
namespace {

constexpr std::size_t body_size = 420;

std::string body_of(unsigned number, unsigned meetings)
{
    std::array<char, 512> text{};
    std::snprintf(
        text.data(),
        text.size(),
        R"({"idempotency_key": "24d4917a-34dd-4a8a-ba3e-%012u", "bot_id": "bot_p0Lm3k%010u", )"
        R"("bot_metadata": null, "trigger": "participant_events.join_leave", "data": {"id": "pe_q2WdE5%010u", )"
        R"("event_data": {}, "event_type": "%s", "timestamp_ms": 1786698008125, "participant_name": "Priya", )"
        R"("participant_uuid": "%08u", "participant_is_host": false, "participant_user_uuid": ")",
        number,
        number % meetings,
        number,
        number / meetings % 2 == 0 ? "join" : "leave",
        number / meetings / 2
    );
    std::string body{text.data()};
    const std::string_view end = R"("}})";
    body.append(body_size - end.size() - body.size(), 'A').append(end);
    return body;
}

std::string sign(const std::string& body, hmac_sha256& hmac)
{
    json_tree tree;
    std::string canonical;
    if (!attendee::canonical_form(body, tree, canonical))
        throw std::logic_error{"a body of the benchmark is not valid"};
    const auto digest = hmac(canonical);
    std::array<unsigned char, 64> text{};
    const auto size = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    return {text.begin(), text.begin() + size};
}

}  // namespace

std::vector<std::string> signed_posts(
    const std::string& path, const webhook_key& key, unsigned count, unsigned meetings
)
{
    hmac_sha256 hmac{key.bytes};
    std::vector<std::string> posts;
    posts.reserve(count);
    for (unsigned i = 0; i < count; ++i) {
        const auto body = body_of(i, meetings);
        std::vector<std::pair<std::string, std::string>> fields{
            {"User-Agent", "Attendee-Webhook/1.0"},
            {"Accept-Encoding", "gzip, deflate"},
            {"Accept", "*/*"},
            {"Connection", "keep-alive"},
            {"X-Webhook-Signature", sign(body, hmac)},
        };
        posts.push_back(render_post(path, fields, body));
    }
    return posts;
}

}  // namespace rollcall::bench
