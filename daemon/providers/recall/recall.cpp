#include "providers/recall/recall.hpp"

#include "providers/recall/normalise.hpp"
#include "providers/recall/route.hpp"
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
        : region_{options.region}, tolerance_{options.signature_tolerance}
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

private:
    std::string region_;
    milliseconds tolerance_;
};

}  // namespace

std::unique_ptr<const provider> make(const source_options& options)
{
    return std::make_unique<recall_provider>(options);
}

}  // namespace rollcall::recall
