#pragma once

#include "app/doctor/diagnosis.hpp"
#include "app/source_providers.hpp"
#include "settings/load.hpp"
#include "settings/settings.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace rollcall {

// The steps of `rollcall doctor`, one file for each area. Blocking; every question is bounded by
// `limit`. What they find goes to `into`.

/// What is wrong with the settings, one finding for each fault; one `ok` where nothing is.
void look_at_settings(
    const std::filesystem::path& file, const loaded_settings& loaded, diagnosis& into
);

/// The brokers; each topic; a record with acks=all and a transaction, both on a topic that is made
/// for it and removed afterwards; the group's offsets.
void look_at_kafka(const settings& with, milliseconds limit, diagnosis& into);

/// Of each source: whether the credential counts, how far the clocks are apart, what is left of the
/// budget, and whether a key that is published can be had.
void look_at_providers(
    const settings& with, const source_providers& providers, milliseconds limit, diagnosis& into
);

/// Each listener of the daemon that should be running, and at each the route of each source.
void look_at_routes(
    const settings& with, const source_providers& providers, milliseconds limit, diagnosis& into
);

/// The daemon at its ops address.
void look_at_daemon(const std::string& ops_address, milliseconds limit, diagnosis& into);

/// The spool's directory and its disk.
void look_at_spool(const spool_settings& with, diagnosis& into);

/// Who may read the files that hold secrets.
void look_at_secret_files(const std::vector<std::filesystem::path>& files, diagnosis& into);

/// The certificates of the listeners.
void look_at_certificates(const settings& with, diagnosis& into);

}  // namespace rollcall
