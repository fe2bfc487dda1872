#include "providers/realtimekit/realtimekit.hpp"

#include "providers/realtimekit/filters.hpp"
#include "providers/realtimekit/meeting_lookup_plan.hpp"
#include "providers/realtimekit/normalise.hpp"
#include "providers/realtimekit/public_key.hpp"
#include "providers/realtimekit/route.hpp"
#include "providers/realtimekit/session_list_plan.hpp"
#include "providers/realtimekit/session_plan.hpp"
#include "providers/realtimekit/signature.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::realtimekit {
namespace {

class realtimekit_provider final : public provider {
public:
    explicit realtimekit_provider(const source_options& options)
        : prefixes_{options.header_prefixes}, filters_{std::make_shared<filters>(options.filters)}
    {
        if (prefixes_.empty())
            prefixes_.emplace_back("rtk-");
    }

    std::string_view name() const override { return "realtimekit"; }
    unsigned accepted_status() const override { return 200; }
    // Any status below 500 is final: no retry would make this one readable.
    unsigned unreadable_status() const override { return 400; }

    std::span<const std::string_view> signed_headers() const override
    {
        static constexpr std::array<std::string_view, 4> names = {
            "rtk-signature", "rtk-webhook-id", "dyte-signature", "dyte-webhook-id"};
        return names;
    }

    // A key that is pinned in the settings.
    result<webhook_key, fault> parse_secret(std::string_view text) const override
    {
        return read_public_key(text);
    }

    std::string_view default_key_url() const override
    {
        return "https://api.realtime.cloudflare.com/.well-known/webhooks.json";
    }
    result<webhook_key, fault> read_key_answer(std::string_view body) const override
    {
        return realtimekit::read_key_answer(body);
    }
    bool may_need_newer_key(const webhook_request& request) const override
    {
        return may_be_signed(request, prefixes_);
    }

    // No time is signed: against replays there is only the ledger.
    result<void, fault> verify(
        const webhook_request& request, std::span<const webhook_key> keys, timestamp
    ) const override
    {
        return realtimekit::verify(request, keys, prefixes_);
    }

    result<routing, fault> route(const webhook_request& request) const override
    {
        return realtimekit::route(request, prefixes_);
    }

    result<normalised, fault> normalise(const intake_record& record) const override
    {
        return realtimekit::normalise(record);
    }

    // A webhook that names no session has one looked up by its permanent meeting.
    std::unique_ptr<poll_plan> follow(
        const poll_pace& pace, std::string meeting, std::string_view state
    ) const override
    {
        if (meeting.starts_with(meeting_prefix))
            return std::make_unique<meeting_lookup_plan>(
                pace, meeting.substr(meeting_prefix.size())
            );
        return std::make_unique<session_plan>(pace, filters_, std::move(meeting), state);
    }
    std::unique_ptr<poll_plan> list(const poll_pace& pace, std::string_view state) const override
    {
        return std::make_unique<session_list_plan>(pace, state);
    }
    headers request_headers(std::string_view api_key) const override
    {
        return {
            {"authorization", std::string{"Bearer "}.append(api_key)},
            {"accept", "application/json"}};
    }
    hook_places hooks() const override { return {"/webhooks", "/webhooks", {}}; }
    std::vector<std::string_view> hook_events() const override
    {
        const auto names = event_names();
        return {names.begin(), names.end()};
    }
    bool needs_base_url() const override { return true; }  // account and app stand in it
    bool has_filters() const override { return true; }
    // 1,000 in five minutes: below what any version of the vendor's pages allows.
    unsigned requests_a_minute() const override { return 200; }

private:
    std::vector<std::string> prefixes_;
    std::shared_ptr<filters> filters_;
};

}  // namespace

std::unique_ptr<const provider> make(const source_options& options)
{
    return std::make_unique<realtimekit_provider>(options);
}

}  // namespace rollcall::realtimekit
