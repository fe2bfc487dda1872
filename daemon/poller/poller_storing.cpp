// How a poller stores what its plans have read: the rows of a page, and the word that a meeting is
// complete.
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
    const pointer& what, std::string_view target, poll_outcome outcome
)
{
    const auto rows = outcome.rows.size();
    const bool stores = rows > 0 || outcome.swept;
    if (stores) {
        auto ec = co_await store_rows(what, target, std::move(outcome.rows));
        // The word that the meeting is complete comes after all of its rows.
        if (!ec && outcome.swept && !what->gone)
            ec = co_await around_.rows_to.append(swept_notice(*what));
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

// A row that the journal will not take, though it takes a small one in its place, is given up: the
// one in its place says so.
asio::awaitable<error_code> poller::store_rows(
    const pointer& what, std::string_view target, std::vector<polled_row> rows
)
{
    std::vector<std::string> meetings;
    meetings.reserve(rows.size());
    for (const auto& row : rows)
        meetings.push_back(row.key);
    const auto told =
        static_cast<std::uint64_t>(std::ranges::count(rows, given_up_item, &polled_row::item));
    auto records = records_of(*what, std::move(rows));
    auto came = co_await append_all(around_.rows_to, std::move(records));
    if (classify(came.error) != reaction::reject) {
        what->refusals = came.error ? what->refusals : 0;
        if (!came.error)
            sources_[what->source]->report.gave_up(told);
        co_return came.error;
    }
    if (++what->refusals < tries_of_a_row)
        co_return came.error;
    std::vector<polled_row> instead;
    for (const auto n : came.refused) {
        given_up row{std::string{target}, came.error.message(), what->refusals};
        instead.push_back(make_row(std::move(meetings[n]), row));
    }
    const auto passed_over = instead.size();
    auto notes = records_of(*what, std::move(instead));
    const auto noted = co_await append_all(around_.rows_to, std::move(notes));
    if (noted.error)
        co_return noted.error;
    what->refusals = 0;
    const source_report::request asked{target, what->meeting};
    sources_[what->source]->report.gave_up(told + passed_over);
    sources_[what->source]->report.passed_over(asked, came.error, passed_over, now());
    co_return error_code{};
}

std::vector<intake_record> poller::records_of(const followed& what, std::vector<polled_row> rows)
    const
{
    const auto common = make_record(what);
    std::vector<intake_record> records;
    records.reserve(rows.size());
    for (auto& row : rows) {
        auto& made = records.emplace_back(common);
        // A listed row that names no meeting goes to the dead letters, by way of its source.
        made.key = row.key.empty() ? made.source : std::move(row.key);
        made.item = std::move(row.item);
        made.body = std::move(row.body);
    }
    return records;
}

intake_record poller::swept_notice(const followed& what) const
{
    auto made = make_record(what);
    made.key = what.meeting;
    made.notice = tracking_sign::swept;
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
