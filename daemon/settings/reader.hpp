#pragma once

#include "settings/load.hpp"
#include "settings/yaml_tree.hpp"

#include <optional>

namespace rollcall {

/// Turns a document into settings, and makes the checks that a schema cannot. `faults` holds those
/// of the schema: what stands at their places is passed over, so that one mistake is one fault.
class settings_reader {
public:
    settings_reader(
        const yaml_node& document,
        const std::filesystem::path& file,
        const environment& variables,
        const settings_checks& checks,
        std::vector<settings_fault>& faults
    );

    settings read();

private:
    void read_kafka(kafka_settings& into);
    void read_spool(spool_settings& into);
    void read_properties(kafka_settings& into);
    void read_property(const yaml_path& path, const std::string& name, kafka_settings& into);
    void read_listeners(settings& into);
    void read_tls(const yaml_path& path, std::optional<tls_settings>& into);
    void read_tls_file(const yaml_path& path, std::string& into);
    void read_tls_key(const yaml_path& path, tls_settings& into);
    void read_client_certificates(const yaml_path& path, tls_settings& into);
    void read_limits(limit_settings& into);
    void read_order(order_settings& into);
    void read_log(settings& into);
    void read_source(const std::string& name, settings& into);
    void read_region(const yaml_path& path, source_settings& into);
    void read_webhook(const yaml_path& path, const std::string& provider, webhook_settings& into);
    void read_secret_of(const yaml_path& path, const std::string& provider, webhook_settings& into);
    void read_key(const yaml_path& path, published_key_settings& into);
    void read_header_prefixes(const yaml_path& path, webhook_settings& into);
    void read_query_token(
        const yaml_path& path, const std::string& provider, webhook_settings& into
    );
    void read_cloudevents(const yaml_path& path, webhook_settings& into);
    void read_mapping(const yaml_path& path, source_settings& into);
    void check_mapping(const yaml_path& path, const source_settings& source);
    void read_kinds(const yaml_path& path, mapping_settings& into);
    void read_places(const yaml_path& path, mapping_settings& into) const;
    void read_poll(const yaml_path& path, const std::string& provider, source_settings& into);
    void read_files(const yaml_path& path, const std::string& provider, poll_settings& poll);
    void read_downloads(const yaml_path& path, download_settings& into);
    void read_privacy(const yaml_path& path, privacy_settings& into);
    void read_api_key(const yaml_path& path, poll_settings& into);
    void read_url(const yaml_path& path, std::string& into);
    void read_ca_file(const yaml_path& path, std::string_view url, std::string& into);
    void check_addresses(const settings& with);
    void name_instance(settings& into);

    /// The secret at `path`, or nothing where there is none or it is at fault.
    std::optional<std::string> take_secret(const yaml_path& path);
    /// The texts of the list at `path`; none where there is no usable one.
    std::vector<std::string> texts_at(const yaml_path& path) const;
    /// The value at `path`, or null where there is none or it is at fault already.
    const yaml_node* usable(const yaml_path& path) const;
    bool at_fault(const yaml_path& path) const;
    /// Adds a fault of the value at `path`, or of the nearest one above it that exists.
    void report(const yaml_path& path, std::string what);

    /// Replace `into` where there is a usable value.
    void take(const yaml_path& path, std::string& into) const;
    void take(const yaml_path& path, milliseconds& into) const;
    void take_size(const yaml_path& path, std::uint64_t& into) const;
    template <class Integer>
    void take_number(const yaml_path& path, Integer& into) const;

    const yaml_node& document_;
    const std::filesystem::path& file_;
    const environment& variables_;
    const settings_checks& checks_;
    std::vector<settings_fault>& faults_;
};

}  // namespace rollcall
