#include "app/topic_plan.hpp"

#include "app/connection.hpp"
#include "app/topic_names.hpp"
#include "settings/quantities.hpp"

#include <charconv>
#include <chrono>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds question{5'000};
// Headers are not counted in the largest record, but they are in a topic's largest message.
constexpr std::int64_t header_bytes = 100'000;
// intake, attendance, activity and tracking: whoever owns partition p of one owns it of all.
constexpr std::size_t co_partitioned = 4;

std::string in_milliseconds(milliseconds span)
{
    return std::to_string(span.count());
}

using topic_config = std::map<std::string, std::string>;

std::optional<std::int64_t> number(const topic_config& config, const char* name)
{
    const auto it = config.find(name);
    std::int64_t value = 0;
    if (it == config.end())
        return std::nullopt;
    const auto& text = it->second;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

void expect_config(
    const topic_plan& plan, const char* name, const topic_state& state, topic_finding& found
)
{
    const auto wanted = plan.config.find(name);
    const auto is = state.config.find(name);
    if (wanted == plan.config.end() || is == state.config.end() || is->second == wanted->second)
        return;
    found.wrong.push_back(
        plan.name + ": " + name + " is " + is->second + ", must be " + wanted->second
    );
}

// A message that only the broker refuses takes its whole transaction with it, again and again.
void expect_room(const topic_plan& plan, const topic_state& state, topic_finding& found)
{
    const auto is = number(state.config, "max.message.bytes");
    const auto wanted = number(plan.config, "max.message.bytes");
    if (is && wanted && *is < *wanted)
        found.wrong.push_back(
            plan.name + ": max.message.bytes is " + std::to_string(*is) + ", must be at least " +
            std::to_string(*wanted)
        );
}

// Nothing that must not be: the operator's own. But who has set a time for privacy's sake has to
// know where it is not kept.
void compare_retention(const topic_plan& plan, const topic_state& state, topic_finding& found)
{
    const auto is = number(state.config, "retention.ms");
    const auto wanted = number(plan.config, "retention.ms");
    if (!is || !wanted || *is == *wanted)
        return;
    const auto text = [](std::int64_t ms) {
        return ms < 0 ? std::string{"for ever"} : duration_text(milliseconds{ms});
    };
    found.notes.push_back(
        plan.name + ": is kept " + text(*is) + ", " + text(*wanted) +
        " by kafka.topics.retention; `kafka-configs --alter --entity-type topics --entity-name " +
        plan.name + " --add-config retention.ms=" + std::to_string(*wanted) + "` changes it"
    );
}

// What the ledger is restored from must not be deleted within the window.
void expect_retention(milliseconds window, const topic_state& state, topic_finding& found)
{
    const auto time = number(state.config, "retention.ms");
    if (time && *time >= 0 && *time < window.count())
        found.wrong.push_back(
            found.topic + ": retention.ms is " + std::to_string(*time) +
            ", must be at least dedupe.window, " + std::to_string(window.count())
        );
    const auto bytes = number(state.config, "retention.bytes");
    if (bytes && *bytes >= 0)
        found.wrong.push_back(
            found.topic + ": retention.bytes is " + std::to_string(*bytes) +
            ", must be -1: it can delete within dedupe.window"
        );
}

}  // namespace

std::vector<topic_plan> plan_topics(const settings& with)
{
    const auto names = names_of(with.kafka);
    const auto plan = [&](const std::string& name, std::map<std::string, std::string> config) {
        config.emplace("message.timestamp.type", "CreateTime");
        config.emplace(
            "max.message.bytes", std::to_string(largest_record_bytes(with) + header_bytes)
        );
        return topic_plan{
            .name = name,
            .partitions = with.kafka.partitions,
            .replication_factor = with.kafka.replication_factor,
            .config = std::move(config)};
    };
    const auto kept = [](milliseconds span) {
        return std::map<std::string, std::string>{
            {"cleanup.policy", "delete"},
            {"retention.ms", in_milliseconds(span)},
            {"retention.bytes", "-1"}};
    };
    const retention_settings& keep = with.kafka.retention;
    return {
        plan(names.intake, kept(keep.intake)),
        plan(names.attendance, kept(keep.published)),
        plan(names.activity, kept(keep.published)),
        plan(names.tracking, {{"cleanup.policy", "compact"}}),
        plan(names.deadletter, kept(keep.deadletter))};
}

std::vector<topic_finding> compare_topics(
    const std::vector<topic_plan>& plans,
    const std::vector<std::optional<topic_state>>& is,
    milliseconds dedupe_window
)
{
    std::vector<topic_finding> findings;
    for (std::size_t i = 0; i < plans.size(); ++i) {
        const topic_plan& plan = plans[i];
        topic_finding found{.topic = plan.name, .is = is[i], .wrong = {}, .notes = {}};
        if (!found.is) {
            found.wrong.push_back(
                plan.name + ": does not exist, `rollcall topics --create` makes it"
            );
            findings.push_back(std::move(found));
            continue;
        }
        const topic_state& state = *found.is;
        const auto& intake = is.front();
        if (i < co_partitioned && intake && state.partitions != intake->partitions)
            found.wrong.push_back(
                plan.name + ": has " + std::to_string(state.partitions) + " partitions, " +
                plans.front().name + " has " + std::to_string(intake->partitions) +
                ": they must be the same"
            );
        expect_config(plan, "cleanup.policy", state, found);
        expect_config(plan, "message.timestamp.type", state, found);
        expect_room(plan, state, found);
        compare_retention(plan, state, found);
        if (i == 1 || i == 2)
            expect_retention(dedupe_window, state, found);
        findings.push_back(std::move(found));
    }
    return findings;
}

result<std::vector<topic_finding>> inspect_topics(const settings& with, admin& cluster)
{
    const auto plans = plan_topics(with);
    std::vector<std::optional<topic_state>> is;
    for (const auto& plan : plans) {
        auto described = cluster.describe(plan.name, question);
        if (!described)
            return described.error();
        is.push_back(std::move(*described));
    }
    return compare_topics(plans, is, with.dedupe_window);
}

}  // namespace rollcall
