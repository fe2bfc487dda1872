#include "app/deadletters.hpp"

#include "app/connection.hpp"
#include "app/dead_letter.hpp"
#include "app/exit_code.hpp"
#include "app/intake_refill.hpp"
#include "app/outlook.hpp"
#include "app/published_reading.hpp"
#include "app/table.hpp"
#include "app/tail_line.hpp"
#include "app/topic_names.hpp"
#include "app/topic_reading.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace rollcall {
namespace {

int fail(const std::string& why)
{
    return fail_as("deadletter", why);
}

intake_place place_of(const dead_letter& letter)
{
    return {letter.at.partition, letter.at.offset};
}

bool is_wanted(const dead_letter& letter, const deadletter_options& how)
{
    return (!how.place || *how.place == place_of(letter)) &&
           (how.source.empty() || letter.source == how.source) &&
           (how.reason.empty() || why_text(letter).find(how.reason) != std::string::npos);
}

partition_reader reader_of(const settings& with)
{
    return {
        connection_of(with),
        names_of(with.kafka).group,
        partition_reader::isolation::read_committed};
}

// In the order in which they were buried. Bodies are kept only where they are wanted.
result<std::vector<dead_letter>> read_letters(
    partition_reader& reader, const settings& with, const deadletter_options& how
)
{
    std::vector<dead_letter> all;
    const auto take = [&](const consumed_record& record) {
        auto letter = read_dead_letter(record);
        if (!is_wanted(letter, how))
            return;
        if (how.what == deadletter_options::action::list)
            letter.body.clear();
        all.push_back(std::move(letter));
    };
    const topic_stretch stretch{
        .topic = names_of(with.kafka).deadletter,
        .since = how.since.value_or(timestamp{}),
        .until = how.until};
    if (const auto ec = read_stretches(reader, {stretch}, take))
        return ec;
    std::ranges::stable_sort(all, {}, &dead_letter::buried_at);
    return all;
}

std::string json_of(const dead_letter& letter)
{
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> out{text};
    const auto write = [&](const char* name, const std::string& value) {
        out.Key(name);
        out.String(value);
    };
    out.StartObject();
    write("place", to_string(place_of(letter)));
    write("buried_at", to_rfc3339(letter.buried_at));
    write("source", letter.source);
    write("meeting", letter.meeting);
    write("reason", letter.reason);
    write("where", letter.where);
    write("step", letter.step);
    write("intake", letter.intake ? to_string(*letter.intake) : std::string{});
    out.EndObject();
    return {text.GetString(), text.GetSize()};
}

int list(const std::vector<dead_letter>& letters, bool json)
{
    if (json) {
        for (const auto& letter : letters)
            std::puts(json_of(letter).c_str());
        return exit_done;
    }
    std::vector<std::vector<std::string>> table{{"WHEN", "SOURCE", "REASON", "KEY", "WHERE"}};
    for (const auto& letter : letters)
        table.push_back(
            {to_rfc3339(letter.buried_at),
             printable(letter.source),
             printable(why_text(letter)),
             printable(letter.meeting),
             to_string(place_of(letter))}
        );
    std::fputs(table_text(table).c_str(), stdout);
    return exit_done;
}

// Nothing in it can steer the terminal.
void print_body_on_terminal(const std::string& body)
{
    std::istringstream lines{body};
    for (std::string line; std::getline(lines, line);)
        std::puts(printable(line).c_str());
}

// What a provider has sent is printed where the operator has asked for it: elsewhere than on a
// terminal that is the call itself.
int show(const std::vector<dead_letter>& letters, bool body_on_terminal)
{
    if (letters.empty())
        return fail("there is no such dead letter; rollcall deadletter list has their places");
    const auto& letter = letters.front();
    std::printf("key: %s\n", printable(letter.source).c_str());
    for (const auto& [name, value] : letter.with)
        std::printf("%s: %s\n", printable(name).c_str(), printable(value).c_str());
    std::puts("");
    if (::isatty(STDOUT_FILENO) == 0) {
        std::fwrite(letter.body.data(), 1, letter.body.size(), stdout);
        return exit_done;
    }
    if (body_on_terminal)
        print_body_on_terminal(letter.body);
    else
        std::printf("(%zu bytes, with personal data: --body prints them)\n", letter.body.size());
    return exit_done;
}

// As it would be in the intake.
stored_record stored_again(const dead_letter& letter, const headers& with)
{
    stored_record record;
    // A place that no message has come from, where it is not known.
    record.at = letter.intake.value_or(intake_place{-1, -1});
    record.stored_at = letter.buried_at;
    auto read = read_intake_record(letter.meeting, letter.body, with);
    if (read)
        record.what = *std::move(read);
    else
        record.unreadable = read.error();
    return record;
}

std::string outlook_line(const dead_letter& letter, const outlook& seen)
{
    auto text = to_string(place_of(letter)) + "  " + printable(letter.source) + "  " +
                printable(letter.meeting) + "  " + std::string{to_string(seen.what)};
    return seen.why.empty() ? text : text + ": " + printable(seen.why);
}

int replay(
    partition_reader& reader,
    const settings& with,
    const deadletter_options& how,
    const std::vector<dead_letter>& letters
)
{
    if (how.place && letters.empty())
        return fail("there is no such dead letter; `rollcall deadletter list` has their places");
    const auto oldest = wall_clock() - with.dedupe_window;
    const auto published = read_published(reader, with, oldest, how.source);
    if (!published)
        return fail(with.kafka.bootstrap_servers + ": " + published.error().message());
    const source_providers providers{with};
    forecast foretells{providers, *published, oldest};
    intake_refill intake{with};
    outlook_sum sum;
    std::set<std::tuple<std::string_view, headers, std::string_view>> taken;
    std::size_t alike = 0;
    for (const auto& letter : letters) {
        // One that was replayed in vain lies there once more, the same.
        const auto arrival = headers_in_intake(letter);
        if (!taken.emplace(letter.meeting, arrival, letter.body).second) {
            ++alike;
            continue;
        }
        auto seen = foretells.of(stored_again(letter, arrival));
        if (seen.what == outlook::as::nameless)
            seen.what = outlook::as::fresh;  // the provider may tell the name by now
        sum.add(seen);
        if (how.dry_run)
            std::puts(outlook_line(letter, seen).c_str());
        if (how.dry_run || seen.what != outlook::as::fresh)
            continue;
        const auto from = names_of(with.kafka).deadletter + ' ' + to_string(place_of(letter));
        if (intake.put(letter.meeting, letter.body, arrival, from))
            break;
    }
    if (const auto ec = intake.finish())
        return fail(
            with.kafka.bootstrap_servers + ": " + ec.message() + "; " +
            std::to_string(intake.stored()) +
            " are in the intake, and the same call goes on: nothing is published twice"
        );
    std::fputs(sum_text(sum, "dead letter", how.dry_run).c_str(), stdout);
    if (alike > 0)
        std::printf("%zu more, the same as another one, are left alone\n", alike);
    return exit_done;
}

}  // namespace

int run_deadletter(const settings& with, const deadletter_options& how)
{
    auto reader = reader_of(with);
    const auto letters = read_letters(reader, with, how);
    if (!letters)
        return fail(with.kafka.bootstrap_servers + ": " + letters.error().message());
    switch (how.what) {
        case deadletter_options::action::list:
            return list(*letters, how.json);
        case deadletter_options::action::show:
            return show(*letters, how.body);
        case deadletter_options::action::replay:
            break;
    }
    return replay(reader, with, how, *letters);
}

}  // namespace rollcall
