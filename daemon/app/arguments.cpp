#include "app/arguments.hpp"

#include "app/arguments_in_time.hpp"
#include "app/exit_code.hpp"
#include "app/version.hpp"
#include "settings/nearest.hpp"
#include "settings/quantities.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>
#include <sstream>

namespace rollcall {
namespace {

constexpr auto about =
    "Rollcall takes the roll of online meetings: it turns what meeting-bot providers tell\n"
    "about who joined and who left into Kafka messages, each exactly once and in order.";

constexpr auto first_steps =
    "First steps:\n"
    "  rollcall check                       does the configuration hold? what would run?\n"
    "  rollcall topics --create             make the topics\n"
    "  rollcall serve                       take webhooks, publish events\n"
    "  rollcall tail                        watch events as they are published\n"
    "  rollcall track                       what is polled, and how far\n"
    "  rollcall backfill SOURCE --since 7d  publish what the past lacks\n"
    "  rollcall hooks SOURCE                the webhooks registered at the provider\n"
    "  rollcall health                      is the daemon ready?\n"
    "  rollcall doctor                      does everything work together?\n"
    "  rollcall explain ID                  what happened to this event?\n"
    "  rollcall deadletter list             what could not be used, and why\n"
    "  rollcall replay --since 2d           after a fix: publish what was missed\n"
    "\n"
    "`rollcall COMMAND --help` tells more about each. Exit codes: 0 done, 1 failed,\n"
    "2 wrong usage, 78 wrong configuration.";

constexpr auto serve_examples =
    "Runs until SIGTERM or SIGINT: then nothing new is accepted, what is in flight is\n"
    "answered, and the transaction is finished. Logs go to standard error.\n"
    "\n"
    "Examples:\n"
    "  rollcall serve\n"
    "  rollcall serve --config ./rollcall.yaml --set log.level=debug\n"
    "  ROLLCALL_KAFKA_BOOTSTRAP_SERVERS=kafka:9092 rollcall serve";

constexpr auto check_examples =
    "Prints every fault with file, line and path, or what would run. Reads the secrets'\n"
    "files, prints none of them, and does not touch the network.\n"
    "\n"
    "Examples:\n"
    "  rollcall check --config ./rollcall.yaml\n"
    "  rollcall check && systemctl restart rollcall";

constexpr auto topics_examples =
    "Without --create nothing is changed. What exists is never changed.\n"
    "\n"
    "Examples:\n"
    "  rollcall topics\n"
    "  rollcall topics --create --set kafka.topics.replication_factor=3";

constexpr auto tail_examples =
    "Reads what is committed, and nothing else notices. Columns and colours for people,\n"
    "one JSON object a line for programs.\n"
    "\n"
    "Examples:\n"
    "  rollcall tail                                    from now on\n"
    "  rollcall tail --from 10m                         the last ten minutes, then on\n"
    "  rollcall tail --from 2026-08-14T09:00:00Z --meeting bot_weIAju4OXNZkDTpZ\n"
    "  rollcall tail --from beginning --json | jq -r .kind";

constexpr auto track_examples =
    "Alone it lists what is polled: state, age of the cursor (by the provider's clock), and the\n"
    "records that the relay has yet to pass (lag). add, drop and sweep tell the meeting's owner\n"
    "through the intake, so they work from any machine, also while no daemon runs.\n"
    "\n"
    "Examples:\n"
    "  rollcall track\n"
    "  rollcall track --source attendee-prod --json | jq 'select(.cursor_age_ms > 60000)'\n"
    "  rollcall track sweep attendee-prod bot_weIAju4OXNZkDTpZ";

constexpr auto spool_examples =
    "Webhooks wait there while Kafka does not take them, and are sent on by the daemon when it "
    "does.\n"
    "Changes nothing, and may be called while the daemon runs.\n"
    "\n"
    "Examples:\n"
    "  rollcall spool\n"
    "  rollcall spool --verify";

constexpr auto backfill_examples =
    "Walks the provider's list of meetings, and has each read again from its start: nothing goes\n"
    "out twice. Any machine will do, also while no daemon runs; those that run do the reading. It\n"
    "uses half of the API key's limits. For Recall.ai.\n"
    "\n"
    "Examples:\n"
    "  rollcall backfill recall-prod --since 7d\n"
    "  rollcall backfill recall-prod --since 2026-03-01T00:00:00Z --progress march.json";

constexpr auto hooks_examples =
    "Asks the source's provider, with poll.api_key. With --create the URL is registered for the\n"
    "events that Rollcall makes something of; what is registered for it already is used again.\n"
    "Where the provider's API cannot, it is said where that is done.\n"
    "\n"
    "Examples:\n"
    "  rollcall hooks realtimekit-prod\n"
    "  rollcall hooks realtimekit-prod --create https://hooks.example.com/hooks/realtimekit-prod";

constexpr auto health_examples =
    "Asks the daemon on this machine, at ops.address, and prints what it answers. Exit code 0:\n"
    "ready, which includes degraded; 1: not ready, or no answer in time. For the health checks\n"
    "of containers. Reads nothing of the configuration but that address.\n"
    "\n"
    "Examples:\n"
    "  rollcall health\n"
    "  rollcall health --live --timeout 1s --set ops.address=127.0.0.1:9464";

constexpr auto doctor_examples =
    "Walks from the settings to Kafka (its topics; a record with acks=all and a transaction, on a\n"
    "topic of its own that is removed again), to the sources' APIs (credential, clock, rate "
    "budget),\n"
    "to the routes of the daemon on this machine (a signed webhook that becomes no event), its\n"
    "health, spool, secret files and certificates. One line a step, and a second one with what to\n"
    "do. Exit code 0: nothing failed; 78: the settings are at fault; 1: anything else is.\n"
    "\n"
    "Examples:\n"
    "  rollcall doctor\n"
    "  rollcall doctor --json | jq 'select(.verdict != \"ok\")'";

/// The value is no `beginning`, `now`, RFC 3339 time or duration: nothing.
std::optional<tail_start> parse_start(const std::string& text, timestamp now)
{
    if (text == "beginning")
        return from_beginning{};
    if (text == "now")
        return from_now{};
    if (const auto ago = parse_duration(text))
        return now - *ago;
    if (const auto at = parse_rfc3339(text))
        return *at;
    return std::nullopt;
}

void add_settings_options(CLI::App& command, arguments& into)
{
    command
        .add_option(
            "-c,--config",
            into.settings_file,
            "The settings, by default " + into.settings_file.string()
        )
        ->type_name("FILE");
    const auto take_override = [&into](const std::vector<std::string>& texts) {
        for (const auto& text : texts) {
            const auto equals = text.find('=');
            if (equals == std::string::npos || equals == 0)
                throw CLI::ValidationError{
                    "--set", "`" + text + "` should be PATH=VALUE, such as order.hold=5s"};
            into.overrides.push_back({text.substr(0, equals), text.substr(equals + 1)});
        }
    };
    command
        .add_option_function<std::vector<std::string>>(
            "-s,--set", take_override, "One value, over file and environment; may be repeated"
        )
        ->type_name("PATH=VALUE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
}

void add_timeout(CLI::App& to, const char* what, milliseconds longest, milliseconds& into)
{
    const auto take = [&into, longest](const std::string& text) {
        const auto timeout = parse_duration(text);
        if (!timeout || *timeout <= milliseconds{0} || *timeout > longest)
            throw CLI::ValidationError{
                "--timeout",
                "`" + text + "` should be a duration such as 3s, up to " + duration_text(longest)};
        into = *timeout;
    };
    to.add_option_function<std::string>("--timeout", take, what)->type_name("DURATION");
}

void describe_health(CLI::App& health, health_options& into)
{
    health.add_flag("--live", into.live, "Only whether it answers at all");
    add_timeout(health, "For all of it, by default 3s", longest_health_timeout, into.timeout);
}

void describe_doctor(CLI::App& doctor, doctor_options& into)
{
    doctor.add_flag("--json", into.json, "One JSON object a line");
    add_timeout(doctor, "For each question, by default 10s", longest_doctor_timeout, into.timeout);
}

/// The commands and their options, writing to `into`.
void describe(CLI::App& app, arguments& into, timestamp now)
{
    using command = arguments::command;
    app.footer(first_steps);
    app.require_subcommand(1);
    app.set_version_flag(
        "--version", version_text, "Print the versions of Rollcall and its libraries"
    );
    const auto add = [&](const char* name, const char* what, const char* footer, command chosen) {
        auto* added = app.add_subcommand(name, what);
        added->footer(footer);
        added->callback([&into, chosen] { into.what = chosen; });
        add_settings_options(*added, into);
        return added;
    };
    add("serve", "Take webhooks and publish events: the daemon", serve_examples, command::serve);
    add("check", "Check the configuration and say what would run", check_examples, command::check);

    auto* topics =
        add("topics",
            "Compare the topics in Kafka with what they should be",
            topics_examples,
            command::topics);
    topics->add_flag("--create", into.topics.create, "Make the topics that do not exist");

    auto* hooks =
        add("hooks",
            "Show, and register, the webhooks at a source's provider",
            hooks_examples,
            command::hooks);
    hooks->add_option("SOURCE", into.hooks.source, "The source's name")->required();
    hooks->add_option("--create", into.hooks.create, "Register this URL")->type_name("URL");

    describe_health(
        *add(
            "health",
            "Ask the daemon on this machine whether it is ready",
            health_examples,
            command::health
        ),
        into.health
    );

    describe_doctor(
        *add(
            "doctor",
            "Try everything from the settings to Kafka, providers and routes",
            doctor_examples,
            command::doctor
        ),
        into.doctor
    );

    auto* track =
        add("track", "List, add, drop or sweep what is polled", track_examples, command::track);
    track->add_option("--source", into.track.source, "Only this source")->type_name("NAME");
    track->add_flag("--json", into.track.json, "One JSON object a line");
    track->require_subcommand(0, 1);
    const auto act = [&into,
                      track](const char* name, const char* what, track_options::action action) {
        auto* added = track->add_subcommand(name, what);
        added->fallthrough();
        added->add_option("SOURCE", into.track.source, "The source's name")->required();
        added
            ->add_option(
                "MEETING",
                into.track.meeting,
                "The meeting's id at the provider; of Recall.ai a recording's, or a bot's to add"
            )
            ->required();
        added->callback([&into, action] { into.track.what = action; });
    };
    act("add", "Poll a meeting, from its start", track_options::action::add);
    act("drop",
        "Stop polling a meeting until it is added again, and settle it once it has ended",
        track_options::action::drop);
    act("sweep",
        "Read a meeting again from its start, however old; nothing goes out twice",
        track_options::action::sweep);

    auto* spool =
        add("spool", "Show what waits on the local disk for Kafka", spool_examples, command::spool);
    spool->add_flag("--verify", into.spool.verify, "Read every page and every record");

    auto* backfill =
        add("backfill",
            "Have all meetings since some time read from their starts",
            backfill_examples,
            command::backfill);
    backfill->add_option("SOURCE", into.backfill.source, "The source's name")->required();
    add_instant(
        *backfill,
        "--since",
        "An RFC 3339 time, or how long ago",
        now,
        [&into](timestamp at) { into.backfill.since = at; }
    )->required();
    backfill
        ->add_option(
            "--progress",
            into.backfill.progress,
            "Keeps how far it has got; the same call then goes on from there"
        )
        ->type_name("FILE");

    describe_explain(
        *add(
            "explain",
            "Say what became of an event, a delivery or a meeting",
            explain_examples,
            command::explain
        ),
        into.explain,
        now
    );

    describe_deadletter(
        *add(
            "deadletter",
            "List, show or replay what could not be used",
            deadletter_examples,
            command::deadletter
        ),
        into.deadletter,
        now
    );

    describe_replay(
        *add("replay", "Read the intake again after a fix", replay_examples, command::replay),
        into.replay,
        now
    );

    auto* tail = add("tail", "Print events as they are published", tail_examples, command::tail);
    tail->add_flag("--json", into.tail.json, "One JSON object a line");
    tail->add_option("--meeting", into.tail.meeting, "Only this meeting")->type_name("ID");
    const auto take_start = [&into, now](const std::string& text) {
        const auto start = parse_start(text, now);
        if (!start)
            throw CLI::ValidationError{
                "--from",
                "`" + text +
                    "` should be beginning, now, a time such as 2026-08-14T09:00:00Z or a duration "
                    "such as 10m"};
        into.tail.from = *start;
    };
    tail->add_option_function<std::string>(
            "--from", take_start, "beginning, now (default), an RFC 3339 time, or how long ago"
    )
        ->type_name("START");
}

/// What CLI11 says about a command that it does not know is that there is none.
std::optional<answered> without_command(const CLI::App& app, const std::vector<std::string>& words)
{
    if (words.empty())
        return answered{exit_wrong_usage, app.help()};
    std::vector<std::string> commands;
    for (const auto* command : app.get_subcommands({}))
        commands.push_back(command->get_name());
    const auto& word = words.front();
    if (app.get_option_no_throw(word) || std::ranges::find(commands, word) != commands.end())
        return std::nullopt;
    std::string text = "`" + word + "` is no command";
    if (word.starts_with('-'))
        text += ", which comes first: rollcall COMMAND [OPTIONS]";
    else if (const auto near = nearest(word, commands); !near.empty())
        text += ", nearest is `" + std::string{near} + "`";
    return answered{exit_wrong_usage, text + "\nRun with --help for more information.\n"};
}

}  // namespace

std::variant<arguments, answered> parse_arguments(std::vector<std::string> words, timestamp now)
{
    arguments parsed;
    CLI::App app{about, "rollcall"};
    describe(app, parsed, now);
    if (auto answer = without_command(app, words))
        return std::move(*answer);
    try {
        std::ranges::reverse(words);  // CLI11 takes them off the back
        app.parse(std::move(words));
        return parsed;
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream err;
        const bool done = app.exit(error, out, err) == 0;
        return answered{done ? exit_done : exit_wrong_usage, done ? out.str() : err.str()};
    }
}

}  // namespace rollcall
