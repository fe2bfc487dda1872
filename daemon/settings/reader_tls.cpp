// What the settings say about TLS on a listener.
#include "settings/reader.hpp"
#include "settings/schema.hpp"
#include "settings/secrets.hpp"
#include "settings/tls_files.hpp"

#include <utility>

namespace rollcall {

void settings_reader::read_tls(const yaml_path& path, std::optional<tls_settings>& into)
{
    if (!usable(path))
        return;
    tls_settings tls;
    read_tls_file(path / "certificate", tls.certificate_file);
    read_tls_key(path / "key", tls);
    read_tls_file(path / "client_ca", tls.client_ca_file);
    std::string version;
    take(path / "minimum_version", version);
    tls.only_1_3 = version == "1.3";
    read_client_certificates(path / "client_certificates", tls);

    auto read = read_tls_files(std::move(tls), wall_clock());
    if (!read) {
        for (auto& fault : read.error())
            report(path / fault.setting, std::move(fault.what));
        return;
    }
    if (read->certificate.empty() || read->key.empty())
        return;  // at fault already
    if (checks_.tls_fault)
        if (const auto why = checks_.tls_fault(*read); !why.empty())
            return report(path, "cannot be used: " + why);
    into = std::move(*read);
}

void settings_reader::read_tls_file(const yaml_path& path, std::string& into)
{
    std::string name;
    take(path, name);
    if (!name.empty())
        into = file_.parent_path() / name;
}

void settings_reader::read_tls_key(const yaml_path& path, tls_settings& into)
{
    const auto* node = usable(path);
    if (!node)
        return;
    if (!node->is_scalar()) {
        if (auto key = take_secret(path)) {
            into.key = std::move(*key);
            into.key_file = secret_file(*node, variables_, file_.parent_path());
        }
    } else if (node->text.find("-----BEGIN") != std::string::npos) {
        report(path, "is written out here, " + expectation_at(path));
    } else {
        into.key_file = file_.parent_path() / node->text;
    }
}

void settings_reader::read_client_certificates(const yaml_path& path, tls_settings& into)
{
    std::string given;
    take(path, given);
    if (into.client_ca_file.empty()) {
        if (!given.empty())
            report(path, "is of no use, should be left out where there is no client_ca");
        return;
    }
    into.clients = given == "request" ? client_certificates::request : client_certificates::require;
}

}  // namespace rollcall
