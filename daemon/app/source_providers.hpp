#pragma once

#include "providers/provider.hpp"
#include "settings/settings.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace rollcall {

/// What a source's settings say to its provider.
source_options options_of(const source_settings& source);

/// Each source's provider, made of its settings: one for the listener, the poller and the relay.
/// Does not change; any thread.
class source_providers {
public:
    /// Throws `std::runtime_error` on a provider that does not exist.
    explicit source_providers(const settings& with);

    /// Null where there is no such source. Lives as long as this.
    const provider* find(std::string_view source) const;
    /// Throws `std::out_of_range` where there is no such source.
    const provider& at(std::string_view source) const;

    const auto& all() const { return by_source_; }

private:
    std::map<std::string, std::unique_ptr<const provider>, std::less<>> by_source_;
};

/// The providers by the settings in force. Those of sources that are gone stay as they were, for
/// what the intake still has of them. Any thread.
class current_providers {
public:
    void replace(std::shared_ptr<const source_providers> by);

    /// Null where there never was such a source.
    std::shared_ptr<const provider> find(std::string_view source) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const provider>, std::less<>> by_source_;
};

}  // namespace rollcall
