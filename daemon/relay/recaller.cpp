#include "relay/recaller.hpp"

#include "relay/published.hpp"

#include <pthread.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

// One question to a broker. Whatever does not answer in this time is asked again.
constexpr milliseconds question{5'000};
// Between two tries when Kafka cannot be reached.
constexpr milliseconds pause_after_failure{500};

}  // namespace

recaller::recaller(kafka_connection connection, options how)
    : connection_{std::move(connection)},
      how_{std::move(how)},
      thread_{[this](const std::stop_token& stop) { run(stop); }}
{
}

recaller::~recaller()
{
    thread_.request_stop();
    changed_.notify_all();
}

void recaller::request(wanted what)
{
    const std::lock_guard lock{mutex_};
    waiting_.push_back(std::move(what));
    changed_.notify_all();
}

std::vector<recaller::recalled> recaller::take_finished()
{
    const std::lock_guard lock{mutex_};
    return std::exchange(finished_, {});
}

void recaller::run(const std::stop_token& stop)
{
    pthread_setname_np(pthread_self(), "recall");
    std::optional<partition_reader> reader;
    while (!stop.stop_requested()) {
        std::unique_lock lock{mutex_};
        if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); }))
            return;
        const wanted what = waiting_.front();
        lock.unlock();
        if (!reader)
            reader.emplace(connection_, how_.group, partition_reader::isolation::read_committed);
        auto all = read(*reader, what, stop);
        lock.lock();
        if (!all) {
            log_.warn(
                "cannot read what was published of a meeting, trying again",
                {{"source", what.source},
                 {"meeting", what.meeting},
                 {"error", all.error().message()}}
            );
            changed_.wait_for(lock, stop, pause_after_failure, [] { return false; });
            continue;
        }
        log_.info(
            "meeting recalled",
            {{"source", what.source},
             {"meeting", what.meeting},
             {"identities", all->published.size()}}
        );
        waiting_.pop_front();
        finished_.push_back({what, std::move(*all)});
    }
}

result<recalled_meeting> recaller::read(
    partition_reader& reader, const wanted& what, const std::stop_token& stop
)
{
    recalled_meeting all;
    for (const auto& topic : how_.output_topics)
        if (const auto ec = read_topic(reader, topic, what, all, stop))
            return ec;
    return all;
}

error_code recaller::read_topic(
    partition_reader& reader,
    const std::string& topic,
    const wanted& what,
    recalled_meeting& into,
    const std::stop_token& stop
)
{
    const auto bounds = reader.query_watermarks(topic, what.partition, question);
    if (!bounds)
        return bounds.error();
    if (bounds->low >= bounds->high)
        return {};
    const auto here = static_cast<std::size_t>(
        std::ranges::find(how_.output_topics, topic) - how_.output_topics.begin()
    );
    bool first = bounds->low > 0;  // something has been deleted
    const topic_partition from{topic, what.partition, bounds->low};
    if (const auto ec = reader.assign({&from, 1}))
        return ec;
    // Our own transactions are decided between two batches, so the stable end does not stay behind
    // the watermark for long.
    for (std::int64_t next = bounds->low; next < bounds->high;) {
        if (stop.stop_requested())
            return errc::stopped;
        auto came = reader.poll(100ms);
        if (const auto* record = std::get_if<consumed_record>(&came)) {
            if (std::exchange(first, false))
                into.complete_since[here] = record->at();
            take(*record, what, into);
            next = record->offset() + 1;
        } else if (const auto* end = std::get_if<end_of_partition>(&came)) {
            next = std::max(next, end->offset);
        }
    }
    return reader.assign({});
}

void recaller::take(const consumed_record& record, const wanted& what, recalled_meeting& into)
{
    if (record.key() != what.meeting)
        return;
    const auto message = rollcall::read(parts_of(record));
    if (!message || message->entry.source != what.source)
        return;
    const auto& entry = message->entry;
    into.published.try_emplace(entry.id, entry.via, entry.content);
    // The last one counts: a meeting that was forgotten has begun from 1 again.
    into.last_sequence[static_cast<std::size_t>(channel_of(entry.kind))] = entry.sequence;
    into.latest = std::max(into.latest, std::optional{entry.occurred_at});
    into.settled = into.settled || entry.kind == kind::meeting_settled;
}

}  // namespace rollcall
