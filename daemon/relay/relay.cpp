#include "relay/relay.hpp"

#include "providers/given_up.hpp"
#include "providers/provider.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// While nothing comes and nothing is due, the loop looks around this often.
constexpr milliseconds idle_poll{100};
// While partitions are being restored: how long a finished one waits at most.
constexpr milliseconds restoring_poll{10};
// One try of init_transactions, so that the group is polled in between.
constexpr milliseconds init_try{1'000};
constexpr milliseconds init_pause{50};
// How often the state is told while nothing changes: a long restore shows how far it is.
constexpr milliseconds report_interval{500};
// Reading a batch stops after this even when records keep coming one by one.
constexpr milliseconds longest_batch{50};

// Waits for `time` or for the stop, whichever comes first.
void wait(const std::stop_token& stop, milliseconds time)
{
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock{mutex};
    never.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

// The offset of the next record to read after a restart: nothing that is held is committed past.
std::int64_t relay::work::commit_to() const
{
    const auto held = decides->oldest_held().value_or(position);
    return std::min({position, held, nameless.oldest().value_or(position)});
}

bool relay::work::has_work() const
{
    return !out.empty() || !forwarded.empty() || commit_to() > committed;
}

relay::relay(
    kafka_connection connection, relay_settings how, relay_counts& counts, relay_hooks hooks
)
    : connection_{std::move(connection)},
      how_{std::move(how)},
      counts_{counts},
      hooks_{std::move(hooks)}
{
    counts_.expect(how_.roll.polled);
}

relay::~relay() = default;

void relay::make_restorer()
{
    restorer_ = std::make_unique<restorer>(
        connection_,
        restorer::options{
            .group = how_.group,
            .intake_topic = how_.intake_topic,
            .output_topics = how_.output_topics,
            .tracking_topic = how_.tracking_topic,
            .polled = how_.roll.polled,
            .matched = matched_in(how_.roll),
            .window = how_.roll.window}
    );
}

void relay::run(std::stop_token stop)
{
    pthread_setname_np(pthread_self(), "relay");
    make_restorer();
    if (!how_.tracking_topic.empty())
        recaller_ = std::make_unique<recaller>(
            connection_, recaller::options{.group = how_.group, .output_topics = how_.output_topics}
        );
    // The producer first: its init ends whatever an earlier life of this instance left undecided,
    // so that the partitions we are about to get need not wait for a transaction time-out.
    while (!stop.stop_requested() && !renew_producer(stop))
        turned();
    if (stop.stop_requested())
        return;
    consumer_ = std::make_unique<group_consumer>(
        connection_,
        group_consumer::options{
            .group = how_.group,
            .topic = how_.intake_topic,
            .session_timeout = how_.session_timeout},
        static_cast<rebalance_listener&>(*this)
    );
    while (!stop.stop_requested()) {
        turned();
        if (!producer_ready_ && !renew_producer(stop)) {
            read_batch();  // keeps our place in the group; no partition is active
            continue;
        }
        take_change();
        activate_restored();
        take_kept();
        activate_recalled();
        read_batch();
        publish_batch();
        if (const auto pause = resume_at_ - steady_clock::now(); pause > 0ms)
            wait(stop, std::chrono::ceil<milliseconds>(pause));
    }
    consumer_->close();
    recaller_.reset();
    restorer_.reset();
    for (const auto& [source, merged] : counts_.merged)
        log_.info(
            "ways merged",
            {{"source", source},
             {"webhook_first", merged.webhook_first.load()},
             {"poll_first", merged.poll_first.load()},
             {"webhook_only", merged.webhook_only.load()},
             {"poll_only", merged.poll_only.load()}}
        );
    log_.info(
        "stopped",
        {{"published", counts_.books.published()}, {"transactions", counts_.transactions.load()}}
    );
}

// ---- who owns what
// -------------------------------------------------------------------------------------------------

void relay::on_assigned(std::span<const topic_partition> partitions)
{
    assigned_ = true;
    for (const auto& p : partitions) {
        work& w = works_[p.partition];
        strike(w);
        w = work{};
        w.ticket = w.owner = ++last_ticket_;
        if (producer_ready_)
            request_restore(p.partition, w);
    }
    step(relay_step::assigned);
    log_.info("partitions assigned", {{"count", partitions.size()}, {"owned", works_.size()}});
    report_state();
}

// No transaction is open while the group is polled, so there is none to finish: what a partition
// has read since the last commit is dropped with it, and the next owner reads it again.
void relay::on_revoked(std::span<const topic_partition> partitions)
{
    drop(partitions, "partitions revoked");
}

void relay::on_lost(std::span<const topic_partition> partitions)
{
    drop(partitions, "partitions lost");
}

void relay::drop(std::span<const topic_partition> partitions, std::string_view why)
{
    for (const auto& p : partitions) {
        restorer_->give_up(p.partition);
        const auto it = works_.find(p.partition);
        if (it != works_.end() && it->second.followed)
            follower_->on_given_up(p.partition);
        if (it != works_.end())
            strike(it->second);
        works_.erase(p.partition);
    }
    step(relay_step::revoked);
    log_.info(why, {{"count", partitions.size()}, {"owned", works_.size()}});
    report_state();
}

void relay::request_restore(std::int32_t partition, const work& w)
{
    restorer_->request({{partition, w.ticket}});
}

void relay::activate_restored()
{
    auto finished = restorer_->take_finished();
    for (auto& restored : finished) {
        const auto it = works_.find(restored.partition);
        if (it != works_.end() && it->second.ticket == restored.ticket)
            activate(it->second, std::move(restored));
    }
    if (!finished.empty() || steady_clock::now() >= next_report_)
        report_state();
}

void relay::activate(work& w, restored_partition restored)
{
    const std::int32_t partition = restored.partition;
    w.position = w.committed = restored.next_offset;
    w.read_to = 0;
    // What was decided and not published is not in the topics; this process still knows of it.
    w.decided_before.merge(restored.published_offsets);
    auto ec = consumer_->seek(partition, w.position);
    if (!ec)
        ec = consumer_->resume(partition);
    if (ec) {
        log_.warn(
            "cannot start a partition, restoring it again",
            {{"partition", partition}, {"error", ec.message()}}
        );
        put_down(partition, w);
        request_restore(partition, w);
        return;
    }
    w.decides = std::make_unique<roll>(how_.roll, std::move(restored.known));
    ++counts_.restored;
    if (!w.followed)
        w.tracked_in = std::move(restored.tracked_in);
    hand_over(partition, w);
    step(relay_step::restored);
}

// A new producer, initialised before anything else: `init` decides what its predecessor's last
// transaction came to, and only then do the output topics tell the truth to a restore (librdkafka
// has no KIP-890).
bool relay::renew_producer(const std::stop_token& stop)
{
    if (!producer_)
        producer_ = std::make_unique<transactional_producer>(
            connection_, how_.transactional_id, how_.transaction_timeout
        );
    if (const auto ec = producer_->init(init_try)) {
        log_.warn(
            "producer not ready", {{"error", ec.message()}, {"detail", producer_->last_error()}}
        );
        if (classify(ec) == reaction::renew && ec != errc::kafka_timed_out)
            producer_.reset();
        wait(stop, init_pause);
        return false;
    }
    for (const auto& topic : how_.output_topics)
        producer_->warm_up(topic, init_try);
    producer_->warm_up(how_.deadletter_topic, init_try);
    producer_->warm_up(how_.intake_topic, init_try);
    if (!how_.tracking_topic.empty())
        producer_->warm_up(how_.tracking_topic, init_try);
    producer_ready_ = true;
    for (auto& [partition, w] : works_)
        request_restore(partition, w);
    return true;
}

// ---- reading
// -------------------------------------------------------------------------------------------------------

milliseconds relay::poll_time() const
{
    const timestamp now = wall_clock();
    milliseconds time = idle_poll;
    for (const auto& [partition, w] : works_) {
        if (!w.decides) {
            time = std::min(time, restoring_poll);
        } else if (const auto due = w.decides->next_due()) {
            time = std::min(time, std::max(*due - w.decides->intake_time(now), 1ms));
        }
    }
    return time;
}

void relay::read_batch()
{
    auto next = consumer_->poll(poll_time());
    const timestamp now = wall_clock();
    for (auto& [partition, w] : works_)
        if (w.decides)
            w.decides->begin(now);

    const auto until = steady_clock::now() + longest_batch;
    for (std::size_t records = 0; !std::holds_alternative<std::monostate>(next);) {
        if (const auto* record = std::get_if<consumed_record>(&next)) {
            const auto it = works_.find(record->partition());
            if (it != works_.end() && it->second.decides) {
                if (record->offset() >= it->second.position)
                    take(*record, it->second);
                else
                    look_at_end(it->first, it->second);
            }
            ++records;
        } else if (const auto* end = std::get_if<end_of_partition>(&next)) {
            const auto it = works_.find(end->partition);
            if (it != works_.end() && it->second.decides) {
                if (end->offset >= it->second.position) {
                    it->second.decides->reach_end();
                    it->second.read_to = end->offset;
                } else {
                    look_at_end(it->first, it->second);
                }
            }
        } else {
            log_.warn("consumer", {{"error", std::get<error_code>(next).message()}});
        }
        if (records >= how_.batch || steady_clock::now() >= until)
            break;
        next = consumer_->poll(0ms);
    }
    for (auto& [partition, w] : works_) {
        if (!w.decides)
            continue;
        w.decides->release(w.out);
        for (const auto& [offset, first, later, source, superseded] :
             w.decides->take_late_duplicates()) {
            if (superseded)
                end_event(w, source, offset, relay_count::superseded);
            else
                count_duplicate(w, source, offset, first, later);
        }
    }
}

// A record from before our position: where the intake ends there as well, it is another intake, and
// what is remembered of the offsets of the former one says nothing of this one.
void relay::look_at_end(std::int32_t partition, work& w)
{
    const auto end = consumer_->known_end(partition);
    if (!end || *end >= w.committed)
        return;
    log_.error(
        "the intake was made anew while it was read, restoring",
        {{"partition", partition}, {"position", w.position}, {"end", *end}}
    );
    put_down(partition, w);
    w.entered_to = 0;
    w.decided_before.clear();
    w.refused.clear();
    request_restore(partition, w);
}

void relay::take(const consumed_record& record, work& w)
{
    w.position = record.offset() + 1;
    const auto read = read_intake_record(record.key(), record.value(), record.all_headers());
    if (!read) {
        intake_record unknown;
        unknown.key = record.key();
        unknown.body = record.value();
        unknown.source = "unknown";
        end_record(w, unknown.source, relay_count::records_unusable);
        bury(unknown, record.offset(), w, read.error(), "read");
        return;
    }
    w.decides->advance(read->received_at, w.out);
    if (read->notice != tracking_sign::none) {
        end_record(w, read->source, relay_count::records_notices);
        return take_notice(*read, record.partition(), w);
    }
    if (read->item == given_up_item) {
        end_record(w, read->source, relay_count::records_given_up);
        return bury_given_up(*read, record.offset(), w);
    }
    if (const auto refused = w.refused.find(record.offset()); refused != w.refused.end()) {
        end_record(w, read->source, relay_count::records_unusable);
        bury(*read, record.offset(), w, refused->second, "publish");
    } else {
        take_events(*read, record.partition(), record.offset(), w);
    }
}

std::shared_ptr<const provider> relay::provider_of(const intake_record& record) const
{
    if (auto from = how_.provider_of ? how_.provider_of(record.source) : nullptr;
        from && from->name() == record.provider)
        return from;
    // The source may be gone since, or be another provider's.
    const auto nobody = std::shared_ptr<const provider>{};
    return {nobody, find_provider(record.provider)};
}

void relay::take_events(
    const intake_record& record, std::int32_t partition, std::int64_t offset, work& w
)
{
    if (record.via != way::webhook && awaits_recall(w, record.source, record.key))
        return end_record(w, record.source, relay_count::records_postponed);
    const auto from = provider_of(record);
    auto normalised =
        from ? from->normalise(record) : fault{errc::unknown_value, "rollcall-provider"};
    if (!normalised) {
        end_record(w, record.source, relay_count::records_unusable);
        return bury(record, offset, w, normalised.error(), "normalise");
    }
    if (normalised->waits_for)
        return await_meeting(record, *std::move(normalised->waits_for), partition, offset, w);
    end_record(
        w,
        record.source,
        normalised->events.empty() ? relay_count::records_ignored : relay_count::records_used
    );
    w.counted[record.source][relay_count::left_out] += normalised->left_out;
    take_names(record, *normalised, w);
    if (!normalised->warning.empty())
        log_.warn(normalised->warning, {{"source", record.source}, {"meeting", record.key}});
    const std::string_view download =
        record.via == way::download ? std::string_view{record.delivery_id} : std::string_view{};
    const auto rules = how_.privacy_of ? how_.privacy_of(record.source) : nullptr;
    for (auto& e : normalised->events) {
        if (rules)
            apply(*rules, e);
        const way later = e.via;
        ++w.counted[record.source][relay_count::events];
        const auto said = w.decides->offer(std::move(e), offset, w.out, download);
        if (said.what == decision::outcome::duplicate) {
            count_duplicate(w, record.source, offset, said.first, later);
        } else if (said.what == decision::outcome::told_better) {
            end_event(w, record.source, offset, relay_count::superseded);
        } else if (said.what == decision::outcome::beyond_window && is_read_again(record, later, w)) {
            end_event(w, record.source, offset, relay_count::beyond_polled);
        } else if (said.what == decision::outcome::beyond_window) {
            end_event(w, record.source, offset, relay_count::beyond_window);
            bury(record, offset, w, {errc::beyond_window, "occurred_at"}, "ledger");
        }
    }
    if (normalised->sign != tracking_sign::none)
        track(partition, w, {record.source, record.key, {}}, normalised->sign);
}

// It names its meeting by facts that only the provider's API can tell the key of.
void relay::await_meeting(
    intake_record record, awaited_meeting what, std::int32_t partition, std::int64_t offset, work& w
)
{
    if (follower_ == nullptr || !is_polled(record.source)) {
        end_record(w, record.source, relay_count::records_unusable);
        return bury(record, offset, w, what.otherwise, "normalise");
    }
    if (auto key = w.nameless.key_of(record.source, what.name)) {
        end_record(w, record.source, relay_count::records_moved);
        record.key = *std::move(key);
        w.forwarded.push_back(std::move(record));
        return;
    }
    ++w.counted[record.source][relay_count::records];
    // Not tracked in the topic: as long as it waits, whoever owns the partition reads it again.
    follower_->on_sign(partition, record.source, record.key, tracking_sign::sweep);
    w.nameless.hold(std::move(what.name), offset, std::move(record), std::move(what.otherwise));
}

void relay::take_names(const intake_record& record, const normalised& told, work& w)
{
    if (told.named)
        for (auto& each : w.nameless.take_named(record.source, told.named->name, told.named->key)) {
            ++w.counted[record.source][relay_count::records_moved];
            w.forwarded.push_back(std::move(each));
        }
    if (told.all_named)
        for (const auto& [offset, unknown, why] :
             w.nameless.take_unknown(record.source, record.key)) {
            ++w.counted[record.source][relay_count::records_unusable];
            bury(unknown, offset, w, why, "look up");
        }
}

// A new owner polls a meeting from its start. What is older than the window of a meeting that is
// known was most likely published, and is no news to whoever looks after the dead letters.
bool relay::is_read_again(const intake_record& record, way via, const work& w)
{
    return via != way::webhook && w.decides->known().knows_meeting(record.source, record.key);
}

// What the poller has passed over: there is no payload, but somebody has to know.
void relay::bury_given_up(const intake_record& record, std::int64_t offset, work& w)
{
    const auto what = read_given_up(record.body);
    bury(record, offset, w, {errc::given_up, what ? to_text(*what) : record.body}, "poll");
}

void relay::bury(
    const intake_record& record,
    std::int64_t offset,
    work& w,
    const fault& why,
    std::string_view step
)
{
    headers with = arrival_headers(record);
    with.emplace_back("rollcall-reason", make_error_code(why.code).message());
    with.emplace_back("rollcall-where", why.where);
    with.emplace_back("rollcall-step", step);
    with.emplace_back("rollcall-buried", to_rfc3339(wall_clock()));
    with.emplace_back("rollcall-meeting", record.key);
    // Mostly the last one; what has waited for something comes later than its offset.
    const auto place = std::ranges::upper_bound(w.dead, offset, {}, &dead_letter::offset);
    w.dead.insert(place, {offset, record.source, record.body, std::move(with)});
    log_.warn(
        "payload cannot be used",
        {{"source", record.source},
         {"meeting", record.key},
         {"step", step},
         {"reason", make_error_code(why.code).message()},
         {"where", why.where}}
    );
}

// ---- how it is ----------------------------------------------------------------------------------

void relay::turned() const
{
    if (hooks_.on_turn)
        hooks_.on_turn();
}

// A transaction's steps are turns as well: each of them may wait for Kafka as long as it may take.
void relay::step(relay_step at) const
{
    turned();
    if (hooks_.on_step)
        hooks_.on_step(at);
}

void relay::report_state()
{
    next_report_ = steady_clock::now() + report_interval;
    if (!hooks_.on_state)
        return;
    relay_state now{.assigned = assigned_, .restore = restorer_->how_far()};
    for (const auto& [partition, w] : works_) {
        ++(w.decides ? now.active : now.restoring);
        if (w.decides)
            now.partitions[partition] = state_of(partition, w);
    }
    hooks_.on_state(now);
}

partition_state relay::state_of(std::int32_t partition, const work& w) const
{
    const auto end = consumer_->known_end(partition).value_or(w.position);
    const auto read_to = std::max(w.position, w.read_to);
    const auto& known = w.decides->known();
    return {
        .unread = static_cast<std::uint64_t>(std::max<std::int64_t>(end - read_to, 0)),
        .uncommitted = static_cast<std::uint64_t>(std::max<std::int64_t>(end - w.committed, 0)),
        .identities = known.identities(),
        .meetings = known.meetings(),
        .ledger_bytes = known.bytes()};
}

}  // namespace rollcall
