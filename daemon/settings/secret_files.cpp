#include "settings/secret_files.hpp"

#include "settings/document.hpp"
#include "settings/secrets.hpp"

#include <algorithm>

namespace rollcall {
namespace {

using paths = std::vector<std::filesystem::path>;

// Nothing else in the settings is a mapping of `file`, or of `credential`, and nothing more.
void gather(
    const yaml_node& from,
    const environment& variables,
    const std::filesystem::path& directory,
    paths& into
)
{
    const bool is_secret = from.members.size() == 1 &&
                           (from.member("file") != nullptr || from.member("credential") != nullptr);
    if (is_secret && from.members.front().value.is_scalar()) {
        auto file = secret_file(from, variables, directory);
        if (!file.empty() && std::ranges::find(into, file) == into.end())
            into.push_back(std::move(file));
        return;
    }
    for (const auto& item : from.items)
        gather(item, variables, directory, into);
    for (const auto& member : from.members)
        gather(member.value, variables, directory, into);
}

}  // namespace

paths secret_files(
    const std::filesystem::path& file,
    const environment& variables,
    const std::vector<setting_override>& options
)
{
    paths found;
    std::vector<settings_fault> faults;
    if (const auto document = read_document(file, variables, options, faults))
        gather(*document, variables, file.parent_path(), found);
    return found;
}

}  // namespace rollcall
