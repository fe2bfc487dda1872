#include "relay/tally.hpp"

#include <numeric>

namespace rollcall {

relay_count published_by(way via)
{
    switch (via) {
        case way::webhook:
            return relay_count::published_webhook;
        case way::poll:
            return relay_count::published_poll;
        case way::download:
            return relay_count::published_download;
        case way::derived:
            return relay_count::published_derived;
    }
    return relay_count::published_derived;
}

std::uint64_t source_tally::all_duplicates() const
{
    std::uint64_t sum = 0;
    for (const auto& row : duplicates_)
        sum = std::accumulate(row.begin(), row.end(), sum);
    return sum;
}

std::uint64_t source_tally::published() const
{
    const auto& self = *this;
    return self[relay_count::published_webhook] + self[relay_count::published_poll] +
           self[relay_count::published_download] + self[relay_count::published_derived];
}

source_tally& source_tally::operator+=(const source_tally& other)
{
    for (std::size_t i = 0; i < counts_.size(); ++i)
        counts_[i] += other.counts_[i];
    for (std::size_t i = 0; i < ways; ++i)
        for (std::size_t j = 0; j < ways; ++j)
            duplicates_[i][j] += other.duplicates_[i][j];
    return *this;
}

std::int64_t relay_books::account::missing_records() const
{
    const auto ended =
        counted[relay_count::records_used] + counted[relay_count::records_ignored] +
        counted[relay_count::records_notices] + counted[relay_count::records_postponed] +
        counted[relay_count::records_moved] + counted[relay_count::records_unusable] +
        counted[relay_count::records_given_up] + counted[relay_count::records_returned] + waiting;
    return static_cast<std::int64_t>(counted[relay_count::records] - ended);
}

std::int64_t relay_books::account::missing_events() const
{
    const auto ended = counted.published() - counted[relay_count::published_derived] +
                       counted.all_duplicates() + counted[relay_count::superseded] +
                       counted[relay_count::beyond_window] + counted[relay_count::beyond_polled] +
                       counted[relay_count::read_again] + counted[relay_count::returned] + held;
    return static_cast<std::int64_t>(counted[relay_count::events] - ended);
}

void relay_books::expect(const std::string& source)
{
    const std::lock_guard lock{mutex_};
    accounts_.try_emplace(source);
}

void relay_books::enter(
    const source_tallies& counted, const waiting_amounts& before, const waiting_amounts& now
)
{
    const std::lock_guard lock{mutex_};
    for (const auto& [source, tally] : counted)
        accounts_[source].counted += tally;
    for (const auto& [source, held] : before.events)
        accounts_[source].held -= held;
    for (const auto& [source, held] : now.events)
        accounts_[source].held += held;
    for (const auto& [source, waiting] : before.records)
        accounts_[source].waiting -= waiting;
    for (const auto& [source, waiting] : now.records)
        accounts_[source].waiting += waiting;
}

std::map<std::string, relay_books::account> relay_books::read() const
{
    const std::lock_guard lock{mutex_};
    return accounts_;
}

std::uint64_t relay_books::sum(relay_count what) const
{
    const std::lock_guard lock{mutex_};
    std::uint64_t all = 0;
    for (const auto& [source, of] : accounts_)
        all += of.counted[what];
    return all;
}

std::uint64_t relay_books::published() const
{
    const std::lock_guard lock{mutex_};
    std::uint64_t all = 0;
    for (const auto& [source, of] : accounts_)
        all += of.counted.published();
    return all;
}

}  // namespace rollcall
