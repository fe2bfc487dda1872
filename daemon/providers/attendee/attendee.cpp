#include "providers/attendee/attendee.hpp"

#include "providers/attendee/normalise.hpp"
#include "providers/attendee/route.hpp"
#include "providers/attendee/signature.hpp"

#include <array>

namespace rollcall::attendee {
namespace {

class webhook_provider final : public provider {
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

    result<routing, fault> route(std::string_view body) const override
    {
        return attendee::route(body);
    }

    result<normalised, fault> normalise(const intake_record& record) const override
    {
        return attendee::normalise(record);
    }
};

}  // namespace

const provider& webhooks()
{
    static const webhook_provider instance;
    return instance;
}

}  // namespace rollcall::attendee
