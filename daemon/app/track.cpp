#include "app/track.hpp"

#include "app/connection.hpp"
#include "app/exit_code.hpp"
#include "app/interview.hpp"
#include "app/notices.hpp"
#include "app/polled_sources.hpp"
#include "app/table.hpp"
#include "app/topic_names.hpp"
#include "kafka/partition_reader.hpp"
#include "relay/tracking.hpp"
#include "settings/quantities.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr milliseconds question{10'000};

// One line of the list.
struct row {
    tracking_entry entry;
    std::string phase;
    std::optional<milliseconds> cursor_age;
    std::int64_t lag = 0;  // records of the partition's intake that no transaction has passed yet
    milliseconds written{0};
};

int fail(const std::string& why)
{
    return fail_as("track", why);
}

result<std::int64_t> lag_of(
    partition_reader& reader, const topic_names& names, std::int32_t partition
)
{
    const auto committed = reader.committed(names.intake, partition, question);
    if (!committed)
        return committed.error();
    const auto marks = reader.query_watermarks(names.intake, partition, question);
    if (!marks)
        return marks.error();
    return marks->high - std::max(*committed, marks->low);
}

// The last word on every tracked object of a partition.
struct told {
    tracking_entry entry;
    timestamp at{};
    std::int32_t partition = 0;
};
using last_words = std::map<std::pair<std::int32_t, std::string>, told>;

error_code read_all(partition_reader& reader, const std::string& topic, last_words& into)
{
    const auto count = reader.partition_count(topic, question);
    if (!count)
        return count.error();
    std::vector<topic_partition> positions;
    for (std::int32_t p = 0; p < *count; ++p) {
        const auto marks = reader.query_watermarks(topic, p, question);
        if (!marks)
            return marks.error();
        positions.push_back({topic, p, marks->low});
    }
    if (const auto ec = reader.assign(positions))
        return ec;
    std::set<std::int32_t> unread;
    for (const auto& p : positions)
        unread.insert(p.partition);
    auto patience = steady_clock::now() + question;
    while (!unread.empty()) {
        if (steady_clock::now() >= patience)
            return errc::kafka_timed_out;
        auto next = reader.poll(1s);
        if (const auto* ec = std::get_if<error_code>(&next); ec && classify(*ec) != reaction::retry)
            return *ec;
        if (const auto* end = std::get_if<end_of_partition>(&next))
            unread.erase(end->partition);
        const auto* record = std::get_if<consumed_record>(&next);
        if (record || std::holds_alternative<end_of_partition>(next))
            patience = steady_clock::now() + question;
        if (!record)
            continue;
        const std::pair place{record->partition(), std::string{record->key()}};
        auto entry = record->is_tombstone() ? result<tracking_entry, fault>{fault{}}
                                            : read_tracking(record->value());
        if (entry)
            into.insert_or_assign(place, told{std::move(*entry), record->at(), place.first});
        else
            into.erase(place);
    }
    return reader.assign({});
}

// The phase in which the state was written. A plan that is made of it may begin with a look first.
std::string phase_of(const std::string& state)
{
    rapidjson::Document doc;
    doc.Parse(state.data(), state.size());
    if (doc.HasParseError() || !doc.IsObject())
        return "new";
    const auto phase = doc.FindMember("phase");
    return phase != doc.MemberEnd() && phase->value.IsString() ? phase->value.GetString() : "new";
}

// Where the plan stands, told by the plan itself.
row row_of(const told& word, const std::vector<polled_source>& sources, timestamp now)
{
    const auto& what = word.entry.what;
    row made{.entry = word.entry, .phase = "not polled", .written = now - word.at};
    if (word.entry.dropped) {
        made.phase = "dropped";
        return made;
    }
    const auto source = std::ranges::find(sources, what.source, &polled_source::name);
    if (source == sources.end())
        return made;
    const auto plan = what.meeting.empty()
                          ? source->from->list(source->pace, what.state)
                          : source->from->follow(source->pace, what.meeting, what.state);
    if (!plan)
        return made;
    made.phase = what.meeting.empty() ? std::string{plan->phase()} : phase_of(what.state);
    if (const auto cursor = plan->cursor())
        made.cursor_age = std::max(now - *cursor, milliseconds{0});
    return made;
}

std::string json_of(const row& r)
{
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> out{text};
    out.StartObject();
    out.Key("source");
    out.String(r.entry.what.source);
    out.Key("meeting");
    out.String(r.entry.what.meeting);
    out.Key("state");
    out.String(r.phase);
    out.Key("cursor_age_ms");
    if (r.cursor_age)
        out.Int64(r.cursor_age->count());
    else
        out.Null();
    out.Key("lag");
    out.Int64(r.lag);
    out.Key("by_hand");
    out.Bool(r.entry.recall);
    out.Key("written_ms");
    out.Int64(r.written.count());
    out.EndObject();
    return {text.GetString(), text.GetSize()};
}

// To the second: nobody reads more.
std::string age_text(milliseconds age)
{
    return duration_text(std::chrono::floor<std::chrono::seconds>(age));
}

void print(const std::vector<row>& rows, bool json)
{
    if (json) {
        for (const auto& r : rows)
            std::puts(json_of(r).c_str());
        return;
    }
    std::vector<std::vector<std::string>> table{
        {"SOURCE", "MEETING", "STATE", "CURSOR AGE", "LAG", "WRITTEN"}};
    for (const auto& r : rows)
        table.push_back(
            {r.entry.what.source,
             r.entry.what.meeting.empty() ? "(list)" : r.entry.what.meeting,
             r.entry.recall ? r.phase + ", by hand" : r.phase,
             r.cursor_age ? age_text(*r.cursor_age) : "-",
             std::to_string(r.lag),
             age_text(r.written) + " ago"}
        );
    std::fputs(table_text(table).c_str(), stdout);
}

int list(const settings& with, const track_options& how)
{
    const auto names = names_of(with.kafka);
    partition_reader reader{
        connection_of(with), names.group, partition_reader::isolation::read_committed};
    last_words words;
    if (const auto ec = read_all(reader, names.tracking, words))
        return fail(with.kafka.bootstrap_servers + ": " + names.tracking + ": " + ec.message());
    std::map<std::int32_t, std::int64_t> lags;
    const source_providers providers{with};
    const auto sources = polled_sources(with, providers);
    const timestamp now = wall_clock();
    std::vector<row> rows;
    for (const auto& [place, word] : words) {
        if (!how.source.empty() && word.entry.what.source != how.source)
            continue;
        if (!lags.contains(word.partition)) {
            const auto lag = lag_of(reader, names, word.partition);
            if (!lag)
                return fail(with.kafka.bootstrap_servers + ": " + lag.error().message());
            lags.emplace(word.partition, *lag);
        }
        rows.push_back(row_of(word, sources, now));
        rows.back().lag = lags.at(word.partition);
    }
    std::ranges::sort(rows, {}, [](const row& r) {
        return std::pair{r.entry.what.source, r.entry.what.meeting};
    });
    print(rows, how.json);
    return exit_done;
}

tracking_sign sign_of(track_options::action what)
{
    switch (what) {
        case track_options::action::add:
            return tracking_sign::seen;
        case track_options::action::drop:
            return tracking_sign::drop;
        case track_options::action::sweep:
            return tracking_sign::sweep;
        case track_options::action::list:
            break;
    }
    return tracking_sign::none;
}

// What a person means by an id may be several meetings, or need to be asked for. Returns why they
// cannot be found.
std::string look_up(
    const settings& with, const std::string& source, std::vector<std::string>& meetings
)
{
    const source_providers providers{with};
    const auto sources = polled_sources(with, providers);
    const auto found = std::ranges::find(sources, source, &polled_source::name);
    if (found == sources.end())
        return {};
    const auto plan = found->from->look_up(found->pace, meetings.front());
    if (!plan)
        return {};
    std::set<std::string> all;
    std::string none;
    interview api{*found};
    const auto why = api.run(*plan, [&](const poll_outcome& answer) {
        for (const auto& row : answer.rows)
            all.insert(row.key);
        none = answer.why;
        return std::string{};
    });
    if (!why.empty())
        return api_url(*found) + ": " + why;
    meetings.assign(all.begin(), all.end());
    return meetings.empty() ? none : std::string{};
}

int tell(const settings& with, const track_options& how)
{
    const auto source = std::ranges::find(with.sources, how.source, &source_settings::name);
    const bool known = source != with.sources.end();
    // What is left of a source that is gone can still be dropped.
    if (how.what != track_options::action::drop) {
        if (!known)
            return fail("the settings have no source " + how.source);
        if (!source->poll)
            return fail(how.source + " is not polled: its settings have no `poll`");
    }
    auto meetings = std::vector{how.meeting};
    if (how.what == track_options::action::add)
        if (const auto why = look_up(with, how.source, meetings); !why.empty())
            return fail(why);
    notices to{with};
    const auto provider = known ? source->provider : "unknown";
    if (const auto ec = to.tell(how.source, provider, meetings, sign_of(how.what)))
        return fail(with.kafka.bootstrap_servers + ": " + ec.message());
    for (const auto& meeting : meetings)
        std::printf(
            "told the owner of %s; `rollcall track` shows how it goes on\n", meeting.c_str()
        );
    return exit_done;
}

}  // namespace

int run_track(const settings& with, const track_options& how)
{
    return how.what == track_options::action::list ? list(with, how) : tell(with, how);
}

}  // namespace rollcall
