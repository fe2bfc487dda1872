#include "simulator/options.hpp"

#include <CLI/CLI.hpp>

#include <ctime>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <sstream>

namespace rollcall::simulator {
namespace {

constexpr const char* about =
    "Plays a meeting-bot provider: meetings with people who join, leave, come back and talk, told "
    "by signed\n"
    "webhooks that are repeated, doubled, overtaken and lost as the real ones are.\n";

constexpr const char* examples =
    "\nExamples\n"
    "  A little world in real time, until Ctrl-C:\n"
    "    rollcall_simulator --target http://127.0.0.1:8080/hooks/demo --secret-file demo.secret "
    "--forever --rate 3\n"
    "  20 meetings and 2,000 events in 20 seconds, with everything that goes wrong on the way, and "
    "the truth:\n"
    "    rollcall_simulator --target URL --secret-file FILE --meetings 20 --events 2000 --rate 100 "
    "\\\n"
    "                       --duplicate 10 --reorder 20 --lose 1 --truth truth.ndjson\n"
    "  As a load generator, closed loop over 64 connections:\n"
    "    rollcall_simulator --target URL --secret-file FILE --events 200000 --rate max "
    "--keep-alive --connections 64\n"
    "\nThe same seed gives the same world, the same deliveries and the same faults. The last line "
    "of output is a\n"
    "summary; latencies count from when a delivery was due. Exit code: 0 when everything that was "
    "not lost on\n"
    "purpose was acknowledged (or --forever was ended), 1 when something was given up, 2 for wrong "
    "usage.\n";

/// What CLI11 fills in: plain numbers, before they become durations and shares.
struct raw_options {
    std::vector<std::string> targets;
    std::string secret_file, spread = "round-robin", rate = "10", start = "now";
    double lose = 0, duplicate = 0, reorder = 0;
    double reorder_span = 1, duplicate_span = 2, delay = 0.02, backlog = 0;
};

milliseconds seconds(double count)
{
    return milliseconds{static_cast<std::int64_t>(count * 1000)};
}

void declare(CLI::App& app, raw_options& raw, command_line& into)
{
    app.add_option(
           "--target", raw.targets, "where webhooks go: http://HOST:PORT/PATH; several may be given"
    )
        ->required();
    app.add_option(
           "--secret-file",
           raw.secret_file,
           "file with the signing secret, as the dashboard shows it"
    )
        ->required()
        ->check(CLI::ExistingFile);
    app.add_option("--provider", into.provider, "whose webhooks")
        ->check(CLI::IsMember({"attendee"}))
        ->capture_default_str();
    app.add_option(
           "--spread",
           raw.spread,
           "several targets: each attempt to the next, or all to one while it can be reached"
    )
        ->check(CLI::IsMember({"round-robin", "failover"}))
        ->capture_default_str();

    const auto* world = "The world";
    app.add_option("--seed", into.world.seed, "chooses the world and its faults")
        ->group(world)
        ->capture_default_str();
    app.add_option("--meetings", into.world.meetings, "at the same time")
        ->group(world)
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    app.add_option(
           "--people",
           into.world.people,
           "who take part in them; fewer people sit in more meetings each"
    )
        ->group(world)
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option(
           "--events", into.world.events, "what they do, all together; the bots' states come on top"
    )
        ->group(world)
        ->check(CLI::Range(1, 100'000'000))
        ->capture_default_str();
    app.add_option(
           "--rate", raw.rate, "events a second (open loop), or max: as fast as the targets answer"
    )
        ->group(world)
        ->capture_default_str();
    app.add_option("--start", raw.start, "the world's first moment: now, or YYYY-MM-DDTHH:MM:SSZ")
        ->group(world)
        ->capture_default_str();
    app.add_flag("--forever", into.forever, "one world after the other, until SIGINT or SIGTERM")
        ->group(world);

    const auto* wrong = "What goes wrong (per cent of the events, seconds)";
    const CLI::Range percent{0.0, 100.0};
    app.add_option("--lose", raw.lose, "never sent")
        ->group(wrong)
        ->check(percent)
        ->capture_default_str();
    app.add_option(
           "--duplicate", raw.duplicate, "sent twice, half of them by a second subscription"
    )
        ->group(wrong)
        ->check(percent)
        ->capture_default_str();
    app.add_option(
           "--duplicate-span", raw.duplicate_span, "how much later the second copy comes at most"
    )
        ->group(wrong)
        ->capture_default_str();
    app.add_option("--reorder", raw.reorder, "held back, so that others overtake them")
        ->group(wrong)
        ->check(percent)
        ->capture_default_str();
    app.add_option("--reorder-span", raw.reorder_span, "for how long at most")
        ->group(wrong)
        ->capture_default_str();
    app.add_option("--delay", raw.delay, "of every delivery, at most")
        ->group(wrong)
        ->capture_default_str();
    app.add_option(
           "--backlog",
           raw.backlog,
           "the sender stalls for so long in the middle, then sends all at once"
    )
        ->group(wrong)
        ->capture_default_str();

    const auto* sending = "Sending";
    app.add_flag(
           "--keep-alive",
           into.player.keep_alive,
           "use connections again (providers open a new one each time)"
    )
        ->group(sending);
    app.add_option(
           "--connections",
           into.player.connections,
           "attempts under way at a time; 0: as many as fall due, or 64 with --rate max"
    )
        ->group(sending)
        ->capture_default_str();
    app.add_option("--threads", into.player.threads, "to send from")
        ->group(sending)
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    app.add_option(
           "--time-scale",
           into.player.time_scale,
           "the provider's waits and time-outs are divided by it"
    )
        ->group(sending)
        ->check(CLI::Range(0.001, 1'000'000.0))
        ->capture_default_str();
    app.add_option(
           "--truth",
           into.truth_file,
           "file for what is true and what was sent, one JSON object a line"
    )
        ->group(sending);
}

double parse_rate(const std::string& text)
{
    std::size_t used = 0;
    const double rate = std::stod(text, &used);
    if (used != text.size() || !(rate > 0))
        throw std::invalid_argument{text};
    return rate;
}

instant parse_start(const std::string& text)
{
    std::istringstream in{text};
    std::tm parts{};
    in >> std::get_time(&parts, "%Y-%m-%dT%H:%M:%SZ");
    if (in.fail() || in.peek() != std::istringstream::traits_type::eof())
        throw CLI::ValidationError{"--start", "neither `now` nor a time like 2026-08-14T09:00:00Z"};
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::from_time_t(::timegm(&parts))
    );
}

/// Ten thousand events a second is what a world is laid out for when it is sent as fast as
/// possible.
constexpr double layout_rate = 10'000;

void translate(const raw_options& raw, command_line& into)
{
    std::ifstream secret{raw.secret_file};
    into.secret.assign(std::istreambuf_iterator<char>{secret}, {});
    while (into.secret.ends_with('\n') || into.secret.ends_with('\r'))
        into.secret.pop_back();
    for (const auto& url : raw.targets)
        try {
            into.player.targets.push_back(parse_target(url));
        } catch (const std::invalid_argument& wrong) {
            throw CLI::ValidationError{"--target", wrong.what()};
        }
    into.player.over = raw.spread == "failover" ? spread::failover : spread::round_robin;

    into.player.paced = raw.rate != "max";
    double rate = layout_rate;
    try {
        if (into.player.paced)
            rate = parse_rate(raw.rate);
    } catch (const std::exception&) {
        throw CLI::ValidationError{"--rate", "neither `max` nor a number above 0"};
    }
    into.world.length = seconds(static_cast<double>(into.world.events) / rate);
    if (!into.player.paced && into.player.connections == 0)
        into.player.connections = 64;
    if (raw.start != "now")
        into.start = parse_start(raw.start);

    into.wanted.lost = raw.lose / 100;
    into.wanted.duplicated = raw.duplicate / 100;
    into.wanted.reordered = raw.reorder / 100;
    into.wanted.reorder_span = seconds(raw.reorder_span);
    into.wanted.duplicate_span = seconds(raw.duplicate_span);
    into.wanted.delay = seconds(raw.delay);
    into.wanted.backlog = seconds(raw.backlog);
}

}  // namespace

parsed_command_line parse_command_line(int argc, const char* const* argv)
{
    CLI::App app{about, "rollcall_simulator"};
    app.footer(examples);
    raw_options raw;
    command_line options;
    declare(app, raw, options);
    try {
        app.parse(argc, argv);
        translate(raw, options);
    } catch (const CLI::ParseError& over) {
        return {std::nullopt, app.exit(over) == 0 ? 0 : 2};
    }
    return {std::move(options), 0};
}

}  // namespace rollcall::simulator
