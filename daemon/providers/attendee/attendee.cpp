#include "providers/attendee/attendee.hpp"

#include "providers/attendee/listing_plan.hpp"
#include "providers/attendee/meeting_plan.hpp"
#include "providers/attendee/normalise.hpp"
#include "providers/attendee/route.hpp"
#include "providers/attendee/signature.hpp"

#include <array>
#include <utility>

namespace rollcall::attendee {
namespace {

class attendee_provider final : public provider {
public:
    std::string_view name() const override { return "attendee"; }

    std::span<const std::string_view> signed_headers() const override
    {
        static constexpr std::array names = {signature_header};
        return names;
    }

    result<webhook_key, fault> parse_secret(std::string_view text) const override
    {
        return attendee::parse_secret(text);
    }

    // No time is signed: against replays there is only the ledger.
    result<void, fault> verify(
        const webhook_request& request, std::span<const webhook_key> keys, timestamp
    ) const override
    {
        return attendee::verify(request, keys);
    }

    result<routing, fault> route(const webhook_request& request) const override
    {
        return attendee::route(request.body);
    }

    result<normalised, fault> normalise(const intake_record& record) const override
    {
        return attendee::normalise(record);
    }

    probe make_probe() const override
    {
        probe made;
        made.body = R"({"trigger":"rollcall.doctor"})";
        return made;
    }

    bool sign(probe& what, const webhook_key& with, timestamp /*now*/) const override
    {
        auto made = signature_of(what.body, with);
        if (made)
            what.with.emplace_back(signature_header, *std::move(made));
        return made.has_value();
    }

    std::unique_ptr<poll_plan> follow(
        const poll_pace& pace, std::string meeting, std::string_view state
    ) const override
    {
        return std::make_unique<meeting_plan>(pace, std::move(meeting), state);
    }

    std::unique_ptr<poll_plan> list(const poll_pace& pace, std::string_view state) const override
    {
        return std::make_unique<listing_plan>(pace, state);
    }

    // `text/html` would be answered with a page for people.
    headers request_headers(std::string_view api_key) const override
    {
        return {
            {"authorization", std::string{"Token "}.append(api_key)},
            {"accept", "application/json"}};
    }

    hook_places hooks() const override
    {
        return {
            .otherwise =
                "Attendee has no API for webhooks: a project's are in its dashboard under "
                "Settings, "
                "Webhooks; a bot's are given as `webhooks` when the bot is created"};
    }
    std::string_view default_base_url() const override { return "https://app.attendee.dev"; }

    // Attendee throttles no GETs; this is what it allows a project in POSTs (docs/providers.md).
    unsigned requests_a_minute() const override { return 3000; }
};

}  // namespace

// All Attendee sources are alike.
std::unique_ptr<const provider> make(const source_options& /*options*/)
{
    return std::make_unique<attendee_provider>();
}

}  // namespace rollcall::attendee
