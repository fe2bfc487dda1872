#include "app/topics.hpp"

#include "app/connection.hpp"
#include "app/exit_code.hpp"
#include "app/table.hpp"
#include "app/topic_plan.hpp"
#include "settings/quantities.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace rollcall {
namespace {

constexpr milliseconds creation{30'000};

using row = std::vector<std::string>;

std::string retention_text(const std::string& ms)
{
    if (ms == "-1")
        return "for ever";
    std::int64_t length = 0;
    const auto [end, ec] = std::from_chars(ms.data(), ms.data() + ms.size(), length);
    return ec == std::errc{} && length >= 0 ? duration_text(milliseconds{length}) : ms;
}

// What the topic has, or would get where it does not exist.
row row_of(const topic_plan& plan, const topic_finding& found)
{
    const auto& config = found.is ? found.is->config : plan.config;
    const auto value = [&config](const char* name) {
        const auto it = config.find(name);
        return it == config.end() ? std::string{"-"} : it->second;
    };
    const auto policy = value("cleanup.policy");
    return {
        found.topic,
        std::to_string(found.is ? found.is->partitions : plan.partitions),
        std::to_string(found.is ? found.is->replication_factor : plan.replication_factor),
        policy,
        policy == "compact" ? "-" : retention_text(value("retention.ms")),
        value("message.timestamp.type"),
        !found.is             ? "missing"
        : found.wrong.empty() ? "ok"
                              : "differs"};
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
            "%s: %s: %s\n",
            with.kafka.bootstrap_servers.c_str(),
            findings.error().message().c_str(),
            cluster.last_error().c_str()
        );
        return exit_failed;
    }
    std::vector<row> rows{
        {"TOPIC", "PARTITIONS", "REPLICAS", "CLEANUP", "RETENTION", "TIMESTAMP", "STATE"}};
    bool all_well = true;
    for (std::size_t i = 0; i < plans.size(); ++i) {
        rows.push_back(row_of(plans[i], (*findings)[i]));
        all_well = all_well && (*findings)[i].wrong.empty();
    }
    std::fputs(table_text(rows).c_str(), stdout);
    for (const auto& found : *findings)
        for (const auto* const lines : {&found.wrong, &found.notes})
            for (const auto& line : *lines)
                std::fprintf(stderr, "%s\n", line.c_str());
    return all_well ? exit_done : exit_failed;
}

}  // namespace rollcall
