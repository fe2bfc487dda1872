#include "app/arguments_in_time.hpp"

#include "settings/quantities.hpp"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace rollcall {
namespace {

std::optional<timestamp> parse_instant(const std::string& text, timestamp now)
{
    if (const auto ago = parse_duration(text))
        return now - *ago;
    if (const auto at = parse_rfc3339(text))
        return *at;
    return std::nullopt;
}

}  // namespace

const char* const explain_examples =
    "ID is a message's ce_id, the provider's id of an event or of a delivery (webhook-id,\n"
    "idempotency_key), or a meeting's. Says how it was accepted, of what it is a duplicate, until\n"
    "when it is held, where it is published, or why it is not. Reads Kafka only, so any machine\n"
    "will do, also while no daemon runs. Exit code 1: nothing is known of it.\n"
    "\n"
    "Examples:\n"
    "  rollcall explain pe_8Jx2kQz91LmN\n"
    "  rollcall explain bot_weIAju4OXNZkDTpZ --since 2h\n"
    "  rollcall explain msg_2b1f --source rooms --json | jq '.records[].events[].fate'";

CLI::Option* add_instant(
    CLI::App& to,
    const char* name,
    const char* what,
    timestamp now,
    const std::function<void(timestamp)>& take
)
{
    const auto read = [name, now, take](const std::string& text) {
        const auto at = parse_instant(text, now);
        if (!at)
            throw CLI::ValidationError{
                name,
                "`" + text +
                    "` should be a time such as 2026-08-14T09:00:00Z or a duration such as 7d"};
        take(*at);
    };
    return to.add_option_function<std::string>(name, read, what)->type_name("TIME");
}

void describe_explain(CLI::App& explain, explain_options& into, timestamp now)
{
    explain.add_option("ID", into.id, "Of an event, a delivery or a meeting")->required();
    explain.add_option("--source", into.source, "Only of this source")->type_name("NAME");
    explain.add_flag("--json", into.json, "One JSON object");
    add_instant(
        explain,
        "--since",
        "From when on to look; by default dedupe.window (80h) ago",
        now,
        [&into](timestamp at) { into.since = at; }
    );
}

}  // namespace rollcall
