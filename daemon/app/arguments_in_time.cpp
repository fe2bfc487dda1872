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

const char* const deadletter_examples =
    "Authentic payloads that could not be used lie there with the reason. list and show change\n"
    "nothing. replay puts those that can be used by now into the intake again: what is published\n"
    "already does not go out twice. Reload the daemon with the mended settings first.\n"
    "\n"
    "Examples:\n"
    "  rollcall deadletter list --source rooms --since 2d\n"
    "  rollcall deadletter show 0:17 > payload.txt\n"
    "  rollcall deadletter replay --reason 'field missing' --dry-run";

const char* const replay_examples =
    "For a fault that is mended, in the settings or in Rollcall: reads the intake again and puts\n"
    "those records into it once more that tell what is not published. The running daemon decides,\n"
    "so reload it with the mended settings first. Nothing goes out twice; what comes is marked "
    "late\n"
    "where it is. With --dry-run it only says what would come out.\n"
    "\n"
    "Examples:\n"
    "  rollcall replay --since 2d --dry-run\n"
    "  rollcall replay --since 2026-08-14T09:00:00Z --until 2026-08-14T11:00:00Z --source rooms";

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

namespace {

void describe_filter(CLI::App& to, deadletter_options& into, timestamp now)
{
    to.add_option("--reason", into.reason, "Only those whose reason has this in it")
        ->type_name("TEXT");
    to.add_option("--source", into.source, "Only of this source")->type_name("NAME");
    add_instant(to, "--since", "Only those buried from then on", now, [&into](timestamp at) {
        into.since = at;
    });
    add_instant(to, "--until", "Only those buried before", now, [&into](timestamp at) {
        into.until = at;
    });
}

CLI::Option* add_place(CLI::App& to, deadletter_options& into)
{
    const auto take = [&into](const std::string& text) {
        into.place = parse_intake_place(text);
        if (!into.place)
            throw CLI::ValidationError{
                "PLACE", "`" + text + "` should be PARTITION:OFFSET, such as 0:17"};
    };
    return to.add_option_function<std::string>("PLACE", take, "Of one, as list shows it");
}

}  // namespace

void describe_deadletter(CLI::App& deadletter, deadletter_options& into, timestamp now)
{
    using action = deadletter_options::action;
    deadletter.require_subcommand(1);
    const auto add = [&](const char* name, const char* what, action chosen) {
        auto* added = deadletter.add_subcommand(name, what);
        added->fallthrough();
        added->callback([&into, chosen] { into.what = chosen; });
        return added;
    };
    auto* list = add("list", "When, source, reason, key and place of each", action::list);
    describe_filter(*list, into, now);
    list->add_flag("--json", into.json, "One JSON object a line");
    auto* show = add("show", "One of them whole: its headers and its body", action::show);
    add_place(*show, into)->required();
    show->add_flag("--body", into.body, "The body on a terminal, too: it has personal data");
    auto* replay = add("replay", "Put them into the intake again", action::replay);
    add_place(*replay, into);
    describe_filter(*replay, into, now);
    replay->add_flag("--dry-run", into.dry_run, "Only say what would become of each");
}

void describe_replay(CLI::App& replay, replay_options& into, timestamp now)
{
    add_instant(replay, "--since", "Records stored from then on", now, [&into](timestamp at) {
        into.since = at;
    })->required();
    add_instant(replay, "--until", "Records stored before", now, [&into](timestamp at) {
        into.until = at;
    });
    replay.add_option("--source", into.source, "Only of this source")->type_name("NAME");
    replay.add_flag("--dry-run", into.dry_run, "Only say what would come out");
}

}  // namespace rollcall
