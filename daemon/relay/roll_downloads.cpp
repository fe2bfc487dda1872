// Of a roll: what downloads tell again. Rows wait for the whole of their download, webhooks that
// come after it for each other, and what stands in for other events for the last sweep.
#include "relay/roll.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rollcall {
namespace {

told_event told_of(const event& e)
{
    return {.alike = alike_of(e), .kind = e.kind, .at = e.occurred_at};
}

}  // namespace

source_set matched_in(const roll_settings& how)
{
    source_set names;
    for (const auto& [source, by] : how.matched)
        names.insert(source);
    return names;
}

const match_settings* roll::matched(const std::string& source) const
{
    const auto it = how_.matched.find(source);
    return it == how_.matched.end() ? nullptr : &it->second;
}

// Of what is out, and of what is held.
std::optional<way> roll::way_of_known(const event& e, const event_id& id) const
{
    if (const auto first = first_way(e, id))
        return first;
    const auto held = spots_.find(id);
    if (held == spots_.end())
        return std::nullopt;
    return held->second.line->second.at(held->second.at).what.via;
}

roll::told_by roll::what_is_told(const meeting_name& meeting, way by) const
{
    told_by found;
    for (const auto& each : ledger_->likes(meeting.first, meeting.second)) {
        if (each.via != by)
            continue;
        found.ids.push_back(each.id);
        found.told.push_back({each.alike, each.kind, each.occurred_at});
    }
    const auto in = lines_.find(meeting);
    if (in == lines_.end())
        return found;
    for (const auto& [at, held] : in->second) {
        if (held.what.via != by || held.what.alike.empty())
            continue;
        found.ids.push_back(at.id);
        found.told.push_back(told_of(held.what));
    }
    return found;
}

// ---- rows of a download

// The first row holds the committed offset until the download is whole: a restart reads all of it
// again, for half of one could be matched with anything.
decision roll::offer_row(
    event e,
    const event_id& id,
    std::int64_t offset,
    std::string_view download,
    std::vector<publication>& out
)
{
    auto& in = gathering_.open({e.source, e.meeting.id}, download, offset);
    if (e.alike.empty() || e.stands_in)
        return admit(std::move(e), id, offset, out);
    const bool again = in.ids.contains(id);
    const bool known = way_of_known(e, id).has_value();
    const bool waits = !known && in.whole && matched(e.source) != nullptr && provably_new(e);
    if (again && waits)
        return {decision::outcome::duplicate, way::download};
    const bool remembered = again || gathering_.hear(in, id, told_of(e));
    if (waits && remembered) {
        gathered_event one{std::move(e), id, offset};
        if (gathering_.wait(in, std::move(one)))
            return {decision::outcome::held};
        e = std::move(one.what);
    }
    if (!remembered && in.whole)
        let_go({e.source, e.meeting.id}, gathering_.give_up(in), out);
    return admit(std::move(e), id, offset, out);
}

void roll::finish_download(
    const std::string& source,
    const std::string& meeting,
    const std::string& download,
    std::vector<publication>& out
)
{
    const meeting_name name{source, meeting};
    decide_late(name, out);
    if (auto done = gathering_.take(name, download))
        decide_download(name, download, std::move(*done), true, out);
}

// With everything that webhooks have told of the meeting: what waits and is one of these is
// dropped, the rest takes its turn.
void roll::decide_download(
    const meeting_name& meeting,
    const std::string& name,
    open_download done,
    bool whole,
    std::vector<publication>& out
)
{
    auto webhooks = what_is_told(meeting, way::webhook);
    for (std::size_t i = 0; i < webhooks.ids.size(); ++i)
        webhooks.told[i].open = !done.ids.contains(webhooks.ids[i]);
    told_by rows = rows_of(meeting, done, webhooks);
    const auto exact = std::ranges::count(rows.told, false, &told_event::open);
    matched_before before{static_cast<std::size_t>(exact), {}};
    const auto same = match_waiting(meeting, done, webhooks, rows, before);
    if (whole && !(done.whole && done.rows.empty()))
        download_audits_.push_back(audit(meeting, name, done, webhooks, rows, before));
    done.waiting.remove_if([&](const gathered_event& each) {
        const auto as = same.find(each.id);
        if (as != same.end())
            drop_as_told(each, as->second, way::webhook);
        return as != same.end();
    });
    let_go(meeting, std::move(done.waiting), out);
}

// The rows, open where no webhook has told their very time.
roll::told_by roll::rows_of(
    const meeting_name& meeting, const open_download& done, const told_by& webhooks
) const
{
    const event_id_set told_exactly{webhooks.ids.begin(), webhooks.ids.end()};
    const auto known = matches_.find(meeting);
    const auto confirmed = confirmed_.find(meeting);
    told_by rows;
    for (const auto& row : done.rows) {
        const bool exact = told_exactly.contains(row.id) ||
                           ledger_->first_way(row.id) == way::webhook ||
                           (known != matches_.end() && known->second.taken.contains(row.id)) ||
                           (confirmed != confirmed_.end() && confirmed->second.contains(row.id));
        rows.ids.push_back(row.id);
        rows.told.push_back(row.told);
        rows.told.back().open = !exact;
    }
    return rows;
}

// Which of the waiting rows are which published webhooks, by identity; in `webhooks` and `rows`
// they are not open any more, and `before` has their distances.
roll::identities roll::match_waiting(
    const meeting_name& meeting,
    const open_download& done,
    told_by& webhooks,
    told_by& rows,
    matched_before& before
)
{
    identities same;
    const auto* const rule = matched(meeting.first);
    if (rule == nullptr)
        return same;
    event_id_set undecided;
    for (const auto& each : done.waiting)
        undecided.insert(each.id);
    auto candidates = rows.told;
    for (std::size_t i = 0; i < candidates.size(); ++i)
        candidates[i].open = candidates[i].open && undecided.contains(rows.ids[i]);
    const auto found = match(webhooks.told, candidates, before, *rule);
    for (const auto& [webhook, row] : found.pairs) {
        same.emplace(rows.ids[row], webhooks.ids[webhook]);
        before.distances.push_back(webhooks.told[webhook].at - rows.told[row].at);
        webhooks.told[webhook].open = rows.told[row].open = false;
    }
    matches_of(meeting).clocks = before;
    undecided_ = found.undecided;
    return same;
}

download_audit roll::audit(
    const meeting_name& meeting,
    const std::string& name,
    const open_download& done,
    const told_by& webhooks,
    const told_by& rows,
    const matched_before& before
) const
{
    const auto* const rule = matched(meeting.first);
    const auto reach = rule != nullptr ? rule->distance : match_settings{}.distance;
    const auto open = [](const told_by& list) {
        return static_cast<std::uint64_t>(std::ranges::count(list.told, true, &told_event::open));
    };
    download_audit told{
        .source = meeting.first,
        .meeting = meeting.second,
        .download = name,
        .rows = rows.told.size(),
        .exact = before.exact,
        .matched = before.distances.size(),
        .undecided = rule != nullptr ? undecided_ : 0,
        .whole = done.whole,
        .differ = {}};
    if (!done.whole)
        return told;
    told.webhook_only = open(webhooks);
    told.download_only = open(rows);
    told.differ = find_difference(webhooks.told, rows.told, reach);
    return told;
}

// What has waited goes out at once, in its order, and what is held of its meeting before it: were
// it held longer, a restart would read it again without all that it was decided with.
void roll::let_go(
    const meeting_name& meeting, std::list<gathered_event> waited, std::vector<publication>& out
)
{
    std::set<place> places;
    for (auto& each : waited) {
        if (const auto first = way_of_known(each.what, each.id)) {
            drop_as_told(each, each.id, *first);
            continue;
        }
        places.insert({each.what.occurred_at, rank(each.what.kind), each.id});
        hold(std::move(each.what), each.id, each.offset);
    }
    for (const auto& each : places) {
        const auto in = lines_.find(meeting);
        if (in == lines_.end())
            return;
        const auto which = in->second.find(each);
        if (which == in->second.end())
            continue;
        const bool sorted = how_.mode == ordering::event_time;
        publish_line(in, sorted ? in->second.begin() : which, std::next(which), out);
    }
}

void roll::drop_as_told(const gathered_event& one, const event_id& as, way first)
{
    note_content(one.what, as);
    confirm(one.what, as, first);
    late_duplicates_.push_back({one.offset, first, one.what.via, one.what.source});
}

// ---- webhooks that come after a download

known_matches& roll::matches_of(const meeting_name& meeting)
{
    auto& known = matches_[meeting];
    matches_before_.try_emplace(meeting, known);
    return known;
}

// A late webhook has told a published row with the row's own time. Those that come with it are
// decided together with it, also after a restart.
void roll::note_taken(const event& e, const event_id& id, way first, std::int64_t offset)
{
    const auto* const rule = matched(e.source);
    if (rule == nullptr || e.via != way::webhook || first != way::download || e.alike.empty())
        return;
    const meeting_name meeting{e.source, e.meeting.id};
    auto& known = matches_of(meeting);
    if (known.taken.insert(id).second)
        ++known.clocks.exact;
    gathering_.open_late(meeting, offset, intake_time(now_) + rule->wait);
}

// Whether a published row may be the event that a webhook tells with another time.
bool roll::has_free_like(const event& e) const
{
    const meeting_name meeting{e.source, e.meeting.id};
    const auto alike = alike_of(e);
    const auto known = matches_.find(meeting);
    const auto is_free = [&](const event_id& id) {
        return known == matches_.end() || !known->second.taken.contains(id);
    };
    const auto published = ledger_->likes(e.source, e.meeting.id);
    if (ledger_->has_downloaded(e.source, e.meeting.id) &&
        std::ranges::any_of(published, [&](const like_event& each) {
            return each.alike == alike && each.via == way::download && is_free(each.id);
        }))
        return true;
    const auto in = lines_.find(meeting);
    return in != lines_.end() && std::ranges::any_of(in->second, [&](const auto& held) {
               const auto& [at, row] = held;
               return row.what.via == way::download && row.what.alike == e.alike && is_free(at.id);
           });
}

bool roll::waits_for_likes(
    event& e, const event_id& id, std::int64_t offset, std::vector<publication>& out
)
{
    const auto* const rule = matched(e.source);
    if (rule == nullptr || e.via != way::webhook || e.alike.empty() || !has_free_like(e))
        return false;
    const meeting_name meeting{e.source, e.meeting.id};
    const auto due = intake_time(now_) + rule->wait;
    gathered_event one{std::move(e), id, offset};
    if (gathering_.wait_for_others(meeting, std::move(one), due))
        return true;
    decide_late(meeting, out);
    const bool waits = gathering_.wait_for_others(meeting, std::move(one), due);
    if (!waits)
        e = std::move(one.what);
    return waits;
}

// With all rows that are published and that no webhook has told yet.
void roll::decide_late(const meeting_name& meeting, std::vector<publication>& out)
{
    auto late = gathering_.take_late(meeting);
    const auto* const rule = matched(meeting.first);
    if (!late || late->waiting.empty() || rule == nullptr)
        return;
    auto& known = matches_of(meeting);
    auto rows = what_is_told(meeting, way::download);
    for (std::size_t i = 0; i < rows.ids.size(); ++i)
        rows.told[i].open = !known.taken.contains(rows.ids[i]);
    auto webhooks = what_is_told(meeting, way::webhook);
    for (auto& each : webhooks.told)
        each.open = false;
    const auto published = webhooks.told.size();
    for (const auto& each : late->waiting)
        webhooks.told.push_back(told_of(each.what));

    const auto found = match(webhooks.told, rows.told, known.clocks, *rule);
    std::vector<std::optional<event_id>> same(late->waiting.size());
    for (const auto& [webhook, row] : found.pairs) {
        same[webhook - published] = rows.ids[row];
        known.taken.insert(rows.ids[row]);
        known.clocks.distances.push_back(webhooks.told[webhook].at - rows.told[row].at);
    }
    auto as = same.begin();
    late->waiting.remove_if([&](const gathered_event& each) {
        const auto& row = *as++;
        if (row)
            drop_as_told(each, *row, way::download);
        return row.has_value();
    });
    let_go(meeting, std::move(late->waiting), out);
}

// ---- what stands in for others

void roll::note_speaker(const event& e)
{
    if (is_speech(e.kind) && e.participant && !e.alike.empty() && !e.stands_in)
        speakers_[{e.source, e.meeting.id}].insert(e.participant->id);
}

bool roll::has_spoken(const event& e) const
{
    const auto in = speakers_.find({e.source, e.meeting.id});
    return e.participant && in != speakers_.end() && in->second.contains(e.participant->id);
}

// Until the last sweep, for what is better may still come. Where nobody sweeps it is decided now.
bool roll::waits_for_better(event& e, const event_id& id, std::int64_t offset)
{
    if (!e.stands_in || !how_.polled.contains(e.source))
        return false;
    const meeting_name meeting{e.source, e.meeting.id};
    gathered_event one{std::move(e), id, offset};
    if (gathering_.wait_for_better(meeting, std::move(one)))
        return true;
    e = std::move(one.what);
    return false;
}

void roll::decide_stand_ins(const meeting_name& meeting, std::vector<publication>& out)
{
    auto stand_ins = gathering_.take_stand_ins(meeting);
    if (stand_ins.empty())
        return;
    speakers_[meeting].merge(ledger_->speakers(meeting.first, meeting.second));
    stand_ins.remove_if([&](const gathered_event& each) {
        const bool told_better = has_spoken(each.what);
        if (told_better)
            late_duplicates_.push_back(
                {each.offset, each.what.via, each.what.via, each.what.source, true}
            );
        return told_better;
    });
    let_go(meeting, std::move(stand_ins), out);
}

// ---- all of them

// Nothing more comes of the meeting: it is decided with what has come.
void roll::decide_gathered(const meeting_name& meeting, std::vector<publication>& out)
{
    decide_late(meeting, out);
    while (auto* const in = gathering_.find(meeting)) {
        if (in->downloads.empty())
            break;
        const std::string name = in->downloads.begin()->first;
        if (auto broken = gathering_.take(meeting, name))
            decide_download(meeting, name, std::move(*broken), false, out);
    }
    decide_stand_ins(meeting, out);
}

void roll::forget_gathered()
{
    gathering_.clear();
    for (auto& [meeting, before] : matches_before_)
        matches_[meeting] = std::move(before);
    matches_before_.clear();
    download_audits_.clear();
}

void roll::forget_matches()
{
    const auto is_gone = [this](const auto& entry) {
        return !ledger_->knows_meeting(entry.first.first, entry.first.second);
    };
    std::erase_if(matches_, is_gone);
    std::erase_if(speakers_, is_gone);
}

std::vector<download_audit> roll::take_download_audits()
{
    return std::exchange(download_audits_committed_, {});
}

}  // namespace rollcall
