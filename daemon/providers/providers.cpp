#include "providers/attendee/attendee.hpp"
#include "providers/provider.hpp"
#include "providers/realtimekit/realtimekit.hpp"
#include "providers/recall/recall.hpp"
#include "providers/standard_webhooks/standard_webhooks.hpp"

#include <algorithm>
#include <array>

namespace rollcall {
namespace {

struct known_provider {
    std::string_view name;
    std::unique_ptr<const provider> (*make)(const source_options& options);
};

// A provider is a folder, its fixtures and one line here.
constexpr std::array table = {
    known_provider{"attendee", attendee::make},
    known_provider{"realtimekit", realtimekit::make},
    known_provider{"recall", recall::make},
    known_provider{"standard_webhooks", standard_webhooks::make},
};

const known_provider* find_known(std::string_view name)
{
    const auto* found = std::ranges::find(table, name, &known_provider::name);
    return found == table.end() ? nullptr : found;
}

}  // namespace

result<webhook_key, fault> provider::read_key_answer(std::string_view /*body*/) const
{
    return fault{errc::unknown_value, "the provider publishes no key"};
}

bool provider::may_need_newer_key(const webhook_request& /*request*/) const
{
    return false;
}

std::span<const std::string_view> provider::content_types() const
{
    static constexpr std::array<std::string_view, 1> json = {"application/json"};
    return json;
}

headers provider::kept_headers(const webhook_request& request) const
{
    headers kept;
    for (const auto name : signed_headers())
        if (const auto given = request.header(name); given.count > 0)
            kept.emplace_back(name, given.text);
    return kept;
}

result<std::vector<parcel>, fault> provider::unpack(const webhook_request& request) const
{
    auto to = route(request);
    if (!to)
        return to.error();
    std::vector<parcel> whole;
    whole.push_back({std::move(*to), request.body, kept_headers(request)});
    return whole;
}

std::optional<permission> provider::permit(const webhook_request& /*request*/) const
{
    return std::nullopt;
}

probe provider::make_probe() const
{
    probe made;
    made.body = R"({"event":"rollcall.doctor"})";
    return made;
}

bool provider::sign(probe& /*what*/, const webhook_key& /*with*/, timestamp /*now*/) const
{
    return false;
}

std::unique_ptr<poll_plan> provider::follow(
    const poll_pace& /*pace*/, std::string /*meeting*/, std::string_view /*state*/
) const
{
    return nullptr;
}

std::unique_ptr<poll_plan> provider::list(
    const poll_pace& /*pace*/, std::string_view /*state*/
) const
{
    return nullptr;
}

std::unique_ptr<poll_plan> provider::survey(
    const poll_pace& /*pace*/, timestamp /*since*/, std::string_view /*state*/
) const
{
    return nullptr;
}

std::unique_ptr<poll_plan> provider::look_up(const poll_pace& /*pace*/, std::string /*id*/) const
{
    return nullptr;
}

headers provider::request_headers(std::string_view /*api_key*/) const
{
    return {};
}

std::unique_ptr<const provider> make_provider(std::string_view name, const source_options& options)
{
    const auto* known = find_known(name);
    return known ? known->make(options) : nullptr;
}

const provider* find_provider(std::string_view name)
{
    static const auto defaults = [] {
        std::array<std::unique_ptr<const provider>, table.size()> made;
        std::ranges::transform(table, made.begin(), [](const known_provider& each) {
            return each.make({});
        });
        return made;
    }();
    const auto* known = find_known(name);
    return known ? defaults[static_cast<std::size_t>(known - table.data())].get() : nullptr;
}

std::vector<std::string_view> provider_names()
{
    std::vector<std::string_view> names;
    names.reserve(table.size());
    for (const auto& known : table)
        names.push_back(known.name);
    return names;
}

}  // namespace rollcall
