#include "story.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <utility>

namespace rollcall::test {

event make_event(
    kind what,
    std::string meeting,
    std::string participant,
    timestamp occurred_at,
    std::string identity,
    way via
)
{
    event e;
    e.source = "attendee-prod";
    e.provider = "attendee";
    e.kind = what;
    e.meeting.id = std::move(meeting);
    e.meeting.bot_id = e.meeting.id;
    e.meeting.metadata = R"({"room":"standup"})";
    if (!participant.empty())
        e.participant = participant_facts{
            .id = participant, .name = "Name of " + participant, .is_host = false};
    e.occurred_at = occurred_at;
    e.received_at = occurred_at;
    e.via = via;
    e.provider_event_type = "test";
    e.identity = std::move(identity);
    return e;
}

std::vector<publication> player::batch(
    const std::vector<record>& records, std::size_t from, std::size_t to, timestamp now
)
{
    std::vector<publication> out;
    held_before_ = held();
    std::uint64_t offered = 0;
    roll_.begin(now);
    for (std::size_t i = from; i < to; ++i) {
        roll_.advance(records[i].what.received_at, out);
        const auto& [e, offset, download, notice] = records[i];
        if (notice == tracking_sign::downloaded) {
            roll_.finish_download(e.source, e.meeting.id, download, out);
        } else if (notice == tracking_sign::swept) {
            roll_.finish_sweep(e.source, e.meeting.id, out);
        } else {
            decisions.push_back(roll_.offer(e, offset, out, download));
            ++offered;
        }
        position_ = i + 1;
    }
    roll_.release(out);
    expect_balance(offered, out);
    return out;
}

std::uint64_t player::held() const
{
    std::uint64_t sum = 0;
    for (const auto& [source, events] : roll_.held_by_source())
        sum += events;
    return sum;
}

// Since `held_before_` was noted.
void player::expect_balance(std::uint64_t offered, const std::vector<publication>& out)
{
    using outcome = decision::outcome;
    const auto ended = std::count_if(
        decisions.end() - static_cast<std::ptrdiff_t>(offered),
        decisions.end(),
        [](const decision& each) {
            return each.what != outcome::published && each.what != outcome::held;
        }
    );
    const auto published_now = std::ranges::count_if(out, [](const publication& each) {
        return each.intake_offset.has_value();
    });
    const auto dropped = roll_.take_late_duplicates().size();
    EXPECT_EQ(
        held_before_ + offered, static_cast<std::uint64_t>(ended + published_now) + dropped + held()
    );
}

void player::commit_batch(
    const std::vector<record>& records, std::size_t from, std::size_t to, timestamp now
)
{
    auto out = batch(records, from, to, now);
    roll_.commit();
    std::ranges::move(out, std::back_inserter(out_));
    committed_ = position_;
    if (const auto held = roll_.oldest_held())
        committed_ = std::min(committed_, static_cast<std::size_t>(*held));
}

void player::abort_batch(
    const std::vector<record>& records, std::size_t from, std::size_t to, timestamp now
)
{
    batch(records, from, to, now);
    roll_.rollback();
    position_ = committed_;
}

void player::pass_time(timestamp now)
{
    roll_.reach_end();
    std::vector<publication> out;
    held_before_ = held();
    roll_.begin(now);
    roll_.release(out);
    expect_balance(0, out);
    roll_.commit();
    std::ranges::move(out, std::back_inserter(out_));
    committed_ = position_;
    if (const auto held = roll_.oldest_held())
        committed_ = std::min(committed_, static_cast<std::size_t>(*held));
}

void player::restart(timestamp now)
{
    std::mt19937 dice{7};
    std::destroy_at(&roll_);
    std::construct_at(
        &roll_,
        how_,
        read_ledger_back(
            out_, now - how_.window, dice, std::make_unique<ledger>(how_.polled, matched_in(how_))
        )
    );
    position_ = committed_;
}

std::unique_ptr<ledger> read_ledger_back(
    const published& out, timestamp cutoff, std::mt19937& dice, std::unique_ptr<ledger> known
)
{
    std::array<std::deque<const publication*>, channels> topics;
    for (const auto& p : out)
        if (p.published_at >= cutoff)
            topics[static_cast<std::size_t>(channel_of(p.what.kind))].push_back(&p);
    while (!topics[0].empty() || !topics[1].empty()) {
        const std::size_t c = topics[0].empty() || (!topics[1].empty() && dice() % 2 == 0) ? 1 : 0;
        const publication& p = *topics[c].front();
        topics[c].pop_front();
        const message m = encode(p, 0);
        const auto header = [&](std::string_view name) { return find_header(m.with, name); };
        const auto read = rollcall::read(
            {.key = m.key,
             .value = m.value,
             .id = header("ce_id"),
             .source = header("ce_source"),
             .type = header("ce_type"),
             .subject = header("ce_subject"),
             .time = header("ce_time"),
             .sequence = header("ce_sequence"),
             .via = header("rollcall-via"),
             .intake = header("rollcall-intake"),
             .occurrence = header("rollcall-occurrence"),
             .alias = header("rollcall-alias"),
             .content = header("rollcall-content"),
             .alike = header("rollcall-alike"),
             .stands_in = header("rollcall-stands-in"),
             .published_at = p.published_at}
        );
        if (!read)
            ADD_FAILURE() << "cannot read back: " << read.error().where;
        known->record(read->entry);
        if (dice() % 16 == 0)
            known->commit();
    }
    known->commit();
    return known;
}

std::vector<std::string> essence(const published& out)
{
    std::vector<std::string> lines;
    for (const auto& p : out)
        lines.push_back(
            p.what.meeting.id + ' ' + std::string{to_string(channel_of(p.what.kind))} + ' ' +
            std::to_string(p.sequence) + ' ' + std::string{to_string(p.what.kind)} + ' ' +
            (p.what.participant ? p.what.participant->id : "-") + ' ' +
            to_rfc3339(p.what.occurred_at) + ' ' + to_hex(p.id) + (p.late ? " late " : " ") +
            p.what.data
        );
    // Per meeting and topic in order; meetings do not wait for each other.
    std::ranges::stable_sort(lines, {}, [](const std::string& line) {
        return line.substr(0, line.find(' ', line.find(' ') + 1));
    });
    return lines;
}

}  // namespace rollcall::test
