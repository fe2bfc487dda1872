#include "providers/standard_webhooks/standard_webhooks.hpp"

#include "providers/media_type.hpp"
#include "providers/standard_webhooks/normalise.hpp"
#include "providers/standard_webhooks/probe.hpp"
#include "providers/standard_webhooks/signature.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace rollcall::standard_webhooks {
namespace {

constexpr std::string_view json_type_name = "application/json";
constexpr std::array<std::string_view, 3> suffixes = {"id", "timestamp", "signature"};

std::vector<std::string> prefixes_of(const source_options& options)
{
    if (!options.header_prefixes.empty())
        return options.header_prefixes;
    return {"webhook-", "svix-"};
}

std::vector<std::string_view> types_of(const std::optional<event_mapping>& mapping)
{
    if (!mapping || !mapping->cloudevents)
        return {json_type_name};
    std::vector<std::string_view> types;
    if (mapping->cloudevents->structured)
        types.push_back(structured_type);
    if (mapping->cloudevents->binary)
        types.push_back(json_type_name);
    if (mapping->cloudevents->batch)
        types.push_back(batch_type);
    return types;
}

// The answer to `120` where 60 are allowed is `60`; nothing to what is no number.
std::string rate_for(std::string_view asked, std::uint32_t allowed)
{
    std::uint32_t rate = 0;
    const char* const end = asked.data() + asked.size();
    const auto [after, ec] = std::from_chars(asked.data(), end, rate);
    if (ec != std::errc{} || after != end || rate == 0)
        return {};
    return std::to_string(allowed == 0 ? rate : std::min(rate, allowed));
}

bool equal_ignoring_case(std::string_view a, std::string_view b)
{
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::ranges::equal(a, b, {}, lower, lower);
}

class generic_provider final : public provider {
public:
    explicit generic_provider(const source_options& options)
        : options_{options}, prefixes_{prefixes_of(options)}, types_{types_of(options.mapping)}
    {
        for (const auto& prefix : prefixes_) {
            prefix_views_.push_back(prefix);
            for (const auto suffix : suffixes)
                header_names_.push_back(prefix + std::string{suffix});
        }
        header_views_.assign(header_names_.begin(), header_names_.end());
    }

    std::string_view name() const override { return "standard_webhooks"; }
    unsigned unreadable_status() const override { return 400; }
    bool may_be_unsigned() const override { return true; }
    bool needs_mapping() const override { return true; }
    std::span<const std::string_view> signed_headers() const override { return header_views_; }
    std::span<const std::string_view> content_types() const override { return types_; }

    result<webhook_key, fault> parse_secret(std::string_view text) const override
    {
        return standard_webhooks::parse_secret(text);
    }

    result<void, fault> verify(
        const webhook_request& request, std::span<const webhook_key> keys, timestamp now
    ) const override
    {
        return standard_webhooks::verify(
            request, keys, now, {prefix_views_, options_.signature_tolerance}
        );
    }

    probe make_probe() const override
    {
        return options_.mapping ? standard_webhooks::make_probe(*options_.mapping)
                                : provider::make_probe();
    }

    bool sign(probe& what, const webhook_key& with, timestamp now) const override
    {
        return standard_webhooks::sign(what, with, now, prefixes_.front());
    }

    std::optional<permission> permit(const webhook_request& request) const override;
    headers kept_headers(const webhook_request& request) const override;

    result<routing, fault> route(const webhook_request& request) const override;
    result<std::vector<parcel>, fault> unpack(const webhook_request& request) const override;

    result<normalised, fault> normalise(const intake_record& record) const override
    {
        if (!options_.mapping)
            return fault{errc::unknown_value, "mapping"};
        return standard_webhooks::normalise(record, *options_.mapping);
    }

private:
    std::string delivery_of(const webhook_request& request) const;
    result<std::vector<parcel>, fault> unpack_batch(
        const webhook_request& request, const event_mapping& mapping
    ) const;

    source_options options_;
    std::vector<std::string> prefixes_, header_names_;
    std::vector<std::string_view> prefix_views_, header_views_;
    std::vector<std::string_view> types_;
};

std::optional<permission> generic_provider::permit(const webhook_request& request) const
{
    const auto origin = request.header("webhook-request-origin");
    const auto& allowed = options_.allowed_origins;
    const bool known = std::ranges::any_of(allowed, [&origin](const std::string& each) {
        return each == "*" || equal_ignoring_case(each, origin.text);
    });
    if (origin.count != 1 || origin.text.empty() || !known)
        return std::nullopt;
    const auto rate = request.header("webhook-request-rate");
    return permission{
        std::string{origin.text},
        rate.count == 1 ? rate_for(rate.text, options_.allowed_rate) : std::string{}};
}

// Unsigned requests may carry an id, which is as good as the rest of them.
std::string generic_provider::delivery_of(const webhook_request& request) const
{
    if (const auto id = delivery_id(request, prefix_views_); !id.empty())
        return std::string{id};
    for (const auto& prefix : prefixes_)
        if (const auto id = request.header(prefix + "id"); id.count == 1)
            return std::string{id.text};
    return {};
}

headers generic_provider::kept_headers(const webhook_request& request) const
{
    headers kept = provider::kept_headers(request);
    if (!options_.mapping || !options_.mapping->cloudevents)
        return kept;
    kept.emplace_back("content-type", request.header("content-type").text);
    for (auto& attribute : request.headers_from(attribute_prefix))
        kept.push_back(std::move(attribute));
    return kept;
}

result<routing, fault> generic_provider::route(const webhook_request& request) const
{
    thread_local event_view told;
    if (!options_.mapping)
        return fault{errc::unknown_value, "mapping"};
    if (auto read = read_event(told, request.body, kept_headers(request), *options_.mapping); !read)
        return read.error();
    return routing{meeting_of(told, *options_.mapping), delivery_of(request)};
}

result<std::vector<parcel>, fault> generic_provider::unpack(const webhook_request& request) const
{
    const auto& mapping = options_.mapping;
    if (mapping && mapping->cloudevents &&
        media_type(request.header("content-type").text) == batch_type)
        return unpack_batch(request, *mapping);
    auto to = route(request);
    if (!to)
        return to.error();
    return std::vector<parcel>{{std::move(*to), request.body, kept_headers(request)}};
}

// The signature is of the whole, so it is not kept with the parts.
result<std::vector<parcel>, fault> generic_provider::unpack_batch(
    const webhook_request& request, const event_mapping& mapping
) const
{
    auto events = read_batch(request.body, mapping);
    if (!events)
        return events.error();
    const headers as_single = {{"content-type", std::string{structured_type}}};
    const auto delivery = delivery_of(request);
    std::vector<parcel> parcels;
    for (auto& each : *events)
        parcels.push_back({{std::move(each.meeting), delivery}, each.body, as_single});
    return parcels;
}

}  // namespace

std::unique_ptr<const provider> make(const source_options& options)
{
    return std::make_unique<generic_provider>(options);
}

}  // namespace rollcall::standard_webhooks
