// Of a relay: what is polled. Whoever polls is told what is tracked in our partitions, and tells
// how far it is read.
#include "relay/relay.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace rollcall {

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
    const auto matched_before = matched_in(how_.roll);
    const auto polled_before = std::exchange(how_.roll.polled, std::move(taken->to.polled));
    how_.roll.matched = std::move(taken->to.matched);
    counts_.expect(how_.roll.polled);
    const bool others =
        how_.roll.polled != polled_before || matched_in(how_.roll) != matched_before;
    if (others)
        make_restorer();
    for (auto& [partition, w] : works_) {
        w.owner = ++last_ticket_;
        w.followed = false;
        if (others) {
            put_down(partition, w);
            request_restore(partition, w);
        } else if (w.decides) {
            w.decides->match_by(how_.roll.matched);
            hand_over(partition, w);
        }
    }
    report_state();
}

}  // namespace rollcall
