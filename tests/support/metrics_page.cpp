#include "support/metrics_page.hpp"

#include <algorithm>
#include <set>
#include <sstream>

namespace rollcall::test {
namespace {

// `{a="b",c="d"}` from its brace on; returns where it ends. No value of ours has an escape.
std::size_t read_labels(const std::string& line, std::size_t at, label_values& into)
{
    while (at < line.size() && line[at] != '}') {
        const auto equals = line.find('=', ++at);
        if (equals == std::string::npos)
            return line.size();
        const auto end = line.find('"', equals + 2);
        into[line.substr(at, equals - at)] = line.substr(equals + 2, end - equals - 2);
        at = end + 1;
    }
    return at + 1;
}

bool has_labels(const label_values& all, const label_values& wanted)
{
    return std::ranges::all_of(wanted, [&](const auto& each) {
        const auto found = all.find(each.first);
        return found != all.end() && found->second == each.second;
    });
}

}  // namespace

metrics_page_read::metrics_page_read(const std::string& text)
{
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line.front() == '#')
            continue;
        sample read;
        auto at = line.find_first_of("{ ");
        read.name = line.substr(0, at);
        if (at != std::string::npos && line[at] == '{')
            at = read_labels(line, at, read.labels);
        if (at >= line.size())
            continue;
        read.value = std::stod(line.substr(at));
        samples_.push_back(std::move(read));
    }
}

double metrics_page_read::sum(std::string_view name, const label_values& with) const
{
    double all = 0;
    for (const auto& each : samples_)
        if (each.name == name && has_labels(each.labels, with))
            all += each.value;
    return all;
}

bool metrics_page_read::has(std::string_view name, const label_values& with) const
{
    return std::ranges::any_of(samples_, [&](const sample& each) {
        return each.name == name && has_labels(each.labels, with);
    });
}

std::vector<std::string> metrics_page_read::values_of(
    std::string_view name, const std::string& label
) const
{
    std::set<std::string> all;
    for (const auto& each : samples_)
        if (const auto found = each.labels.find(label);
            each.name == name && found != each.labels.end())
            all.insert(found->second);
    return {all.begin(), all.end()};
}

}  // namespace rollcall::test
