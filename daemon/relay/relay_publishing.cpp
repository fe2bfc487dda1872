// Of a relay: one transaction of messages and offsets, and what becomes of it.
#include "relay/relay.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr milliseconds first_backoff{50};
constexpr milliseconds longest_backoff{2'000};
// Changes of what is tracked go out with the events they belong to, or after this long on their
// own.
constexpr milliseconds tracking_delay{200};

// Its data, with what a message has outside of them. A source's name needs no escape.
std::string settling_told(const event& settled)
{
    auto told =
        R"({"source":")" + settled.source + R"(","at":")" + to_rfc3339(settled.occurred_at) + "\",";
    return told.append(settled.data, 1);
}

}  // namespace

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
        return enter_idle();
    const auto ec = transact();
    count_failure(classify(ec));
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
error_code relay::produce_tracked(std::int32_t partition, work& w)
{
    w.tracking_written = 0;
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
            ++w.tracking_written;
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

// Who everything is about is told by ids; nobody's name, nor what anybody has said.
void relay::log_published(std::int32_t partition, const work& w) const
{
    if (!stage_log::shows_debug())
        return;
    for (const auto& p : w.out) {
        const auto from = p.intake_offset ? std::to_string(*p.intake_offset) : std::string{};
        log_.debug(
            "published",
            {{"source", p.what.source},
             {"meeting", p.what.meeting.id},
             {"event", to_hex(p.id)},
             {"kind", to_string(p.what.kind)},
             {"sequence", p.sequence},
             {"partition", partition},
             {"intake_offset", from}}
        );
    }
}

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
        counts_.tracked += std::exchange(w.tracking_written, 0);
        for (const auto& settled : w.settled_drops)
            w.tracked_in.forget(settled);
        w.settled_drops.clear();
        forget_swept(w);
        count_audits(w);
        count_downloads(w);
        log_published(partition, w);
        count_published(w);
        observe_times(w);
        for (const auto& p : w.out)
            if (p.what.kind == kind::meeting_settled && follower_ != nullptr &&
                is_polled(p.what.source))
                follower_->on_settled(
                    partition, p.what.source, p.what.meeting.id, settling_told(p.what)
                );
        w.out.clear();
        w.forwarded.clear();
        for (; !w.dead.empty() && w.dead.front().offset < w.committed; w.dead.pop_front())
            ++w.counted[w.dead.front().source][relay_count::dead_letters];
        w.refused.erase(w.refused.begin(), w.refused.lower_bound(w.committed));
        enter(w);
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
        strike(w);
        w.decides->rollback();
        for (auto& [name, is] : w.asked_for)
            is.swept = false;  // its notice is read again
        w.settled_drops.clear();
        w.out.clear();
        w.dead.clear();
        w.forwarded.clear();
        w.nameless.forget();
        w.position = w.committed;
        w.read_to = 0;
        if (const auto ec = consumer_->seek(partition, w.committed)) {
            log_.warn(
                "cannot rewind, restoring", {{"partition", partition}, {"error", ec.message()}}
            );
            put_down(partition, w);
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
    strike(w);
    w.decides.reset();
    w.asked_for.clear();  // recalled again with the ledger
    w.settled_drops.clear();
    w.out.clear();
    w.dead.clear();
    w.forwarded.clear();
    w.nameless.forget();
}

}  // namespace rollcall
