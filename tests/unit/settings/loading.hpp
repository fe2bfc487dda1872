#pragma once

#include "settings/load.hpp"
#include "support/temp_dir.hpp"

#include <string>
#include <vector>

namespace rollcall::test {

/// A directory with a settings file and a secret, as an operator has it.
class settings_directory {
public:
    settings_directory()
    {
        write_file(path() / "secret", "c2VjcmV0\n");
        checks.providers = {"attendee", "recall", "realtimekit"};
    }

    const std::filesystem::path& path() const { return directory_.path(); }

    loaded_settings load(const std::string& yaml)
    {
        write_file(path() / "f.yaml", yaml);
        return load_settings(path() / "f.yaml", variables, options, checks);
    }

    /// The faults as lines, the file without its directory.
    std::vector<std::string> faults(const std::string& yaml)
    {
        const auto loaded = load(yaml);
        if (loaded)
            return {};
        std::vector<std::string> lines;
        const auto file = (path() / "f.yaml").string();
        for (auto fault : loaded.error()) {
            if (fault.where == file)
                fault.where = "f.yaml";
            lines.push_back(to_string(fault));
        }
        return lines;
    }

    environment variables;
    std::vector<setting_override> options;
    settings_checks checks;

private:
    temp_dir directory_;
};

/// The least that loads from a `settings_directory`; six lines.
inline const std::string minimal =
    "kafka: { bootstrap_servers: \"k:9092\" }\n"
    "sources:\n"
    "  one:\n"
    "    provider: attendee\n"
    "    webhook:\n"
    "      secrets: [ { file: secret } ]\n";

/// `minimal` with a source that is polled: line 7 has the API key and `more`.
inline std::string polled(const std::string& more = {})
{
    return minimal + "    poll: { api_key: { file: secret }" + (more.empty() ? "" : ", ") + more +
           " }\n";
}

}  // namespace rollcall::test
