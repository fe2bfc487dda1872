#pragma once

#include "settings/fault.hpp"
#include "settings/overrides.hpp"
#include "settings/settings.hpp"

#include <boost/system/result.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace rollcall {

/// What only other stages know about settings. `app` fills it in; what is empty is not checked.
struct settings_checks {
    std::vector<std::string> providers;
    /// What is wrong with a webhook secret of that provider, without the secret; empty where
    /// nothing is.
    std::function<std::string(const std::string& provider, const std::string& secret)> secret_fault;
    /// Whether that provider publishes the key it signs with, so that there need be no secrets.
    std::function<bool(const std::string& provider)> publishes_key = {};
    /// The regions that a source of that provider has to choose from; empty where there are none.
    std::function<std::vector<std::string>(const std::string& provider)> regions;
    /// Whether the settings have to say what that provider's bodies mean.
    std::function<bool(const std::string& provider)> needs_mapping = {};
    /// Whether that provider has a REST API that is polled.
    std::function<bool(const std::string& provider)> can_be_polled = {};
    /// Whether the settings have to say where that provider's API is.
    std::function<bool(const std::string& provider)> needs_base_url = {};
    /// Whether that provider's API can be asked for details of participants.
    std::function<bool(const std::string& provider)> has_filters = {};
    /// Whether that provider has files of meetings that are over.
    std::function<bool(const std::string& provider)> has_files = {};
    /// Whether some of that provider's senders cannot sign.
    std::function<bool(const std::string& provider)> may_be_unsigned = {};
    /// What is wrong with a query token, without any of it; empty where nothing is.
    std::function<std::string(const std::string& token)> query_token_fault = {};
    /// Why a listener cannot use certificate and key, though both can be read; empty where it can.
    std::function<std::string(const tls_settings&)> tls_fault = {};
    /// Why a librdkafka property may not be set by hand; empty where it may.
    std::function<std::string(const std::string& name)> refused_property;
    /// What librdkafka says about a property; empty where it takes it.
    std::function<std::string(const std::string& name, const std::string& value)> property_fault;
    /// What librdkafka says about all of them together; empty where it takes them.
    std::function<std::string(const std::map<std::string, std::string>&)> properties_fault = {};
};

using loaded_settings = boost::system::result<settings, std::vector<settings_fault>>;

/// Reads `file`, puts `variables` and `options` over it, and checks all of it; see
/// `apply_overrides` for what they can say. Either the settings, or every fault there is, sorted by
/// line, those of variables and options last. Reads the files that hold secrets; touches neither
/// the network nor anything else.
loaded_settings load_settings(
    const std::filesystem::path& file,
    const environment& variables,
    const std::vector<setting_override>& options,
    const settings_checks& checks
);

/// Only `ops.address`, for who asks a daemon that runs already: the rest of the file may have
/// become faulty meanwhile, and its secrets out of reach for whoever asks. The default where it is
/// not set; faults where the file cannot be read as YAML, or the address is none.
boost::system::result<std::string, std::vector<settings_fault>> load_ops_address(
    const std::filesystem::path& file,
    const environment& variables,
    const std::vector<setting_override>& options
);

}  // namespace rollcall
