#pragma once

#include "app/source_providers.hpp"
#include "listener/key_keeper.hpp"
#include "listener/webhook_listener.hpp"
#include "settings/settings.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rollcall {

/// Keeps the key that a source's provider publishes.
struct kept_key {
    std::shared_ptr<const source_providers> providers;  ///< what `keeper` reads with
    std::string provider;
    published_key_settings how;
    key_keeper keeper;
};

/// By source: those whose provider publishes its key, unless it is pinned.
using kept_keys = std::map<std::string, std::shared_ptr<kept_key>, std::less<>>;

/// Those of `before` that are still as the settings want them go on, so that no webhook waits for
/// a key that is at hand; the others begin to fetch. Throws what `key_keeper` throws.
kept_keys kept_keys_of(
    const settings& with,
    const std::shared_ptr<const source_providers>& providers,
    const kept_keys& before
);

/// The sources as the listener sees them; each keeps what it needs of the other two. Throws
/// `std::runtime_error` on a secret that its provider does not take.
std::vector<hook> hooks_of(
    const settings& with,
    const std::shared_ptr<const source_providers>& providers,
    const kept_keys& keys
);

}  // namespace rollcall
