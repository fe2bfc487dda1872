// How a poller stores what its plans have read: the rows of a page or of a part of a download, and
// the word that a download or a meeting is complete.
#include "core/append_all.hpp"
#include "core/traceparent.hpp"
#include "poller/poller.hpp"
#include "providers/given_up.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {
namespace {

namespace asio = boost::asio;

// Kafka refuses the same bytes every time; only its limits may have been raised meanwhile.
constexpr std::uint32_t tries_of_a_row = 3;

}  // namespace

asio::awaitable<verdict> poller::store(
    const pointer& what, std::string_view target, way by, poll_outcome outcome
)
{
    const auto rows = outcome.rows.size();
    const bool stores = rows > 0 || outcome.swept || !outcome.downloaded.empty();
    if (stores) {
        row_origin from;
        from.via = by;
        from.download = outcome.downloaded;
        auto ec = co_await store_rows(what, target, from, std::move(outcome.rows));
        // After all of the rows, and each after the one before.
        auto notices = notices_of(*what, outcome);
        for (std::size_t n = 0; n < notices.size() && !ec && !what->gone; ++n)
            ec = co_await around_.rows_to.append(std::move(notices[n]));
        if (ec)
            co_return journal_failed(*what, target, ec);
        journal_works();
    }
    sources_[what->source]->report.stored(rows);
    if (!what->gone) {
        what->plan->on_stored(now());
        keep(*what);
    }
    co_return stores ? verdict::stored : verdict::good;
}

// The word that a download, and then that the meeting, is complete.
std::vector<intake_record> poller::notices_of(const followed& what, const poll_outcome& outcome)
    const
{
    std::vector<intake_record> made;
    if (!outcome.downloaded.empty()) {
        auto& whole = made.emplace_back(notice(what, tracking_sign::downloaded));
        whole.via = way::download;
        whole.delivery_id = outcome.downloaded;
    }
    if (outcome.swept)
        made.push_back(notice(what, tracking_sign::swept));
    return made;
}

// A row that the journal will not take, though it takes a small one in its place, is given up: the
// one in its place says so. A download is stored in many parts, and stored again from its start:
// what was refused of it is remembered until all of it is there.
asio::awaitable<error_code> poller::store_rows(
    const pointer& what, std::string_view target, row_origin from, std::vector<polled_row> rows
)
{
    std::vector<std::string> meetings;
    meetings.reserve(rows.size());
    for (const auto& row : rows)
        meetings.push_back(row.key);
    const auto told =
        static_cast<std::uint64_t>(std::ranges::count(rows, given_up_item, &polled_row::item));
    auto records = records_of(*what, from, std::move(rows));
    auto came = co_await append_all(around_.rows_to, std::move(records));
    if (!came.error) {
        if (from.via != way::download)
            what->refusals = 0;
        sources_[what->source]->report.gave_up(told);
    }
    if (classify(came.error) != reaction::reject || ++what->refusals < tries_of_a_row)
        co_return came.error;
    const auto passed_over = co_await pass_over(what, target, came, std::move(meetings));
    if (!passed_over) {
        if (from.via != way::download)
            what->refusals = 0;
        sources_[what->source]->report.gave_up(told);
    }
    co_return passed_over;
}

// Stores the word that rows are passed over in their places.
asio::awaitable<error_code> poller::pass_over(
    const pointer& what,
    std::string_view target,
    const appended& came,
    std::vector<std::string> meetings
)
{
    std::vector<polled_row> instead;
    for (const auto n : came.refused) {
        given_up row{std::string{target}, came.error.message(), what->refusals};
        instead.push_back(make_row(std::move(meetings[n]), row));
    }
    const auto rows = instead.size();
    auto notes = records_of(*what, row_origin{}, std::move(instead));
    const auto noted = co_await append_all(around_.rows_to, std::move(notes));
    if (noted.error)
        co_return noted.error;
    const source_report::request asked{target, what->meeting};
    sources_[what->source]->report.gave_up(rows);
    sources_[what->source]->report.passed_over(asked, came.error, rows, now());
    co_return error_code{};
}

std::vector<intake_record> poller::records_of(
    const followed& what, const row_origin& from, std::vector<polled_row> rows
) const
{
    auto common = make_record(what);
    common.via = from.via;
    common.delivery_id = from.download;
    std::vector<intake_record> records;
    records.reserve(rows.size());
    for (auto& row : rows) {
        auto& made = records.emplace_back(common);
        // A listed row that names no meeting goes to the dead letters, by way of its source.
        made.key = row.key.empty() ? made.source : std::move(row.key);
        made.item = std::move(row.item);
        made.body = std::move(row.body);
        made.number = row.number;
    }
    return records;
}

intake_record poller::notice(const followed& what, tracking_sign sign) const
{
    auto made = make_record(what);
    made.key = what.meeting;
    made.notice = sign;
    return made;
}

intake_record poller::make_record(const followed& what) const
{
    const auto& of = sources_[what.source]->of;
    intake_record made;
    made.source = of.name;
    made.provider = of.from->name();
    made.via = way::poll;
    made.received_at = around_.clock();
    made.traceparent = new_traceparent();
    return made;
}

verdict poller::journal_failed(const followed& what, std::string_view target, const error_code& ec)
{
    if (classify(ec) == reaction::reject) {
        const source_report::request asked{target, what.meeting};
        sources_[what.source]->report.refused(asked, ec, now());
        return verdict::refused;
    }
    if (journal_failures_++ == 0 && !stopping_)
        log_.warn("rows cannot be stored, polling pauses", {{"error", ec.message()}});
    return verdict::not_stored;
}

void poller::journal_works()
{
    if (const auto failed = std::exchange(journal_failures_, 0); failed > 0)
        log_.info("rows are stored again", {{"failed", failed}});
}

}  // namespace rollcall
