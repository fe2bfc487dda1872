#include "providers/attendee/row_follower.hpp"

#include "providers/request_target.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <utility>

namespace rollcall::attendee {
namespace {

template <class T, class Choose>
void merge(std::optional<T>& into, const std::optional<T>& other, Choose choose)
{
    if (other)
        into = into ? choose(*into, *other) : *other;
}

constexpr auto later = [](timestamp a, timestamp b) { return std::max(a, b); };
constexpr auto earlier = [](timestamp a, timestamp b) { return std::min(a, b); };

}  // namespace

row_follower::row_follower(row_list list, milliseconds overlap)
    : list_{std::move(list)}, overlap_{overlap}
{
    begin(false);
}

void row_follower::restore(std::optional<timestamp> read_until, std::optional<timestamp> swept)
{
    read_until_ = read_until;
    swept_ = swept;
    begin(false);
}

void row_follower::forget()
{
    remembered_ = {};
    restore(std::nullopt, std::nullopt);
}

void row_follower::begin(bool whole)
{
    sweep_ = whole || !swept_;
    begin_ = whole || !read_until_ ? std::string{} : to_rfc3339(*read_until_ - overlap_);
    second_ = false;
    may_jump_ = true;
    latest_.reset();
    twice_.reset();
    pending_ = {};
    restart();
    after_ = begin_;
}

// From the first page again, with the same filter.
void row_follower::restart()
{
    walk_.start();
    ++walk_number_;
    failures_ = 0;
}

std::string row_follower::target() const
{
    auto target = list_.path;
    if (!after_.empty())
        append_parameter(target, list_.after, after_);
    if (!walk_.cursor().empty())
        append_parameter(target, "cursor", walk_.cursor());
    return target;
}

row_follower::page_result row_follower::read(const poll_response& response)
{
    pending_ = {};
    const auto why = read_refusal(response);
    if (why != refusal::none) {
        conclude(why);
        return {refused(why, response), why, false};
    }
    page_result found;
    auto read = walk_.read(response.body);
    auto rows = read ? read_rows(*read, response.date) : read.error();
    if (!rows) {
        const bool too_long = !read && read.error().code == errc::unknown_value && walk_.is_last();
        conclude(refusal::unreadable);
        return {unusable(rows.error()), refusal::unreadable, false, too_long};
    }
    found.outcome.rows = std::move(*rows);
    pending_.date = response.date;
    pending_.next = std::move(read->next);
    found.last = !pending_.next && !needs_second_walk(pending_.twice);
    return found;
}

result<std::vector<polled_row>, fault> row_follower::read_rows(
    const page& from, std::optional<timestamp> date
)
{
    std::vector<polled_row> fresh;
    boost::unordered_flat_set<row_key, row_key_hash> here;
    for (const auto body : from.rows) {
        const auto row = read_row(body, list_.identity);
        if (!row) {
            pending_ = {};
            return row.error();
        }
        const auto known = remembered_.find(row->key);
        const bool in_page = !here.insert(row->key).second;
        const bool in_walk = known != remembered_.end() && known->second == walk_number_;
        note(*row, date, in_page || in_walk);
        if (known == remembered_.end() && !in_page)
            fresh.push_back({{}, std::string{list_.item}, std::string{body}});
    }
    return fresh;
}

void row_follower::note(const row_facts& row, std::optional<timestamp> date, bool again)
{
    pending_.keys.push_back(row.key);
    if (!row.at)
        return;
    // Without the provider's clock a wrong time of a row could not be told from a right one.
    if (date)
        merge(pending_.latest, std::optional{std::min(*row.at, *date)}, later);
    if (again)
        merge(pending_.twice, row.at, earlier);
}

// Only what could be at fault for the failure is given up: the cursor, or the jump; never what has
// been read.
void row_follower::conclude(refusal why)
{
    constexpr unsigned repeated = 2;
    if (why == refusal::broken || why == refusal::unreadable)
        ++failures_;
    const bool persists = failures_ >= repeated;
    const bool jumped = after_ != begin_;
    if (jumped && (why == refusal::bad_request || (persists && walk_.cursor().empty()))) {
        may_jump_ = false;
        after_ = begin_;
        restart();
    } else if (why == refusal::invalid_cursor || (persists && !walk_.cursor().empty())) {
        restart();
    }
}

void row_follower::keep(timestamp now)
{
    auto told = std::exchange(pending_, {});
    if (remembered_.size() + told.keys.size() > most_remembered)
        remembered_ = {};
    for (const auto& key : told.keys)
        remembered_[key] = walk_number_;
    merge(latest_, told.latest, later);
    merge(twice_, told.twice, earlier);
    failures_ = 0;
    if (!told.next)
        return finish(told.date, now);
    auto jump = jump_target(*told.next);
    walk_.go_on(*told.next, !jump);
    if (jump) {
        after_ = std::move(*jump);
        ++walk_number_;  // what comes again now is no sign of a loss
    }
}

void row_follower::abandon(timestamp now)
{
    pending_ = {};
    merge(read_until_, latest_, later);
    if (sweep_)
        swept_ = now;
}

// Rows of one insertion time straddle the edge: the filter that leaves out everything before them.
// Where they are the first of this walk it has that filter already.
std::optional<std::string> row_follower::jump_target(std::string_view cursor) const
{
    auto edge = may_jump_ ? read_edge(cursor) : std::nullopt;
    if (!edge || edge->tied == 0 || edge->position.empty() || edge->position == after_)
        return std::nullopt;
    return std::move(edge->position);
}

bool row_follower::needs_second_walk(const std::optional<timestamp>& twice) const
{
    return !second_ && (twice_ || twice);
}

void row_follower::finish(std::optional<timestamp> date, timestamp now)
{
    if (twice_ && needs_second_walk(twice_)) {
        second_ = true;
        after_ = to_rfc3339(*twice_ - milliseconds{1});
        return restart();
    }
    merge(read_until_, latest_, later);
    // Had the provider's clock been set back, rows would now be dated before what has been read.
    if (read_until_)
        merge(read_until_, date, earlier);
    if (sweep_ && begin_.empty())
        swept_ = now;
}

}  // namespace rollcall::attendee
