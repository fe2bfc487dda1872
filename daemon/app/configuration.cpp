#include "app/configuration.hpp"

#include "app/listener_identities.hpp"
#include "http/tls.hpp"
#include "kafka/connection.hpp"
#include "providers/provider.hpp"
#include "providers/query_token.hpp"

#include <unistd.h>

#include <stdexcept>

namespace rollcall {
namespace {

std::string secret_fault_of(const std::string& provider_name, const std::string& secret)
{
    const auto* provider = find_provider(provider_name);
    if (!provider)
        return "there is no such provider";
    const auto key = provider->parse_secret(secret);
    return key ? std::string{} : key.error().where;
}

bool publishes_key(const std::string& provider_name)
{
    const auto* provider = find_provider(provider_name);
    return provider && !provider->default_key_url().empty();
}

std::vector<std::string> regions_of(const std::string& provider_name)
{
    const auto* provider = find_provider(provider_name);
    if (!provider)
        return {};
    const auto regions = provider->regions();
    return {regions.begin(), regions.end()};
}

std::string tls_fault_of(const tls_settings& with)
{
    try {
        http::make_server_context(offer_of(with));
    } catch (const std::invalid_argument& refused) {
        return refused.what();
    }
    return {};
}

}  // namespace

environment process_environment()
{
    environment all;
    for (char** entry = environ; entry && *entry; ++entry) {
        const std::string_view text = *entry;
        const auto equals = text.find('=');
        if (equals != std::string_view::npos)
            all.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return all;
}

loaded_settings load_configuration(const arguments& asked, const environment& variables)
{
    settings_checks checks;
    for (const auto name : provider_names())
        checks.providers.emplace_back(name);
    checks.secret_fault = secret_fault_of;
    checks.regions = regions_of;
    checks.publishes_key = publishes_key;
    checks.needs_mapping = [](const std::string& provider) {
        const auto* from = find_provider(provider);
        return from && from->needs_mapping();
    };
    checks.can_be_polled = [](const std::string& provider) {
        const auto* from = find_provider(provider);
        return from && from->follow({}, {}, {}) != nullptr;
    };
    checks.needs_base_url = [](const std::string& provider) {
        const auto* from = find_provider(provider);
        return from && from->needs_base_url();
    };
    checks.has_filters = [](const std::string& provider) {
        const auto* from = find_provider(provider);
        return from && from->has_filters();
    };
    checks.has_files = [](const std::string& provider) {
        const auto* from = find_provider(provider);
        return from && !from->download_hosts().empty();
    };
    checks.may_be_unsigned = [](const std::string& provider) {
        const auto* from = find_provider(provider);
        return from && from->may_be_unsigned();
    };
    checks.query_token_fault = [](const std::string& token) {
        return std::string{query_token_fault(token)};
    };
    checks.tls_fault = tls_fault_of;
    checks.refused_property = refused_property;
    checks.property_fault = property_fault;
    checks.properties_fault = properties_fault;
    return load_settings(asked.settings_file, variables, asked.overrides, checks);
}

}  // namespace rollcall
