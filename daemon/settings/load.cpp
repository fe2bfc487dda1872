#include "settings/load.hpp"

#include "settings/address.hpp"
#include "settings/document.hpp"
#include "settings/reader.hpp"
#include "settings/schema.hpp"
#include "settings/yaml_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <utility>

namespace rollcall {
namespace {

/// At most one byte more than is allowed, so that the limit is noticed and /dev/zero ends.
std::optional<std::string> read_text(
    const std::filesystem::path& file, std::vector<settings_fault>& faults
)
{
    errno = 0;
    std::ifstream in{file, std::ios::binary};
    std::string text(max_yaml_bytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad() || (!in.eof() && in.fail())) {
        const std::string why = errno ? std::strerror(errno) : "no regular file";
        faults.push_back({file.string(), 0, {}, "cannot be read (" + why + ")"});
        return std::nullopt;
    }
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

void sort_by_line(std::vector<settings_fault>& faults)
{
    std::ranges::stable_sort(faults, [](const settings_fault& one, const settings_fault& other) {
        // What no line holds comes last: it was not read in the file.
        const auto rank = [](int line) {
            return line > 0 ? line : std::numeric_limits<int>::max();
        };
        return std::pair{rank(one.line), one.path} < std::pair{rank(other.line), other.path};
    });
}

}  // namespace

std::optional<yaml_node> read_document(
    const std::filesystem::path& file,
    const environment& variables,
    const std::vector<setting_override>& options,
    std::vector<settings_fault>& faults
)
{
    const auto text = read_text(file, faults);
    auto document = text ? parse_yaml(*text, file.string(), faults) : std::nullopt;
    if (document)
        apply_overrides(*document, variables, options, faults);
    return document;
}

loaded_settings load_settings(
    const std::filesystem::path& file,
    const environment& variables,
    const std::vector<setting_override>& options,
    const settings_checks& checks
)
{
    std::vector<settings_fault> faults;
    const auto document = read_document(file, variables, options, faults);
    if (!document)
        return faults;
    std::ranges::move(faults_against_schema(*document, file.string()), std::back_inserter(faults));
    auto read = settings_reader{*document, file, variables, checks, faults}.read();
    if (faults.empty())
        return read;
    sort_by_line(faults);
    return faults;
}

boost::system::result<std::string, std::vector<settings_fault>> load_ops_address(
    const std::filesystem::path& file,
    const environment& variables,
    const std::vector<setting_override>& options
)
{
    std::vector<settings_fault> faults;
    const auto text = read_text(file, faults);
    auto document = text ? parse_yaml(*text, file.string(), faults) : std::nullopt;
    if (!document)
        return faults;
    std::vector<settings_fault> of_the_rest;
    apply_overrides(*document, variables, options, of_the_rest);
    const yaml_path path{{"ops", {}}, {"address", {}}};
    const auto* address = find(*document, path);
    if (!address)
        return settings{}.ops_address;
    if (address->is_scalar() && parse_listen_address(address->text))
        return address->text;
    return std::vector<settings_fault>{
        {address->set_by.empty() ? file.string() : address->set_by,
         address->line,
         to_string(path),
         "should be an IP address and a port, such as 127.0.0.1:9464"}};
}

}  // namespace rollcall
