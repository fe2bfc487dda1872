#include "app/source_providers.hpp"

#include <functional>
#include <stdexcept>

namespace rollcall {

source_options options_of(const source_settings& source)
{
    return {
        .region = source.region,
        .signature_tolerance = source.webhook.tolerance,
        .header_prefixes = source.webhook.header_prefixes};
}

source_providers::source_providers(const settings& with)
{
    for (const auto& source : with.sources) {
        auto made = make_provider(source.provider, options_of(source));
        if (!made)
            throw std::runtime_error("source " + source.name + ": no provider " + source.provider);
        by_source_.emplace(source.name, std::move(made));
    }
}

const provider* source_providers::find(std::string_view source) const
{
    const auto found = by_source_.find(source);
    return found == by_source_.end() ? nullptr : found->second.get();
}

const provider& source_providers::at(std::string_view source) const
{
    const auto* const found = find(source);
    if (!found)
        throw std::out_of_range("no source " + std::string{source});
    return *found;
}

}  // namespace rollcall
