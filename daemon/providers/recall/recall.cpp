#include "providers/recall/recall.hpp"

#include "providers/recall/bot_key.hpp"
#include "providers/recall/bot_plan.hpp"
#include "providers/recall/listing_plan.hpp"
#include "providers/recall/marking_plan.hpp"
#include "providers/recall/normalise.hpp"
#include "providers/recall/recording_plan.hpp"
#include "providers/recall/route.hpp"
#include "providers/recall/survey_plan.hpp"
#include "providers/standard_webhooks/signature.hpp"

#include <array>
#include <string>
#include <utility>

namespace rollcall::recall {
namespace {

// The real-time family has the first; status webhooks of older workspaces the second.
constexpr std::array<std::string_view, 2> header_families = {"webhook-", "svix-"};

class recall_provider final : public provider {
public:
    explicit recall_provider(const source_options& options)
        : region_{options.region},
          base_url_{region_.empty() ? "" : "https://" + region_ + ".recall.ai"},
          tolerance_{options.signature_tolerance},
          plans_{
              .downloads =
                  {.elements = options.download_elements,
                   .element_bytes = options.download_element_bytes,
                   .depth = options.download_depth},
              .speaker_timeline = options.speaker_timeline,
              .marks = options.marks}
    {
    }

    std::string_view name() const override { return "recall"; }

    std::span<const std::string_view> signed_headers() const override
    {
        static constexpr std::array<std::string_view, 6> names = {
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
            "svix-id",
            "svix-timestamp",
            "svix-signature",
        };
        return names;
    }

    // Without the prefix an API key would pass for a secret, and be found wrong by the first 401.
    result<webhook_key, fault> parse_secret(std::string_view text) const override
    {
        constexpr std::string_view prefix = "whsec_";
        if (!text.empty() && !text.starts_with(prefix))
            return fault{
                errc::wrong_type, std::string{"Recall.ai's secrets begin with "}.append(prefix)};
        return standard_webhooks::parse_secret(text);
    }

    result<void, fault> verify(
        const webhook_request& request, std::span<const webhook_key> keys, timestamp now
    ) const override
    {
        return standard_webhooks::verify(request, keys, now, {header_families, tolerance_});
    }

    // Before a workspace has a secret its requests are not signed; those of its Desktop SDK never
    // are.
    bool may_be_unsigned() const override { return true; }

    // Separate deployments: keys, secrets and objects never cross.
    std::span<const std::string_view> regions() const override
    {
        static constexpr std::array<std::string_view, 4> names = {
            "us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1"};
        return names;
    }

    result<routing, fault> route(const webhook_request& request) const override
    {
        auto meeting = recall::route(request.body);
        if (!meeting)
            return meeting.error();
        const auto delivery = standard_webhooks::delivery_id(request, header_families);
        return routing{std::move(*meeting), std::string{delivery}};
    }

    result<normalised, fault> normalise(const intake_record& record) const override
    {
        return recall::normalise(record, region_);
    }

    bool sign(probe& what, const webhook_key& with, timestamp now) const override
    {
        return standard_webhooks::sign(what, with, now, header_families.front());
    }

    std::unique_ptr<poll_plan> follow(
        const poll_pace& pace, std::string meeting, std::string_view state
    ) const override
    {
        if (const auto bot = bot_of(meeting))
            return std::make_unique<bot_plan>(pace, std::string{*bot}, state);
        if (!plans_.marks.empty())
            return std::make_unique<marking_plan>(pace, plans_, std::move(meeting), state);
        return std::make_unique<recording_plan>(pace, plans_, std::move(meeting), state);
    }

    std::unique_ptr<poll_plan> list(const poll_pace& pace, std::string_view state) const override
    {
        return std::make_unique<listing_plan>(pace, state);
    }

    std::unique_ptr<poll_plan> survey(
        const poll_pace& pace, timestamp since, std::string_view state
    ) const override
    {
        return std::make_unique<survey_plan>(pace, since, state);
    }

    std::unique_ptr<poll_plan> look_up(const poll_pace& /*pace*/, std::string id) const override
    {
        return std::make_unique<lookup_plan>(std::move(id));
    }

    // Never `Bearer`. The form without `Token` works today, older contracts require this one.
    headers request_headers(std::string_view api_key) const override
    {
        return {
            {"authorization", std::string{"Token "}.append(api_key)},
            {"accept", "application/json"}};
    }

    std::string_view default_base_url() const override { return base_url_; }

    hook_places hooks() const override
    {
        return {
            .list = "/api/v1/realtime_endpoint/?status_code=running",
            .otherwise =
                "Recall.ai has no API that registers webhooks: status webhooks are set up in its "
                "dashboard, real-time endpoints are given as recording_config.realtime_endpoints "
                "when a bot is created; those that are running are:"};
    }

    unsigned requests_a_minute() const override { return 300; }

    std::span<const unsigned> rate_limits() const override
    {
        static constexpr std::array<unsigned, 2> limits = {
            300, 60};  // `object_limit`, `list_limit`
        return limits;
    }

    wait_range throttle_margin() const override
    {
        return {milliseconds{1'000}, milliseconds{5'000}};
    }

    // The regions' hosts, under which the API is, and files may be. Object storage has hosts of
    // which anybody can have one: who gets files from there names its own.
    std::span<const std::string_view> download_hosts() const override
    {
        static constexpr std::array<std::string_view, 5> hosts = {
            "us-east-1.recall.ai",
            "us-west-2.recall.ai",
            "eu-central-1.recall.ai",
            "ap-northeast-1.recall.ai",
            "api.recall.ai"};
        return hosts;
    }

private:
    std::string region_;
    std::string base_url_;
    milliseconds tolerance_;
    plan_options plans_;
};

}  // namespace

std::unique_ptr<const provider> make(const source_options& options)
{
    return std::make_unique<recall_provider>(options);
}

}  // namespace rollcall::recall
