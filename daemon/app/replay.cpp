#include "app/replay.hpp"

#include "app/connection.hpp"
#include "app/exit_code.hpp"
#include "app/intake_refill.hpp"
#include "app/outlook.hpp"
#include "app/published_reading.hpp"
#include "app/topic_names.hpp"
#include "app/topic_reading.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace rollcall {
namespace {

constexpr milliseconds question{10'000};

int fail(const std::string& why)
{
    return fail_as("replay", why);
}

// What has been committed of each partition of the intake: what lies behind it comes out by itself.
result<std::vector<std::int64_t>> committed_offsets(
    partition_reader& reader, const std::string& intake
)
{
    const auto count = reader.partition_count(intake, question);
    if (!count)
        return count.error();
    std::vector<std::int64_t> all;
    for (std::int32_t p = 0; p < *count; ++p) {
        const auto committed = reader.committed(intake, p, question);
        if (!committed)
            return committed.error();
        all.push_back(*committed);
    }
    return all;
}

// One reading of the intake.
class replaying {
public:
    replaying(
        const settings& with,
        const replay_options& how,
        const published_index& published,
        std::vector<std::int64_t> committed
    )
        : how_{how},
          intake_topic_{names_of(with.kafka).intake},
          providers_{with},
          foretells_{providers_, published, wall_clock() - with.dedupe_window},
          committed_{std::move(committed)},
          intake_{with}
    {
    }

    void take(const consumed_record& record)
    {
        if (failed_)
            return;
        const auto stored = read_stored(record);
        if (!stored.is_payload() || (!how_.source.empty() && stored.what.source != how_.source))
            return;
        if (stored.at.offset >= committed_.at(static_cast<std::size_t>(stored.at.partition))) {
            ++unread_;
            return;
        }
        const auto seen = foretells_.of(stored);
        sum_.add(seen);
        if (seen.what != outlook::as::fresh)
            return;
        const auto from = intake_topic_ + ' ' + to_string(stored.at);
        if (how_.dry_run)
            for (const auto& one : seen.fresh)
                std::puts(fresh_line(one, from).c_str());
        else
            failed_ = intake_.put(record.key(), record.value(), record.all_headers(), from);
    }

    error_code finish() { return intake_.finish(); }
    std::size_t stored() const { return intake_.stored(); }
    std::string told() const
    {
        auto text = sum_text(sum_, "record", how_.dry_run);
        if (unread_ > 0)
            text += std::to_string(unread_) + " more: the relay has not passed them yet\n";
        return text;
    }

private:
    const replay_options& how_;
    std::string intake_topic_;
    source_providers providers_;
    forecast foretells_;
    std::vector<std::int64_t> committed_;
    intake_refill intake_;
    outlook_sum sum_;
    std::size_t unread_ = 0;
    error_code failed_;
};

}  // namespace

int run_replay(const settings& with, const replay_options& how)
{
    const auto names = names_of(with.kafka);
    const auto at_kafka = [&](const error_code& ec) {
        return fail(with.kafka.bootstrap_servers + ": " + ec.message());
    };
    partition_reader reader{
        connection_of(with), names.group, partition_reader::isolation::read_committed};
    auto committed = committed_offsets(reader, names.intake);
    if (!committed)
        return at_kafka(committed.error());
    const auto known_since = std::min(how.since, wall_clock()) - with.dedupe_window;
    const auto published = read_published(reader, with, known_since, how.source);
    if (!published)
        return at_kafka(published.error());
    replaying records{with, how, *published, *std::move(committed)};
    const topic_stretch stretch{.topic = names.intake, .since = how.since, .until = how.until};
    if (const auto ec = read_stretches(reader, {stretch}, [&](const consumed_record& record) {
            records.take(record);
        }))
        return at_kafka(ec);
    if (const auto ec = records.finish())
        return fail(
            with.kafka.bootstrap_servers + ": " + ec.message() + "; " +
            std::to_string(records.stored()) +
            " records are in the intake, and the same call goes on: nothing is published twice"
        );
    std::fputs(records.told().c_str(), stdout);
    return exit_done;
}

}  // namespace rollcall
