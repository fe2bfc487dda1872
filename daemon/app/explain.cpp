#include "app/explain.hpp"

#include "app/connection.hpp"
#include "app/exit_code.hpp"
#include "app/explanation.hpp"
#include "app/explanation_text.hpp"
#include "app/published_reading.hpp"
#include "app/tail_line.hpp"
#include "app/topic_names.hpp"
#include "app/topic_reading.hpp"
#include "kafka/partitioner.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>
#include <vector>

namespace rollcall {
namespace {

constexpr milliseconds question{10'000};

using meeting_name = std::pair<std::string, std::string>;  // source, key in the intake

int fail(const std::string& why)
{
    return fail_as("explain", why);
}

// Looks for what is sought in everything, then reads all there is of the meetings it was found in.
class investigation {
public:
    investigation(const settings& with, const explain_options& how)
        : names_{names_of(with.kafka)},
          what_{how.id, how.source},
          since_{how.since.value_or(wall_clock() - with.dedupe_window)},
          providers_{with},
          reader_{connection_of(with), names_.group, partition_reader::isolation::read_committed},
          found_{.records = {}, .published = published_index{match_windows_of(with)}}
    {
    }

    error_code look()
    {
        const auto take = [this](const consumed_record& record) { look_at(record); };
        std::vector<topic_stretch> all;
        for (const auto& topic :
             {names_.intake, names_.attendance, names_.activity, names_.deadletter})
            all.push_back({.topic = topic, .since = since_});
        if (const auto ec = read_stretches(reader_, all, take))
            return ec;
        return meetings_.empty() ? error_code{} : read_meetings();
    }

    explanation answer(milliseconds hold) const
    {
        return explain(what_, found_, {.providers = providers_, .hold = hold});
    }
    const sought& what() const { return what_; }
    const topic_names& names() const { return names_; }
    timestamp since() const { return since_; }

private:
    void look_at(const consumed_record& record)
    {
        if (record.topic() == names_.intake)
            return look_at(read_stored(record));
        if (record.topic() == names_.deadletter) {
            const auto letter = read_dead_letter(record);
            if (what_.means(letter))
                meetings_.emplace(letter.source, letter.meeting);
            return;
        }
        const auto message = read_published(record);
        if (message && what_.means(*message, record.value()))
            meetings_.emplace(message->source, message->meeting);
    }
    void look_at(const stored_record& stored)
    {
        if (!what_.may_mean(stored))
            return;
        const auto made =
            stored.is_payload() ? normalise(stored.what, providers_) : made_of_record{};
        bool meant = what_.means(stored, made.unusable || stored.unreadable);
        for (const auto& told : made.told.events)
            meant = meant || what_.means(told);
        if (meant)
            meetings_.emplace(stored.what.source, stored.what.key);
    }

    // What is committed is asked first: what was published before that is read then, surely.
    error_code read_meetings()
    {
        const auto count = reader_.partition_count(names_.intake, question);
        if (!count)
            return count.error();
        std::set<std::int32_t> where;
        for (const auto& [source, key] : meetings_)
            where.insert(partition_of(key, *count));
        for (const auto partition : where)
            if (const auto ec = ask_standing(partition))
                return ec;
        std::vector<topic_stretch> all;
        for (const auto& topic : {names_.intake, names_.attendance, names_.activity})
            all.push_back({.topic = topic, .since = since_, .partitions = where});
        all.push_back({.topic = names_.deadletter, .since = since_});
        const auto ec =
            read_stretches(reader_, all, [this](const consumed_record& record) { gather(record); });
        std::ranges::sort(found_.records, {}, &stored_record::at);
        return ec;
    }
    error_code ask_standing(std::int32_t partition)
    {
        const auto committed = reader_.committed(names_.intake, partition, question);
        if (!committed)
            return committed.error();
        const auto marks = reader_.query_watermarks(names_.intake, partition, question);
        if (!marks)
            return marks.error();
        found_.standings[partition] = {std::max(*committed, marks->low), marks->high};
        return {};
    }

    void gather(const consumed_record& record)
    {
        if (record.topic() == names_.intake) {
            auto stored = read_stored(record);
            if (meetings_.contains({stored.what.source, stored.what.key}))
                found_.records.push_back(std::move(stored));
        } else if (record.topic() == names_.deadletter) {
            auto letter = read_dead_letter(record);
            if (meetings_.contains({letter.source, letter.meeting}))
                found_.letters.push_back(std::move(letter));
        } else if (auto message = read_published(record)) {
            if (!meetings_.contains({message->source, message->meeting}))
                return;
            const bool named = what_.means(*message, record.value());
            found_.published.add(*std::move(message));
            if (named)
                found_.meant.insert(&found_.published.all().back());
        }
    }

    topic_names names_;
    sought what_;
    timestamp since_;
    source_providers providers_;
    partition_reader reader_;
    std::set<meeting_name> meetings_;
    evidence found_;
};

void say_unknown(const investigation& of)
{
    std::fprintf(
        stderr,
        "explain: nothing is known of %s since %s, in %s, %s, %s or %s.\n"
        "Requests that were refused (400, 401, 404, 413, 503) are not stored, nor are webhooks of\n"
        "which nothing can be made: the log and /metrics of the instances count them. What waits\n"
        "on an instance's disk is not in Kafka yet: rollcall spool. What is older: --since.\n",
        printable(of.what().id()).c_str(),
        to_rfc3339(of.since()).c_str(),
        of.names().intake.c_str(),
        of.names().attendance.c_str(),
        of.names().activity.c_str(),
        of.names().deadletter.c_str()
    );
}

}  // namespace

int run_explain(const settings& with, const explain_options& how)
{
    investigation of{with, how};
    if (const auto ec = of.look())
        return fail(with.kafka.bootstrap_servers + ": " + ec.message());
    const auto all =
        of.answer(with.order.mode == order_mode::arrival ? milliseconds{0} : with.order.hold);
    if (how.json)
        std::puts(explanation_json(all, how.id, of.names()).c_str());
    else if (all.is_known())
        std::fputs(explanation_text(all, of.names()).c_str(), stdout);
    if (!all.is_known() && !how.json)
        say_unknown(of);
    return all.is_known() ? exit_done : exit_failed;
}

}  // namespace rollcall
