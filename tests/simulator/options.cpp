#include "simulator/options.hpp"

#include <CLI/CLI.hpp>

#include <ctime>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <map>
#include <sstream>

namespace rollcall::simulator {
namespace {

constexpr const char* about =
    "Plays a meeting-bot provider: meetings with people who join, leave, come back and talk, told "
    "by signed\n"
    "webhooks that are repeated, doubled, overtaken and lost as the real ones are, and by an API "
    "to "
    "poll.\n";

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
    "  The same world through the provider's API, too, which fails now and then, until Ctrl-C:\n"
    "    rollcall_simulator --target URL --secret-file FILE --forever --lose 30 \\\n"
    "                       --rest 127.0.0.1:0 --api-key-file KEY --api-failed 10 --api-silent 2\n"
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
    double late = 0, late_span = 8, tied = 0, clock_back = 0;
    std::string rest;
    std::vector<std::string> api_key_files;
    std::string inner_url;
    std::string metadata = "merge";
    double archive_missing = 0, archive_failed = 0, archive_deleted = 0;
    double archive_delay = 0, archive_offset = 0, archive_jitter = 0, url_lifetime = 6 * 3600;
    unsigned failed_status = 500, archive_digits = 6;
    bool archive_shuffled = false, storage_host = false;
    std::map<api_fault, std::string> api_faults;
    std::string retry_form = "seconds", hostile = "none";
    double retry_after = 1, slow_span = 3, linger = 0;
    std::size_t api_limit = 0;
    bool api_close = false;
};

milliseconds seconds(double count)
{
    return milliseconds{static_cast<std::int64_t>(count * 1000)};
}

void declare(CLI::App& app, raw_options& raw, command_line& into)
{
    app.add_option(
        "--target",
        raw.targets,
        "where webhooks go: http://HOST:PORT/PATH; several may be given. Without: nowhere (--rest)"
    );
    app.add_option(
           "--secret-file",
           raw.secret_file,
           "file with the signing secret, as the dashboard shows it; recall: a second line is that "
           "of the status webhooks; realtimekit: the private key in PEM, which --rest publishes"
    )
        ->required()
        ->check(CLI::ExistingFile);
    app.add_option("--provider", into.provider, "whose webhooks")
        ->check(CLI::IsMember({"attendee", "recall", "realtimekit"}))
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

    app.add_option("--late", raw.late, "rows the provider writes seconds after they happened")
        ->group(wrong)
        ->check(percent)
        ->capture_default_str();
    app.add_option("--late-span", raw.late_span, "how late at most")
        ->group(wrong)
        ->capture_default_str();
    app.add_option("--tied", raw.tied, "rows that begin a group of one insertion time")
        ->group(wrong)
        ->check(percent)
        ->capture_default_str();
    app.add_option("--clock-back", raw.clock_back, "the provider's clock is set back, half-way")
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

void declare_api(CLI::App& app, raw_options& raw)
{
    const auto* served = "The API (REST)";
    app.add_option(
           "--rest",
           raw.rest,
           "serve the same world at this IP address and port (0: a free one; the first line of "
           "output says which)"
    )
        ->group(served);
    app.add_option("--api-key-file", raw.api_key_files, "file with a key that is let in; several")
        ->group(served)
        ->check(CLI::ExistingFile);
    app.add_option(
           "--inner-url",
           raw.inner_url,
           "where links in answers lead; recall: without, where it is served"
    )
        ->group(served);
    app.add_flag("--api-close", raw.api_close, "close the connection after each answer")
        ->group(served);
    app.add_option(
           "--api-limit",
           raw.api_limit,
           "requests in any minute; 0: no limit, or (recall) 300, and for lists 60. Of another one "
           "for recall a fifth is for lists"
    )
        ->group(served)
        ->capture_default_str();
    app.add_option("--linger", raw.linger, "seconds to go on serving after the world's end")
        ->group(served)
        ->capture_default_str();

    const auto* wrong =
        "What goes wrong with the API (`30`: per cent of the requests; `5x`: the first five)";
    const std::pair<api_fault, const char*> faults[] = {
        {api_fault::throttled, "429 with Retry-After"},
        {api_fault::failed, "500"},
        {api_fault::silent, "taken and never answered"},
        {api_fault::slow, "the body drips"},
        {api_fault::broken, "half of the JSON"},
        {api_fault::reset, "the connection is reset"}};
    for (const auto& [fault, what] : faults)
        app.add_option("--api-" + std::string{to_string(fault)}, raw.api_faults[fault], what)
            ->group(wrong);
    app.add_option("--retry-after", raw.retry_after, "of a 429 on demand, in seconds")
        ->group(wrong)
        ->capture_default_str();
    app.add_option("--retry-form", raw.retry_form, "how it is said")
        ->group(wrong)
        ->check(CLI::IsMember({"seconds", "date", "alternating"}))
        ->capture_default_str();
    app.add_option("--slow-span", raw.slow_span, "how long a dripping body takes, in seconds")
        ->group(wrong)
        ->capture_default_str();
    app.add_option("--hostile", raw.hostile, "answer everything as somebody who means harm")
        ->group(wrong)
        ->check(CLI::IsMember(
            {"none",
             "endless-pages",
             "same-next",
             "huge-body",
             "endless-header",
             "redirect",
             "deep-json"}
        ))
        ->capture_default_str();
}

void declare_archive(CLI::App& app, raw_options& raw)
{
    const auto* files = "The files of meetings that are over (recall; per cent, seconds)";
    const CLI::Range percent{0.0, 100.0};
    const auto share = [&](const char* name, double& into, const char* what) {
        app.add_option(name, into, what)->group(files)->check(percent)->capture_default_str();
    };
    share("--archive-missing", raw.archive_missing, "rows that are not in them");
    share("--archive-failed", raw.archive_failed, "meetings that get none");
    share("--archive-deleted", raw.archive_deleted, "meetings whose are gone before they are read");
    const auto time = [&](const char* name, double& into, const char* what) {
        app.add_option(name, into, what)->group(files)->capture_default_str();
    };
    time("--archive-delay", raw.archive_delay, "how much later than the end they are there");
    time("--archive-offset", raw.archive_offset, "by how much all times in them differ");
    time("--archive-jitter", raw.archive_jitter, "and each besides, at most, either way");
    time("--url-lifetime", raw.url_lifetime, "how long a download's URL is good");
    app.add_option("--archive-digits", raw.archive_digits, "of the fractions of their seconds")
        ->group(files)
        ->check(CLI::Range(0, 6))
        ->capture_default_str();
    app.add_flag("--archive-shuffled", raw.archive_shuffled, "their rows have no order")
        ->group(files);
    app.add_flag("--storage-host", raw.storage_host, "they are on a host of their own: localhost")
        ->group(files);
    app.add_option("--metadata", raw.metadata, "what a PATCH does to the metadata there are")
        ->group(files)
        ->check(CLI::IsMember({"merge", "replace"}))
        ->capture_default_str();
    app.add_option("--failed-status", raw.failed_status, "of a request that fails on demand")
        ->group(files)
        ->check(CLI::Range(400, 599))
        ->capture_default_str();
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

/// A file's text without the line end behind it.
std::string read_secret(const std::string& file)
{
    std::ifstream in{file};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.pop_back();
    return text;
}

fault_rate parse_fault_rate(api_fault fault, std::string text)
{
    const auto option = "--api-" + std::string{to_string(fault)};
    const bool count = text.ends_with('x');
    if (count || text.ends_with('%'))
        text.pop_back();
    try {
        std::size_t used = 0;
        fault_rate rate;
        if (count)
            rate.first = std::stoull(text, &used);
        else
            rate.share = std::stod(text, &used) / 100;
        if (used == text.size() && rate.share >= 0 && rate.share <= 1)
            return rate;
    } catch (const std::exception&) {  // said below
    }
    throw CLI::ValidationError{option, "neither per cent like 30 nor a number like 5x"};
}

hostility parse_hostility(const std::string& name)
{
    const std::map<std::string, hostility> all{
        {"none", hostility::none},
        {"endless-pages", hostility::endless_pages},
        {"same-next", hostility::same_next},
        {"huge-body", hostility::huge_body},
        {"endless-header", hostility::endless_header},
        {"redirect", hostility::redirect},
        {"deep-json", hostility::deep_json}};
    return all.at(name);
}

void translate_recall(const raw_options& raw, command_line& into)
{
    auto& recall = into.account.recall;
    if (raw.api_limit != 0) {
        recall.others = raw.api_limit;
        recall.lists = std::max<std::size_t>(1, raw.api_limit / 5);
    }
    recall.url_lifetime = seconds(raw.url_lifetime);
    recall.storage_host = raw.storage_host;
    recall.replaces = raw.metadata == "replace";
    recall.failed_status = raw.failed_status;
}

void translate_api(const raw_options& raw, command_line& into)
{
    if (raw.rest.empty()) {
        if (raw.targets.empty())
            throw CLI::RequiredError{"--target or --rest"};
        return;
    }
    if (raw.api_key_files.empty() && into.provider != "realtimekit")
        throw CLI::RequiredError{"--rest: --api-key-file"};
    for (const auto& file : raw.api_key_files)
        into.account.keys.push_back(read_secret(file));
    into.account.inner_url = raw.inner_url;
    if (raw.inner_url.empty() && into.provider == "attendee")
        into.account.inner_url = "http://attendee-app.internal:8000";
    translate_recall(raw, into);
    into.linger = seconds(raw.linger);
    auto& api = into.api.emplace();
    api.address = raw.rest;
    api.seed = into.world.seed;
    api.keep_alive = !raw.api_close;
    if (into.provider != "recall")
        api.limit = raw.api_limit;
    api.hostile = parse_hostility(raw.hostile);
    for (const auto& [fault, text] : raw.api_faults)
        if (!text.empty())
            api.faults.of(fault) = parse_fault_rate(fault, text);
    api.faults.retry_after = std::chrono::seconds{static_cast<std::int64_t>(raw.retry_after)};
    api.faults.form = raw.retry_form == "date"          ? retry_form::date
                      : raw.retry_form == "alternating" ? retry_form::alternating
                                                        : retry_form::seconds;
    api.faults.slow_span = seconds(raw.slow_span);
}

/// Ten thousand events a second is what a world is laid out for when it is sent as fast as
/// possible.
constexpr double layout_rate = 10'000;

void translate(const raw_options& raw, command_line& into)
{
    into.secret = read_secret(raw.secret_file);
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

    into.wanted.lost = raw.targets.empty() ? 1 : raw.lose / 100;
    into.wanted.duplicated = raw.duplicate / 100;
    into.wanted.reordered = raw.reorder / 100;
    into.wanted.reorder_span = seconds(raw.reorder_span);
    into.wanted.duplicate_span = seconds(raw.duplicate_span);
    into.wanted.delay = seconds(raw.delay);
    into.wanted.backlog = seconds(raw.backlog);
    into.wanted.late = raw.late / 100;
    into.wanted.late_span = seconds(raw.late_span);
    into.wanted.tied = raw.tied / 100;
    into.wanted.clock_back = seconds(raw.clock_back);
    into.wanted.archive = {
        .missing = raw.archive_missing / 100,
        .failed = raw.archive_failed / 100,
        .deleted = raw.archive_deleted / 100,
        .processing = seconds(raw.archive_delay),
        .offset = seconds(raw.archive_offset),
        .jitter = seconds(raw.archive_jitter),
        .digits = raw.archive_digits,
        .shuffled = raw.archive_shuffled};
}

}  // namespace

parsed_command_line parse_command_line(int argc, const char* const* argv)
{
    CLI::App app{about, "rollcall_simulator"};
    app.footer(examples);
    raw_options raw;
    command_line options;
    declare(app, raw, options);
    declare_api(app, raw);
    declare_archive(app, raw);
    try {
        app.parse(argc, argv);
        translate(raw, options);
        translate_api(raw, options);
    } catch (const CLI::ParseError& over) {
        return {std::nullopt, app.exit(over) == 0 ? 0 : 2};
    }
    return {std::move(options), 0};
}

}  // namespace rollcall::simulator
