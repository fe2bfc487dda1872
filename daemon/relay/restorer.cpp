#include "relay/restorer.hpp"

#include "relay/message_reading.hpp"
#include "relay/published.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

// One question to a broker. Whatever does not answer in this time is asked again.
constexpr milliseconds question{5'000};
// Between two tries when Kafka cannot be reached.
constexpr milliseconds pause_after_failure{500};
// So many records are read before they are made final in the ledger, which drops the details of
// settled meetings.
constexpr std::uint64_t records_between_commits = 10'000;

}  // namespace

// One partition on its way.
struct restorer::job {
    std::uint64_t ticket = 0;
    std::unique_ptr<ledger> known;
    tracking_table tracked_in;
    std::int64_t next_offset = 0;
    bool same_intake = true;  // as that whose offsets the messages name
    std::set<std::int64_t> published_offsets;
    timestamp cutoff{};
    struct span {
        std::int64_t from = 0;
        std::int64_t to = 0;  // the high watermark when the restore began
        bool read = false;    // up to there
    };
    std::vector<span> outputs;  // of each of topics_
    std::uint64_t records = 0;

    bool complete() const
    {
        return std::ranges::all_of(outputs, [](const span& s) { return s.read; });
    }
};

restorer::restorer(kafka_connection connection, options how)
    : connection_{std::move(connection)},
      how_{std::move(how)},
      topics_{how_.output_topics.begin(), how_.output_topics.end()}
{
    if (!how_.tracking_topic.empty())
        topics_.push_back(how_.tracking_topic);
    for (unsigned i = 0; i < std::max(1U, how_.threads); ++i)
        threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
}

restorer::~restorer()
{
    for (auto& thread : threads_)
        thread.request_stop();
    changed_.notify_all();
    threads_.clear();
}

void restorer::request(const std::map<std::int32_t, std::uint64_t>& tickets)
{
    const std::lock_guard lock{mutex_};
    for (const auto& [partition, ticket] : tickets) {
        wanted_[partition] = ticket;
        started_.erase(partition);
    }
    changed_.notify_all();
}

void restorer::give_up(std::int32_t partition)
{
    const std::lock_guard lock{mutex_};
    wanted_.erase(partition);
    started_.erase(partition);
}

std::vector<restored_partition> restorer::take_finished()
{
    const std::lock_guard lock{mutex_};
    return std::exchange(finished_, {});
}

restorer::progress restorer::how_far() const
{
    const std::lock_guard lock{mutex_};
    progress now = progress_;
    now.partitions = wanted_.size();
    return now;
}

bool restorer::is_wanted(std::int32_t partition, std::uint64_t ticket) const
{
    const std::lock_guard lock{mutex_};
    const auto it = wanted_.find(partition);
    return it != wanted_.end() && it->second == ticket;
}

void restorer::run(const std::stop_token& stop)
{
    pthread_setname_np(pthread_self(), "restore");
    std::optional<partition_reader> reader;
    while (!stop.stop_requested()) {
        const auto waiting = take_waiting(stop);
        if (waiting.empty())
            continue;
        if (!reader)
            reader.emplace(connection_, how_.group, partition_reader::isolation::read_committed);
        auto jobs = plan(*reader, waiting, stop);
        if (!jobs.empty())
            read(*reader, jobs, stop);
    }
}

// Waits for work, and takes this thread's share of it.
std::map<std::int32_t, std::uint64_t> restorer::take_waiting(const std::stop_token& stop)
{
    std::unique_lock lock{mutex_};
    std::map<std::int32_t, std::uint64_t> mine;
    if (!changed_.wait(lock, stop, [this] { return wanted_.size() > started_.size(); }))
        return mine;
    if (started_.empty())
        progress_ = {};
    const auto share = (wanted_.size() + threads_.size() - 1) / threads_.size();
    for (const auto& [partition, ticket] : wanted_)
        if (mine.size() < share && started_.insert(partition).second)
            mine.emplace(partition, ticket);
    return mine;
}

// Asks where each partition stands. Those that Kafka did not answer for stay wanted and are tried
// again.
std::map<std::int32_t, restorer::job> restorer::plan(
    partition_reader& reader,
    const std::map<std::int32_t, std::uint64_t>& waiting,
    const std::stop_token& stop
)
{
    std::map<std::int32_t, job> jobs;
    const timestamp cutoff = wall_clock() - how_.window;
    bool failed = false;
    for (const auto& [partition, ticket] : waiting) {
        auto planned =
            is_wanted(partition, ticket) ? plan_one(reader, partition, cutoff) : errc::stopped;
        if (planned) {
            planned->ticket = ticket;
            jobs.emplace(partition, std::move(*planned));
            continue;
        }
        const std::lock_guard lock{mutex_};
        const auto it = wanted_.find(partition);
        if (it != wanted_.end() && it->second == ticket) {
            started_.erase(partition);
            failed = true;
            log_.warn(
                "restore must wait",
                {{"partition", partition}, {"error", planned.error().message()}}
            );
        }
    }
    if (failed && jobs.empty()) {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, stop, pause_after_failure, [] { return false; });
    }
    return jobs;
}

// First of all: while a predecessor's transaction over these offsets is undecided, this waits
// (KIP-447). Whatever it published lies below the watermarks that are asked for afterwards.
error_code restorer::find_start(partition_reader& reader, std::int32_t partition, job& planned)
{
    const auto committed = reader.committed(how_.intake_topic, partition, question);
    if (!committed)
        return committed.error();
    const auto intake = reader.query_watermarks(how_.intake_topic, partition, question);
    if (!intake)
        return intake.error();
    planned.next_offset = std::max(*committed, intake->low);
    if (*committed >= 0 && *committed < intake->low)
        log_.error(
            "intake records were deleted before they were read",
            {{"partition", partition}, {"records", intake->low - *committed}}
        );
    if (*committed <= intake->high)
        return {};
    log_.error(
        "the intake ends before the offset that is committed: it was made anew or restored, and "
        "is read from the beginning of the window",
        {{"partition", partition}, {"committed", *committed}, {"end", intake->high}}
    );
    const auto first = reader.offset_at(how_.intake_topic, partition, planned.cutoff, question);
    if (!first)
        return first.error();
    planned.next_offset = std::clamp(*first, intake->low, intake->high);
    planned.same_intake = false;
    return {};
}

result<restorer::job> restorer::plan_one(
    partition_reader& reader, std::int32_t partition, timestamp cutoff
)
{
    job planned;
    planned.known = std::make_unique<ledger>(how_.polled, how_.matched);
    planned.cutoff = cutoff;
    if (const auto failed = find_start(reader, partition, planned))
        return failed;
    for (const auto& topic : topics_) {
        const auto bounds = reader.query_watermarks(topic, partition, question);
        if (!bounds)
            return bounds.error();
        auto& output = planned.outputs.emplace_back();
        output.from = bounds->low;
        if (topic != how_.tracking_topic) {
            const auto first = reader.offset_at(topic, partition, cutoff, question);
            if (!first)
                return first.error();
            output.from = std::clamp(*first, bounds->low, bounds->high);
        }
        output.to = bounds->high;
        output.read = output.from >= output.to;
    }
    return planned;
}

void restorer::read(
    partition_reader& reader, std::map<std::int32_t, job>& jobs, const std::stop_token& stop
)
{
    std::vector<topic_partition> positions;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [partition, j] : jobs) {
            for (std::size_t c = 0; c < topics_.size(); ++c) {
                if (j.outputs[c].read)
                    continue;
                positions.push_back({topics_[c], partition, j.outputs[c].from});
                progress_.to_read +=
                    static_cast<std::uint64_t>(j.outputs[c].to - j.outputs[c].from);
            }
        }
    }
    if (!positions.empty())
        reader.assign(positions);

    std::uint64_t since_check = 0;
    while (!jobs.empty() && !stop.stop_requested()) {
        for (auto it = jobs.begin(); it != jobs.end();) {
            const bool wanted = is_wanted(it->first, it->second.ticket);
            if (wanted && !it->second.complete()) {
                ++it;
                continue;
            }
            if (wanted)
                finish(it->first, std::move(it->second));
            it = jobs.erase(it);
        }
        // Looks at the requests again after so many records, or when nothing comes.
        for (bool look_again = jobs.empty(); !look_again;) {
            auto next = reader.poll(50ms);
            if (const auto* record = std::get_if<consumed_record>(&next)) {
                take_record(*record, jobs);
                look_again = ++since_check % 1'000 == 0;
                const auto j = jobs.find(record->partition());
                look_again = look_again || (j != jobs.end() && j->second.complete());
            } else if (const auto* end = std::get_if<end_of_partition>(&next)) {
                // The end a reader may see is the last stable offset. While a dead predecessor's
                // transaction is open it lies below the watermark: then another end comes once the
                // broker has aborted it.
                const auto j = jobs.find(end->partition);
                if (j != jobs.end()) {
                    auto& output = j->second.outputs[index_of(end->topic)];
                    output.read = output.read || end->offset >= output.to;
                }
                look_again = true;
            } else {
                look_again = true;
            }
        }
    }
    reader.assign({});
}

void restorer::take_record(const consumed_record& record, std::map<std::int32_t, job>& jobs)
{
    const auto it = jobs.find(record.partition());
    if (it == jobs.end())
        return;
    job& j = it->second;
    auto& output = j.outputs[index_of(record.topic())];
    output.read = output.read || record.offset() + 1 >= output.to;
    if (record.topic() == how_.tracking_topic)
        take_tracked(record, j);
    else if (record.at() >= j.cutoff)
        take_message(record, j);
    if (++j.records % records_between_commits == 0) {
        j.known->commit();
        const std::lock_guard lock{mutex_};
        progress_.read += records_between_commits;
    }
}

std::size_t restorer::index_of(std::string_view topic) const
{
    return static_cast<std::size_t>(std::ranges::find(topics_, topic) - topics_.begin());
}

void restorer::take_tracked(const consumed_record& record, job& j)
{
    if (record.is_tombstone())
        return j.tracked_in.restore(record.key(), std::nullopt);
    auto entry = read_tracking(record.value());
    if (entry)
        return j.tracked_in.restore(record.key(), std::move(*entry));
    log_.error(
        "a record in our topic is not ours; it is left out",
        {{"topic", record.topic()},
         {"partition", record.partition()},
         {"offset", record.offset()},
         {"member", entry.error().where}}
    );
}

void restorer::take_message(const consumed_record& record, job& j)
{
    const auto message = rollcall::read(parts_of(record));
    if (!message) {
        log_.error(
            "a message in our topic is not ours; it is left out",
            {{"topic", record.topic()},
             {"partition", record.partition()},
             {"offset", record.offset()},
             {"header", message.error().where}}
        );
        return;
    }
    j.known->record(message->entry);
    if (const auto& offset = message->intake_offset;
        offset && j.same_intake && *offset >= j.next_offset)
        j.published_offsets.insert(*offset);
}

void restorer::finish(std::int32_t partition, job done)
{
    done.known->commit();
    log_.info(
        "partition restored",
        {{"partition", partition},
         {"identities", done.known->identities()},
         {"meetings", done.known->meetings()},
         {"next_offset", done.next_offset}}
    );
    const std::lock_guard lock{mutex_};
    const auto it = wanted_.find(partition);
    if (it == wanted_.end() || it->second != done.ticket)
        return;
    wanted_.erase(it);
    started_.erase(partition);
    finished_.push_back(
        {partition,
         done.ticket,
         std::move(done.known),
         done.next_offset,
         std::move(done.published_offsets),
         std::move(done.tracked_in)}
    );
}

}  // namespace rollcall
