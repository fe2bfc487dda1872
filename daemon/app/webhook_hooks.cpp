#include "app/webhook_hooks.hpp"

#include <stdexcept>
#include <utility>

namespace rollcall {
namespace {

std::shared_ptr<kept_key> keep_key(
    const source_settings& source, const std::shared_ptr<const source_providers>& providers
)
{
    const auto& key = source.webhook.key;
    const key_keeper::options how{
        .source = source.name,
        .from = &providers->at(source.name),
        .url = key.url,
        .ca_file = key.ca_file,
        .pace = {.refresh = key.refresh, .refetch = key.refetch, .grace = key.grace}};
    return std::shared_ptr<kept_key>{
        new kept_key{providers, source.provider, key, key_keeper{how}}};
}

}  // namespace

kept_keys kept_keys_of(
    const settings& with,
    const std::shared_ptr<const source_providers>& providers,
    const kept_keys& before
)
{
    kept_keys all;
    for (const auto& source : with.sources) {
        if (!source.webhook.secrets.empty() || providers->at(source.name).default_key_url().empty())
            continue;
        const auto known = before.find(source.name);
        const bool goes_on = known != before.end() && known->second->provider == source.provider &&
                             known->second->how == source.webhook.key;
        all[source.name] = goes_on ? known->second : keep_key(source, providers);
    }
    return all;
}

std::vector<hook> hooks_of(
    const settings& with,
    const std::shared_ptr<const source_providers>& providers,
    const kept_keys& keys
)
{
    std::vector<hook> hooks;
    for (const auto& source : with.sources) {
        const auto& from = providers->at(source.name);
        const auto keeper = keys.find(source.name);
        const auto key = keeper == keys.end() ? nullptr : keeper->second;
        hook h{.name = source.name, .from = &from, .keys = {}};
        h.published = key ? &key->keeper : nullptr;
        h.query_token = source.webhook.query_token;
        h.unsigned_allowed = source.webhook.unsigned_allowed;
        h.keeps = std::make_shared<
            const std::pair<std::shared_ptr<const source_providers>, std::shared_ptr<kept_key>>>(
            providers, key
        );
        for (const auto& secret : source.webhook.secrets) {
            auto parsed = from.parse_secret(secret);
            if (!parsed)
                throw std::runtime_error(
                    "source " + source.name + ": secret " + parsed.error().where
                );
            h.keys.push_back(std::move(*parsed));
        }
        hooks.push_back(std::move(h));
    }
    return hooks;
}

}  // namespace rollcall
