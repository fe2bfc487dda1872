// What a webhook costs before it is stored. The floor is what nobody can leave out: HMAC-SHA256
// over the canonical bytes, keyed already. Prints nanoseconds a body and the ratio to that floor,
// as medians over rounds that take turns.
#include "providers/attendee/attendee.hpp"
#include "providers/attendee/canonical.hpp"
#include "providers/hmac_sha256.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

namespace rollcall::bench {
namespace {

constexpr std::string_view body =
    R"({"idempotency_key": "24d4917a-34dd-4a8a-ba3e-8572dad1693e", "bot_id": "bot_p0Lm3kJn7hBg4vFc", )"
    R"("bot_metadata": null, "trigger": "participant_events.join_leave", "data": {"id": "pe_q2WdE5rFt8GyH1uJ", )"
    R"("event_data": {}, "event_type": "join", "timestamp_ms": 1786698008125, "participant_name": "Priya", )"
    R"("participant_uuid": "16778240", "participant_is_host": false, )"
    R"("participant_user_uuid": "AAB6E21A-6B36-4A95-98EC-5AF42CD"}})";
static_assert(body.size() == 420);

struct signed_request final : webhook_request {
    std::string signature;
    header_value header(std::string_view) const override { return {signature, 1}; }
    headers headers_from(std::string_view) const override { return {}; }
};

// Keeps the compiler from leaving out what nobody reads.
volatile unsigned char sink;

void must(bool done)
{
    if (!done)
        std::abort();
}

struct measured {
    const char* name;
    std::function<void()> once;
    std::vector<double> rounds = {};

    void run()
    {
        constexpr int calls = 20'000;
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < calls; ++i)
            once();
        rounds.push_back(
            std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start)
                .count() /
            calls
        );
    }
    double median()
    {
        std::ranges::nth_element(
            rounds, rounds.begin() + static_cast<std::ptrdiff_t>(rounds.size() / 2)
        );
        return rounds[rounds.size() / 2];
    }
};

void parse_with_rapidjson()
{
    constexpr auto flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                           rapidjson::kParseNumbersAsStringsFlag;
    rapidjson::MemoryStream stream{body.data(), body.size()};
    rapidjson::BaseReaderHandler<> ignore;
    rapidjson::Reader reader;
    must(!reader.Parse<flags>(stream, ignore).IsError());
}

void run()
{
    const auto& attendee = *find_provider("attendee");
    const webhook_key key{std::string(32, 'k')};
    json_tree tree;
    std::string canonical;
    must(attendee::canonical_form(body, tree, canonical).has_value());
    const std::string signed_bytes = canonical;
    hmac_sha256 hmac{key.bytes};

    std::array<unsigned char, 45> text{};
    const auto digest = hmac(signed_bytes);
    EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    signed_request request;
    request.body = body;
    request.signature.assign(text.begin(), text.end() - 1);

    intake_record record;
    record.body = body;
    record.source = "attendee-prod";
    record.provider = "attendee";

    std::vector<measured> all = {
        {"floor: HMAC of the canonical bytes", [&] { sink = hmac(signed_bytes)[0]; }},
        {"verify",
         [&] {
             must(attendee.verify(request, {&key, 1}, {}).has_value());
         }},
        {"  of it the canonical form",
         [&] { must(attendee::canonical_form(body, tree, canonical).has_value()); }},
        {"route", [&] { must(attendee.route(request).has_value()); }},
        {"normalise", [&] { must(attendee.normalise(record).has_value()); }},
        {"for comparison: one-shot HMAC()",
         [&] {
             std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
             const auto* bytes = reinterpret_cast<const unsigned char*>(signed_bytes.data());
             HMAC(
                 EVP_sha256(), key.bytes.data(), 32, bytes, signed_bytes.size(), mac.data(), nullptr
             );
             sink = mac[0];
         }},
        {"for comparison: RapidJSON's reader", parse_with_rapidjson},
    };
    for (int round = 0; round < 15; ++round)
        for (auto& each : all)
            each.run();
    std::printf("Attendee webhook of %zu bytes, one thread%23s%8s\n", body.size(), "ns", "ratio");
    for (auto& each : all)
        std::printf(
            "%-56s%8.0f%8.2f\n", each.name, each.median(), each.median() / all.front().median()
        );
}

}  // namespace
}  // namespace rollcall::bench

int main()
{
    rollcall::bench::run();
}
