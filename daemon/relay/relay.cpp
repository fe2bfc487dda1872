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
constexpr milliseconds first_backoff{50};
constexpr milliseconds longest_backoff{2'000};
// How often the state is told while nothing changes: a long restore shows how far it is.
constexpr milliseconds report_interval{500};
// Changes of what is tracked go out with the events they belong to, or after this long on their
// own.
constexpr milliseconds tracking_delay{200};
// Reading a batch stops after this even when records keep coming one by one.
constexpr milliseconds longest_batch{50};

source_set matched_sources(const roll_settings& how)
{
    source_set names;
    for (const auto& [source, by] : how.matched)
        names.insert(source);
    return names;
}

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
            .matched = matched_sources(how_.roll),
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
        {{"published", counts_.published.load()}, {"transactions", counts_.transactions.load()}}
    );
}

// ---- who owns what
// -------------------------------------------------------------------------------------------------

void relay::on_assigned(std::span<const topic_partition> partitions)
{
    assigned_ = true;
    for (const auto& p : partitions) {
        work& w = works_[p.partition];
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
        works_.erase(p.partition);
    }
    step(relay_step::revoked);
    log_.info(why, {{"count", partitions.size()}, {"owned", works_.size()}});
    report_state();
}

void relay::request_restore(std::int32_t partition, work& w)
{
    w.decides.reset();
    w.asked_for.clear();
    w.out.clear();
    w.dead.clear();
    w.forwarded.clear();
    w.nameless.forget();
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
    w.published_before = std::move(restored.published_offsets);
    auto ec = consumer_->seek(partition, w.position);
    if (!ec)
        ec = consumer_->resume(partition);
    if (ec) {
        log_.warn(
            "cannot start a partition, restoring it again",
            {{"partition", partition}, {"error", ec.message()}}
        );
        w.ticket = ++last_ticket_;
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

// ---- what is polled

// Tells the follower what is tracked in a restored partition. After a second restore of a partition
// that stayed ours it knows more than the topic, and goes on. Meetings that a person asked for come
// later, when all that was ever published of them is known again.
void relay::hand_over(std::int32_t partition, work& w)
{
    if (follower_ == nullptr)
        return;
    std::vector<tracked> known;
    for (const auto& entry : w.tracked_in.all()) {
        if (!is_polled(entry.what.source))
            continue;
        if (entry.dropped) {
            // The predecessor may have died between the settling and this.
            if (w.decides->known().is_settled(entry.what.source, entry.what.meeting))
                w.tracked_in.forget(entry.what);
            continue;
        }
        if (entry.recall)
            request_recall(partition, w, entry.what.source, entry.what.meeting);
        else
            known.push_back(entry.what);
    }
    if (!w.followed)
        follower_->on_owned(partition, w.owner, std::move(known));
    w.followed = true;
    // Ended meetings that nobody sweeps would never settle: their source was not polled then.
    for (const auto& meeting : w.decides->known().awaiting_sweep())
        if (!w.tracked_in.contains(meeting.source, meeting.meeting))
            track(partition, w, {meeting.source, meeting.meeting, {}}, tracking_sign::ended);
}

void relay::track(std::int32_t partition, work& w, tracked what, tracking_sign sign)
{
    if (follower_ == nullptr || !is_polled(what.source))
        return;
    if (w.tracked_in.is_dropped(what.source, what.meeting)) {
        if (sign != tracking_sign::ended)
            return;
        w.decides->finish_sweep(what.source, what.meeting, w.out);  // nobody else will tell
        w.settled_drops.push_back(std::move(what));
        return;
    }
    if (!w.tracked_in.contains(what.source, what.meeting)) {
        if (w.decides->known().is_settled(what.source, what.meeting))
            return;
        w.tracked_in.put(what);
        follower_->on_sign(partition, what.source, what.meeting, tracking_sign::seen);
    }
    if (sign == tracking_sign::ended)
        follower_->on_sign(partition, what.source, what.meeting, sign);
}

// What the poller or a person says about a meeting. May be read again: each of them can be done
// twice.
void relay::take_notice(const intake_record& record, std::int32_t partition, work& w)
{
    log_.info(
        "notice",
        {{"source", record.source}, {"meeting", record.key}, {"what", to_string(record.notice)}}
    );
    switch (record.notice) {
        case tracking_sign::none:
        case tracking_sign::ended:
            return;
        case tracking_sign::downloaded:
            if (!awaits_recall(w, record.source, record.key))
                w.decides->finish_download(record.source, record.key, record.delivery_id, w.out);
            return;
        case tracking_sign::swept:
            if (awaits_recall(w, record.source, record.key))
                return;  // of an earlier sweep
            if (const auto it = w.asked_for.find({record.source, record.key});
                it != w.asked_for.end())
                it->second.swept = true;
            // A predecessor has settled it, and whoever polls does not know.
            if (follower_ != nullptr && is_polled(record.source) &&
                w.decides->known().is_settled(record.source, record.key))
                follower_->on_settled(
                    partition, record.source, record.key, R"({"source":")" + record.source + R"("})"
                );
            return w.decides->finish_sweep(record.source, record.key, w.out);
        case tracking_sign::drop:
            w.asked_for.erase({record.source, record.key});
            w.decides->forget_recalled(record.source, record.key);
            if (follower_ != nullptr)
                follower_->on_sign(partition, record.source, record.key, record.notice);
            // Nobody will tell that it is complete.
            w.decides->finish_sweep(record.source, record.key, w.out);
            if (is_polled(record.source) &&
                !w.decides->known().is_settled(record.source, record.key))
                w.tracked_in.set_dropped(record.source, record.key);
            else
                w.tracked_in.forget({record.source, record.key, {}});
            return;
        case tracking_sign::seen:
        case tracking_sign::sweep:
            if (follower_ != nullptr && is_polled(record.source)) {
                w.tracked_in.set_recall(record.source, record.key);
                request_recall(partition, w, record.source, record.key);
            }
            return;
    }
}

void relay::request_recall(
    std::int32_t partition, work& w, const std::string& source, const std::string& meeting
)
{
    w.asked_for[{source, meeting}] = {};
    recaller_->request({partition, w.ticket, source, meeting});
}

// What was polled of it now may be older than the window, and is polled again once the recall is
// there.
bool relay::awaits_recall(const work& w, const std::string& source, const std::string& meeting)
{
    const auto it = w.asked_for.find({source, meeting});
    return it != w.asked_for.end() && !it->second.recalled;
}

void relay::forget_swept(work& w)
{
    std::erase_if(w.asked_for, [&](const auto& entry) {
        const auto& [name, is] = entry;
        if (!is.recalled || !is.forgotten || !is.swept)
            return false;
        w.tracked_in.forget({name.first, name.second, {}});
        w.decides->forget_recalled(name.first, name.second);
        return true;
    });
}

void relay::activate_recalled()
{
    if (!recaller_)
        return;
    for (auto& [what, all] : recaller_->take_finished()) {
        const auto it = works_.find(what.partition);
        if (it == works_.end() || it->second.ticket != what.ticket || !it->second.decides ||
            !it->second.tracked_in.recalls(what.source, what.meeting))
            continue;
        it->second.asked_for[{what.source, what.meeting}] = {.recalled = true};
        it->second.decides->recall(what.source, what.meeting, std::move(all));
        follower_->on_sign(what.partition, what.source, what.meeting, tracking_sign::sweep);
    }
}

void relay::keep(std::int32_t partition, std::uint64_t ticket, tracked what)
{
    const std::lock_guard lock{kept_mutex_};
    kept_.push_back({partition, ticket, std::move(what), false});
}

void relay::forget(std::int32_t partition, std::uint64_t ticket, tracked what)
{
    const std::lock_guard lock{kept_mutex_};
    kept_.push_back({partition, ticket, std::move(what), true});
}

void relay::take_kept()
{
    std::vector<kept> taken;
    {
        const std::lock_guard lock{kept_mutex_};
        taken.swap(kept_);
    }
    for (auto& [partition, ticket, what, forgotten] : taken) {
        const auto it = works_.find(partition);
        if (it == works_.end() || it->second.owner != ticket)
            continue;
        work& w = it->second;
        if (!forgotten) {
            w.tracked_in.put(std::move(what));
            continue;
        }
        if (const auto asked = w.asked_for.find({what.source, what.meeting});
            asked != w.asked_for.end())
            asked->second.forgotten = true;  // its sweep is over once its notice has been read
        else
            w.tracked_in.forget(what);
    }
}

void relay::change_sources(relay_sources to, std::function<tracking_follower*()> next_follower)
{
    const std::lock_guard lock{kept_mutex_};
    change_ = change{std::move(to), std::move(next_follower)};
}

// To whoever polls from now on it is as if the partitions had moved here: what was told to his
// predecessor is known by what is tracked.
void relay::take_change()
{
    std::optional<change> taken;
    {
        const std::lock_guard lock{kept_mutex_};
        taken.swap(change_);
    }
    if (!taken)
        return;
    follower_ = taken->next_follower();
    take_kept();  // the last words of the former one
    const auto matched_before = matched_sources(how_.roll);
    const auto polled_before = std::exchange(how_.roll.polled, std::move(taken->to.polled));
    how_.roll.matched = std::move(taken->to.matched);
    counts_.expect(how_.roll.polled);
    const bool others =
        how_.roll.polled != polled_before || matched_sources(how_.roll) != matched_before;
    if (others)
        make_restorer();
    for (auto& [partition, w] : works_) {
        w.owner = ++last_ticket_;
        w.followed = false;
        if (!others && w.decides) {
            w.decides->match_by(how_.roll.matched);
            hand_over(partition, w);
        } else if (others) {
            put_down(partition, w);
            if (producer_ready_)
                request_restore(partition, w);
        }
    }
    report_state();
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
        wait(stop, first_backoff);
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
            if (it != works_.end() && it->second.decides && record->offset() >= it->second.position)
                take(*record, it->second);
            ++records;
        } else if (const auto* end = std::get_if<end_of_partition>(&next)) {
            const auto it = works_.find(end->partition);
            if (it != works_.end() && it->second.decides && end->offset >= it->second.position)
                it->second.decides->reach_end();
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
        for (const auto& [offset, first, later] : w.decides->take_late_duplicates())
            count_duplicate(w, offset, first, later);
    }
}

void relay::take(const consumed_record& record, work& w)
{
    ++counts_.records;
    w.position = record.offset() + 1;
    const auto read = read_intake_record(record.key(), record.value(), record.all_headers());
    if (!read) {
        intake_record unknown;
        unknown.key = record.key();
        unknown.body = record.value();
        unknown.source = "unknown";
        bury(unknown, record.offset(), w, read.error(), "read");
        return;
    }
    w.decides->advance(read->received_at, w.out);
    if (read->notice != tracking_sign::none)
        return take_notice(*read, record.partition(), w);
    if (read->item == given_up_item)
        return bury_given_up(*read, record.offset(), w);
    if (const auto refused = w.refused.find(record.offset()); refused != w.refused.end())
        bury(*read, record.offset(), w, refused->second, "publish");
    else
        take_events(*read, record.partition(), record.offset(), w);
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
    if (record.via != way::webhook && awaits_recall(w, record.source, record.key)) {
        ++counts_.ignored;
        return;
    }
    const auto from = provider_of(record);
    if (!from)
        return bury(record, offset, w, {errc::unknown_value, "rollcall-provider"}, "normalise");
    auto normalised = from->normalise(record);
    if (!normalised)
        return bury(record, offset, w, normalised.error(), "normalise");
    if (normalised->waits_for)
        return await_meeting(record, *std::move(normalised->waits_for), partition, offset, w);
    if (normalised->events.empty())
        ++counts_.ignored;
    counts_.left_out += normalised->left_out;
    take_names(record, *normalised, w);
    if (!normalised->warning.empty())
        log_.warn(normalised->warning, {{"source", record.source}, {"meeting", record.key}});
    const std::string_view download =
        record.via == way::download ? std::string_view{record.delivery_id} : std::string_view{};
    const auto rules = how_.privacy_of ? how_.privacy_of(record.source) : privacy_rules{};
    for (auto& e : normalised->events) {
        apply(rules, e);
        const way later = e.via;
        const auto said = w.decides->offer(std::move(e), offset, w.out, download);
        if (said.what == decision::outcome::duplicate)
            count_duplicate(w, offset, said.first, later);
        else if (said.what == decision::outcome::told_better)
            ++counts_.ignored;
        else if (said.what == decision::outcome::beyond_window && is_read_again(record, later, w))
            ++counts_.ignored;
        else if (said.what == decision::outcome::beyond_window)
            bury(record, offset, w, {errc::beyond_window, "occurred_at"}, "ledger");
    }
    if (normalised->sign != tracking_sign::none)
        track(partition, w, {record.source, record.key, {}}, normalised->sign);
}

// It names its meeting by facts that only the provider's API can tell the key of.
void relay::await_meeting(
    intake_record record, awaited_meeting what, std::int32_t partition, std::int64_t offset, work& w
)
{
    if (follower_ == nullptr || !is_polled(record.source))
        return bury(record, offset, w, what.otherwise, "normalise");
    if (auto key = w.nameless.key_of(record.source, what.name)) {
        record.key = *std::move(key);
        w.forwarded.push_back(std::move(record));
        return;
    }
    // Not tracked in the topic: as long as it waits, whoever owns the partition reads it again.
    follower_->on_sign(partition, record.source, record.key, tracking_sign::sweep);
    w.nameless.hold(std::move(what.name), offset, std::move(record), std::move(what.otherwise));
}

void relay::take_names(const intake_record& record, const normalised& told, work& w)
{
    if (told.named)
        for (auto& each : w.nameless.take_named(record.source, told.named->name, told.named->key))
            w.forwarded.push_back(std::move(each));
    if (told.all_named)
        for (const auto& [offset, unknown, why] :
             w.nameless.take_unknown(record.source, record.key))
            bury(unknown, offset, w, why, "look up");
}

// A new owner polls a meeting from its start. What is older than the window of a meeting that is
// known was most likely published, and is no news to whoever looks after the dead letters.
bool relay::is_read_again(const intake_record& record, way via, const work& w)
{
    return via != way::webhook && w.decides->known().knows_meeting(record.source, record.key);
}

void relay::count_duplicate(const work& w, std::int64_t offset, way first, way later)
{
    if (w.published_before.contains(offset))
        ++counts_.read_again;
    else
        ++counts_.duplicates[static_cast<std::size_t>(first)][static_cast<std::size_t>(later)];
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

// ---- publishing
// ----------------------------------------------------------------------------------------------------

bool relay::something_to_commit() const
{
    const bool tracking_due = steady_clock::now() >= next_tracking_;
    return std::ranges::any_of(works_, [&](const auto& entry) {
        const work& w = entry.second;
        return w.decides && (w.has_work() || (tracking_due && w.tracked_in.has_unwritten()));
    });
}

void relay::publish_batch()
{
    if (!something_to_commit())
        return;
    const auto ec = transact();
    switch (classify(ec)) {
        case reaction::none:
            return committed();
        case reaction::retry:
        case reaction::reject:
        case reaction::abort:
            return undo();
        case reaction::renew:
        case reaction::fatal:
            return start_over();
    }
}

error_code relay::transact()
{
    if (const auto ec = producer_->begin())
        return ec;
    // The offsets of every partition that is written to, also where they do not move: they keep the
    // partition's next owner waiting until this transaction is decided, and the group's generation
    // that goes with them fences us if there is one already.
    std::vector<topic_partition> positions;
    for (auto& [partition, w] : works_) {
        if (!w.decides || !(w.has_work() || w.tracked_in.has_unwritten()))
            continue;
        if (const auto ec = produce(partition, w))
            return ec;
        if (const auto ec = produce_tracked(partition, w))
            return ec;
        if (const auto ec = forward(w))
            return ec;
        positions.push_back({how_.intake_topic, partition, w.commit_to()});
    }
    step(relay_step::produced);
    if (const auto ec = producer_->send_offsets(positions, *consumer_, how_.transaction_timeout))
        return ec;
    step(relay_step::committing);
    const auto ec = producer_->commit(how_.transaction_timeout);
    if (!ec)
        step(relay_step::committed);
    return ec;
}

error_code relay::produce(std::int32_t partition, work& w)
{
    for (const auto& p : w.out) {
        const message m = encode(p, partition);
        const auto ec = producer_->produce(
            {.topic = how_.output_topics[static_cast<std::size_t>(m.to)],
             .partition = partition,
             .key = m.key,
             .value = m.value,
             .with = &m.with,
             .at = p.published_at}
        );
        if (ec == errc::kafka_rejected && p.intake_offset)
            w.refused.emplace(
                *p.intake_offset, fault{errc::kafka_rejected, producer_->last_error()}
            );
        if (ec)
            return ec;
    }
    for (const auto& letter : w.dead) {
        if (letter.offset >= w.commit_to())
            break;
        headers with = letter.with;
        with.emplace_back(
            "rollcall-intake", std::to_string(partition) + ':' + std::to_string(letter.offset)
        );
        if (const auto ec = producer_->produce(
                {.topic = how_.deadletter_topic,
                 .key = letter.source,
                 .value = letter.body,
                 .with = &with}
            ))
            return ec;
    }
    return {};
}

// What is tracked, with the events that made it so: in one transaction, so that a fenced owner
// cannot overwrite its successor's cursors.
error_code relay::produce_tracked(std::int32_t partition, const work& w)
{
    for (const auto& record : w.tracked_in.unwritten()) {
        const auto ec = producer_->produce(
            {.topic = how_.tracking_topic,
             .partition = partition,
             .key = record.key,
             .value = record.value}
        );
        if (ec == errc::kafka_rejected)
            log_.error(
                "cannot keep what is tracked",
                {{"key", record.key}, {"detail", producer_->last_error()}}
            );
        else if (ec)
            return ec;
        else
            ++counts_.tracked;
    }
    return {};
}

error_code relay::forward(const work& w)
{
    for (const auto& record : w.forwarded) {
        const auto with = arrival_headers(record);
        if (const auto ec = producer_->produce(
                {.topic = how_.intake_topic, .key = record.key, .value = record.body, .with = &with}
            ))
            return ec;
    }
    return {};
}

// Counted when its meeting has settled: only then it is known what a way has not told.
void relay::count_audits(work& w)
{
    for (const auto& told : w.decides->take_audits()) {
        const auto it = counts_.merged.find(told.source);
        if (it == counts_.merged.end())
            continue;
        it->second.webhook_first += told.webhook_first;
        it->second.poll_first += told.poll_first;
        it->second.webhook_only += told.webhook_only;
        it->second.poll_only += told.poll_only;
        if (!told.swept)
            log_.error(
                "a meeting is settled without its last sweep: the provider could not be asked for "
                "nearly the whole deduplication window",
                {{"source", told.source}, {"meeting", told.meeting}}
            );
    }
}

void relay::count_downloads(work& w)
{
    for (const auto& told : w.decides->take_download_audits()) {
        const auto it = counts_.downloaded.find(told.source);
        if (it == counts_.downloaded.end())
            continue;
        auto& sum = it->second;
        sum.too_large += told.whole ? 0 : 1;
        sum.audited += told.whole ? 1 : 0;
        sum.exact += told.exact;
        sum.matched += told.matched;
        sum.webhook_only += told.webhook_only;
        sum.download_only += told.download_only;
        sum.undecided += told.undecided;
        sum.clocks_differ += told.differ ? 1 : 0;
        log_download(told);
    }
}

void relay::log_download(const download_audit& told) const
{
    log_.info(
        "download audited",
        {{"source", told.source},
         {"meeting", told.meeting},
         {"rows", told.rows},
         {"exact", told.exact},
         {"matched", told.matched},
         {"webhook_only", told.webhook_only},
         {"download_only", told.download_only},
         {"undecided", told.undecided}}
    );
    if (!told.whole)
        log_.warn(
            "a download has too many rows to be remembered: events are the same by exact keys only",
            {{"source", told.source}, {"meeting", told.meeting}}
        );
    if (told.differ)
        log_.warn(
            "the times of webhooks and download differ by a constant: events may be published "
            "twice without a match window",
            {{"source", told.source},
             {"meeting", told.meeting},
             {"distance_ms", told.differ->distance.count()},
             {"events", told.differ->facing}}
        );
}

namespace {

// Its data, with what a message has outside of them. A source's name needs no escape.
std::string settling_told(const event& settled)
{
    auto told =
        R"({"source":")" + settled.source + R"(","at":")" + to_rfc3339(settled.occurred_at) + "\",";
    return told.append(settled.data, 1);
}

}  // namespace

void relay::committed()
{
    backoff_ = 0ms;
    next_tracking_ = steady_clock::now() + tracking_delay;
    ++counts_.transactions;
    for (auto& [partition, w] : works_) {
        if (!w.decides)
            continue;
        w.committed = std::max(w.committed, w.commit_to());
        w.decides->commit();
        w.tracked_in.written();
        for (const auto& settled : w.settled_drops)
            w.tracked_in.forget(settled);
        w.settled_drops.clear();
        forget_swept(w);
        count_audits(w);
        count_downloads(w);
        counts_.published += w.out.size();
        for (const auto& p : w.out) {
            counts_.late += p.late ? 1 : 0;
            if (p.what.kind != kind::meeting_settled)
                continue;
            ++counts_.settled;
            if (follower_ != nullptr && is_polled(p.what.source))
                follower_->on_settled(
                    partition, p.what.source, p.what.meeting.id, settling_told(p.what)
                );
        }
        w.out.clear();
        w.forwarded.clear();
        for (; !w.dead.empty() && w.dead.front().offset < w.committed; w.dead.pop_front())
            ++counts_.dead_letters;
        w.refused.erase(w.refused.begin(), w.refused.lower_bound(w.committed));
        w.published_before.erase(
            w.published_before.begin(), w.published_before.lower_bound(w.committed)
        );
    }
}

void relay::back_off()
{
    turned();
    backoff_ = std::clamp(backoff_ * 2, first_backoff, longest_backoff);
    resume_at_ = steady_clock::now() + backoff_;
}

// An aborted transaction: the ledger as it was after the last commit, and the intake again from
// there.
void relay::undo()
{
    log_.warn("transaction aborted", {{"reason", producer_->last_error()}});
    ++counts_.aborts;
    back_off();
    if (const auto ec = producer_->abort(how_.transaction_timeout)) {
        log_.warn("abort failed", {{"error", ec.message()}, {"detail", producer_->last_error()}});
        return start_over();
    }
    for (auto& [partition, w] : works_) {
        if (!w.decides)
            continue;
        w.decides->rollback();
        for (auto& [name, is] : w.asked_for)
            is.swept = false;  // its notice is read again
        w.settled_drops.clear();
        w.out.clear();
        w.dead.clear();
        w.forwarded.clear();
        w.nameless.forget();
        w.position = w.committed;
        if (const auto ec = consumer_->seek(partition, w.committed)) {
            log_.warn(
                "cannot rewind, restoring", {{"partition", partition}, {"error", ec.message()}}
            );
            w.ticket = ++last_ticket_;
            consumer_->pause(partition);
            request_restore(partition, w);
        }
    }
}

// The outcome of the transaction is not known, or the producer is finished: nothing in memory can
// be trusted. The partitions stop until a new producer is ready and the output topics have been
// read again.
void relay::start_over()
{
    log_.warn("replacing the producer", {{"reason", producer_->last_error()}});
    ++counts_.renewals;
    back_off();
    producer_.reset();
    producer_ready_ = false;
    for (auto& [partition, w] : works_)
        put_down(partition, w);
    report_state();
}

// Nothing of it can be trusted until it has been restored.
void relay::put_down(std::int32_t partition, work& w)
{
    w.ticket = ++last_ticket_;
    if (!w.decides)
        return;
    consumer_->pause(partition);
    w.decides.reset();
    w.asked_for.clear();  // recalled again with the ledger
    w.settled_drops.clear();
    w.out.clear();
    w.dead.clear();
    w.forwarded.clear();
    w.nameless.forget();
}

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
    for (const auto& [partition, w] : works_)
        ++(w.decides ? now.active : now.restoring);
    hooks_.on_state(now);
}

}  // namespace rollcall
