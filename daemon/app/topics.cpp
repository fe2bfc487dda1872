#include "app/topics.hpp"

#include "app/connection.hpp"
#include "app/exit_code.hpp"
#include "app/topic_plan.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace rollcall {
namespace {

constexpr milliseconds creation{30'000};

using row = std::vector<std::string>;

void print_table(const std::vector<row>& rows)
{
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& r : rows)
        for (std::size_t i = 0; i < r.size(); ++i)
            widths[i] = std::max(widths[i], r[i].size());
    for (const auto& r : rows) {
        std::string line;
        for (std::size_t i = 0; i < r.size(); ++i)
            line += r[i] + std::string(widths[i] - r[i].size() + 2, ' ');
        line.erase(line.find_last_not_of(' ') + 1);
        std::puts(line.c_str());
    }
}

std::string config_of(const topic_plan& plan, const char* name)
{
    const auto it = plan.config.find(name);
    return it == plan.config.end() ? "-" : it->second;
}

// Creates what is missing; the words of the first failure, or nothing.
std::string create_missing(const std::vector<topic_plan>& plans, admin& cluster)
{
    for (const auto& plan : plans)
        if (const auto ec = cluster.create(plan, creation))
            return plan.name + ": cannot be created: " + cluster.last_error();
    return {};
}

}  // namespace

int run_topics(const settings& with, const topics_options& how)
{
    admin cluster{connection_of(with)};
    const auto plans = plan_topics(with);
    if (how.create) {
        if (const auto failure = create_missing(plans, cluster); !failure.empty()) {
            std::fprintf(stderr, "%s\n", failure.c_str());
            return exit_failed;
        }
    }
    const auto findings = inspect_topics(with, cluster);
    if (!findings) {
        std::fprintf(
            stderr,
            "%s: %s\n",
            with.kafka.bootstrap_servers.c_str(),
            findings.error().message().c_str()
        );
        return exit_failed;
    }
    std::vector<row> rows{{"TOPIC", "PARTITIONS", "REPLICAS", "CLEANUP", "RETENTION.MS", "STATE"}};
    bool all_well = true;
    for (std::size_t i = 0; i < plans.size(); ++i) {
        const auto& found = (*findings)[i];
        const auto& is = found.is;
        const auto shown = [&](const char* name) {
            const auto it =
                is ? is->config.find(name) : std::map<std::string, std::string>::const_iterator{};
            return is && it != is->config.end() ? it->second : config_of(plans[i], name);
        };
        rows.push_back(
            {found.topic,
             std::to_string(is ? is->partitions : plans[i].partitions),
             std::to_string(is ? is->replication_factor : plans[i].replication_factor),
             shown("cleanup.policy"),
             shown("cleanup.policy") == "compact" ? "-" : shown("retention.ms"),
             !is                   ? "missing"
             : found.wrong.empty() ? "ok"
                                   : "differs"}
        );
        all_well = all_well && found.wrong.empty();
    }
    print_table(rows);
    for (const auto& found : *findings)
        for (const auto& wrong : found.wrong)
            std::fprintf(stderr, "%s\n", wrong.c_str());
    return all_well ? exit_done : exit_failed;
}

}  // namespace rollcall
