#include "poller/poller.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace rollcall {
namespace {

namespace asio = boost::asio;

constexpr milliseconds between_looks{1'000};

std::mt19937_64 seeded()
{
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64{seed};
}

bool share_credential(const polled_source& a, const polled_source& b)
{
    return owner_of(a) == owner_of(b);
}

std::size_t hash_of(const std::string& state)
{
    return std::hash<std::string>{}(state);
}

}  // namespace

poller::poller(std::vector<polled_source> sources, poller_surroundings around, schedule_pace pace)
    : around_{std::move(around)},
      started_at_{around_.clock()},
      random_{seeded()},
      schedule_{pace, [this] { return chance(); }}
{
    add_sources(std::move(sources));
    look();
}

void poller::add_sources(std::vector<polled_source> sources)
{
    for (auto& source : sources) {
        source.pace.account = account_of(source);
        source.pace.base_url = api_url(source);
        credentials_.push_back(credential_of(source, sources));
        schedule_.add_source(credentials_.back(), source.concurrency, source.downloads.at_once);
        auto api = around_.make_fetcher(io_.get_executor(), source);
        for (const auto& host : source.downloads.hosts)
            if (host.trusted)
                log_.warn(
                    "downloads are allowed from an origin that need be neither public nor "
                    "encrypted",
                    {{"source", source.name}, {"origin", host.origin.text()}}
                );
        sources_.push_back(std::make_unique<entry>(source, std::move(api), log_));
    }
}

// That of an earlier source with the same one, or a new one with the least budgets that any source
// of it asks for.
std::uint32_t poller::credential_of(
    const polled_source& source, const std::vector<polled_source>& all
)
{
    for (std::size_t n = 0; n < sources_.size(); ++n)
        if (share_credential(sources_[n]->of, source))
            return credentials_[n];
    auto limits = limits_of(source);
    for (const auto& other : all)
        if (share_credential(source, other)) {
            const auto theirs = limits_of(other);
            for (std::size_t n = 0; n < std::min(limits.size(), theirs.size()); ++n)
                limits[n] = std::min(limits[n], theirs[n]);
        }
    return schedule_.add_credential(limits, source.from->throttle_margin());
}

// NOLINTNEXTLINE(bugprone-exception-escape): a thread that cannot be joined is a bug
poller::~poller()
{
    stop();
}

void poller::start()
{
    const std::lock_guard guard{thread_lock_};
    asio::co_spawn(io_, drive(), [](const std::exception_ptr& bug) {
        if (bug)
            std::rethrow_exception(bug);  // without it nothing would be polled, and nobody told
    });
    thread_ = std::thread{[this] { io_.run(); }};
}

void poller::stop()
{
    asio::post(io_, [this] { begin_stop(); });
    const std::lock_guard guard{thread_lock_};
    if (thread_.joinable())
        thread_.join();
}

void poller::begin_stop()
{
    stopping_ = true;
    for (const auto& source : sources_)
        source->api->stop();
    wake_up();
    if (in_flight_ == 0)
        io_.stop();
}

const poll_counts* poller::counts(std::string_view source) const
{
    const auto number = source_number(source);
    return number ? &sources_[*number]->report.counts : nullptr;
}

std::vector<source_state> poller::states() const
{
    const std::lock_guard guard{states_lock_};
    return states_;
}

std::optional<std::uint32_t> poller::source_number(std::string_view name) const
{
    const auto found =
        std::ranges::find_if(sources_, [&](const auto& each) { return each->of.name == name; });
    if (found == sources_.end())
        return std::nullopt;
    return static_cast<std::uint32_t>(found - sources_.begin());
}

timestamp poller::now() const
{
    const auto passed = std::chrono::steady_clock::now() - started_;
    return started_at_ + std::chrono::floor<milliseconds>(passed);
}

double poller::chance()
{
    return std::uniform_real_distribution{0.0, 1.0}(random_);
}

// ---- what the relay tells -----------------------------------------------------------------------

void poller::on_owned(std::int32_t partition, std::uint64_t ticket, std::vector<tracked> known)
{
    asio::post(io_, [this, partition, ticket, known = std::move(known)] {
        own(partition, ticket, known);
        wake_up();
    });
}

void poller::on_given_up(std::int32_t partition)
{
    asio::post(io_, [this, partition] {
        give_up(partition);
        wake_up();
    });
}

void poller::on_sign(
    std::int32_t partition,
    const std::string& source,
    const std::string& meeting,
    tracking_sign sign
)
{
    asio::post(io_, [this, partition, source, meeting, sign] {
        take_sign(partition, source, meeting, sign);
        wake_up();
    });
}

void poller::on_settled(
    std::int32_t partition,
    const std::string& source,
    const std::string& meeting,
    const std::string& told
)
{
    asio::post(io_, [this, partition, source, meeting, told] {
        take_settling(partition, source, meeting, told);
        wake_up();
    });
}

void poller::own(std::int32_t partition, std::uint64_t ticket, const std::vector<tracked>& known)
{
    give_up(partition);
    followed_.own(partition, ticket);
    std::size_t not_ours = 0;
    for (const auto& each : known) {
        const auto source = source_number(each.source);
        if (source)
            follow(partition, *source, each.meeting, each.state);
        else
            ++not_ours;
    }
    for (std::uint32_t source = 0; source < sources_.size(); ++source)
        if (around_.partition_of(sources_[source]->of.name) == partition)
            follow(partition, source, {}, {});
    if (not_ours > 0)
        log_.info(
            "tracked meetings of sources that are not polled are left alone",
            {{"partition", partition}, {"meetings", not_ours}}
        );
}

void poller::give_up(std::int32_t partition)
{
    for (const auto& what : followed_.give_up(partition))
        unfollow(what);
}

void poller::take_sign(
    std::int32_t partition,
    const std::string& source,
    const std::string& meeting,
    tracking_sign sign
)
{
    const bool concerns_us = sign != tracking_sign::none && sign != tracking_sign::swept;
    const auto number = source_number(source);
    if (!concerns_us || !number || !followed_.owns(partition))
        return;
    if (sign == tracking_sign::drop) {
        // Whoever told it has forgotten the meeting, or tracks it anew by the time we would say so.
        if (const auto what = followed_.find(partition, *number, meeting))
            unfollow(what);
        return;
    }
    if (const auto what = follow(partition, *number, meeting, {}))
        tell(what, sign);
}

// Of no interest where nothing waits for it any more.
void poller::take_settling(
    std::int32_t partition,
    const std::string& source,
    const std::string& meeting,
    const std::string& told
)
{
    const auto number = source_number(source);
    const auto what = number ? followed_.find(partition, *number, meeting) : nullptr;
    if (!what)
        return;
    what->settled_told = told;
    if (!what->asked)
        tell_plan(*what);
}

// The one that is followed already, or a new one; null where the provider cannot be polled so.
poller::pointer poller::follow(
    std::int32_t partition, std::uint32_t source, std::string meeting, std::string_view state
)
{
    if (auto known = followed_.find(partition, source, meeting))
        return known;
    const auto& of = sources_[source]->of;
    auto plan =
        meeting.empty() ? of.from->list(of.pace, state) : of.from->follow(of.pace, meeting, state);
    if (!plan)
        return nullptr;
    const auto kind = meeting.empty() ? schedule::lane::list : schedule::lane::meeting;
    auto made = std::make_shared<followed>();
    made->kept = hash_of(plan->state());
    made->plan = std::move(plan);
    made->meeting = std::move(meeting);
    made->partition = partition;
    made->source = source;
    made->read_to_end = now();
    made->place = schedule_.add(source, kind, now(), of.pace.interval);
    by_place_.resize(std::max<std::size_t>(by_place_.size(), made->place + 1));
    by_place_[made->place] = made;
    followed_.insert(made);
    sources_[source]->report.counts.followed.fetch_add(1, std::memory_order_relaxed);
    return made;
}

// `what` is a copy, for `by_place_` may hold the last other one.
void poller::unfollow(pointer what)
{
    what->gone = true;
    schedule_.remove(what->place);
    followed_.erase(what);
    by_place_[what->place].reset();
    sources_[what->source]->report.counts.followed.fetch_sub(1, std::memory_order_relaxed);
}

void poller::forget(const pointer& what)
{
    around_.store.forget(what->partition, what->ticket, name_of(*what));
    unfollow(what);
}

tracked poller::name_of(const followed& what) const
{
    return {
        .source = sources_[what.source]->of.name,
        .meeting = what.meeting,
        .state = what.plan->state()};
}

// A plan hears nothing between its request and what came of it.
void poller::tell(const pointer& what, tracking_sign sign)
{
    what->ended_told = what->ended_told || sign == tracking_sign::ended;
    what->sweep_told = what->sweep_told || sign == tracking_sign::sweep;
    if (!what->asked)
        tell_plan(*what);
}

void poller::tell_plan(followed& what)
{
    if (!what.ended_told && !what.sweep_told && what.settled_told.empty())
        return;
    if (std::exchange(what.sweep_told, false))
        what.plan->sweep(now());
    if (std::exchange(what.ended_told, false))
        what.plan->on_ended(now());
    if (const auto told = std::exchange(what.settled_told, {}); !told.empty())
        what.plan->on_settled(told, now());
    keep(what);
    schedule_.expedite(what.place, now());
}

void poller::keep(followed& what)
{
    auto named = name_of(what);
    const auto hash = hash_of(named.state);
    if (std::exchange(what.kept, hash) != hash)
        around_.store.keep(what.partition, what.ticket, std::move(named));
}

void poller::look()
{
    const auto at = now();
    next_look_ = at + between_looks;
    std::vector<source_state> seen(sources_.size());
    followed_.for_each([&](const followed& what) {
        auto& of = seen[what.source];
        ++of.followed;
        of.oldest_read = std::max(of.oldest_read, at - what.read_to_end);
        if (const auto cursor = what.plan->cursor())
            of.oldest_cursor = std::max(of.oldest_cursor, at - *cursor);
    });
    for (std::uint32_t number = 0; number < sources_.size(); ++number) {
        const auto view = schedule_.view(number, at);
        auto& of = seen[number];
        of.source = sources_[number]->of.name;
        of.in_flight = view.in_flight;
        of.due_lag = view.due_lag;
        of.budget_left = view.budget_left;
        of.denied = view.denied;
        of.failing = view.failing;
        of.throttled = view.throttled;
        of.storage_closed = schedule_.storage_closed();
    }
    const std::lock_guard guard{states_lock_};
    states_ = std::move(seen);
}

}  // namespace rollcall
