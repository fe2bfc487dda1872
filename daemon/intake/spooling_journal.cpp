#include "intake/spooling_journal.hpp"

#include "core/append_all.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <exception>
#include <utility>

namespace rollcall {
namespace {

namespace asio = boost::asio;

constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);

void rethrow(const std::exception_ptr& bug)
{
    if (bug)
        std::rethrow_exception(bug);  // without it nothing would be sent on, and nobody told
}

}  // namespace

spooling_journal::spooling_journal(lending_journal& kafka, options how)
    : kafka_{kafka},
      how_{std::move(how)},
      spool_{how_.where},
      until_stopped_{io_.get_executor()},
      more_{io_, asio::steady_timer::time_point::max()},
      pause_{io_}
{
    if (const auto& found = spool_.salvaged())
        log_.error(
            "the spool was damaged",
            {{"kept_as", found->kept_as.string()}, {"saved", found->saved}, {"lost", found->lost}}
        );
    publish();
    if (figures_.records > 0)
        log_.info(
            "records wait in the spool", {{"records", figures_.records}, {"bytes", figures_.bytes}}
        );
    asio::co_spawn(io_, drain(), rethrow);
    thread_ = std::thread{[this] { io_.run(); }};
}

// NOLINTNEXTLINE(bugprone-exception-escape): a thread that cannot be joined is a bug
spooling_journal::~spooling_journal()
{
    stop();
}

void spooling_journal::stop()
{
    {
        const std::lock_guard lock{guard_};
        stopping_ = true;
    }
    asio::post(io_, [this] {
        more_.cancel();
        pause_.cancel();
        until_stopped_.reset();
    });
    const std::lock_guard lock{thread_lock_};
    if (thread_.joinable())
        thread_.join();
}

spooling_journal::status spooling_journal::now() const
{
    const std::lock_guard lock{guard_};
    return {spooling_.load(), figures_};
}

// ---- a record comes -----------------------------------------------------------------------------

template <class Token>
auto spooling_journal::async_spool(intake_record& record, Token&& token)
{
    auto start = [this, &record](auto handler) {
        const asio::any_io_executor executor =
            asio::get_associated_executor(handler, asio::system_executor{});
        enqueue(std::move(record), stored_handler{std::move(handler)}, executor);
    };
    return asio::async_initiate<Token, void(error_code, intake_record)>(start, token);
}

asio::awaitable<error_code> spooling_journal::append(intake_record record)
{
    const bool asked_kafka = !spooling_.load(std::memory_order_relaxed);
    if (asked_kafka) {
        const auto ec = co_await kafka_.append_copy(record);
        if (!ec && told_away_.load(std::memory_order_relaxed) && !spooling_)
            kafka_is_back();  // the disk had failed, and Kafka was asked in its place
        if (!ec || ec == errc::stopped || classify(ec) == reaction::reject)
            co_return ec;
        kafka_is_away(ec);
    }
    auto [ec, back] = co_await async_spool(record, nothrow);
    if (!ec || ec == errc::stopped || asked_kafka)
        co_return ec;
    // Neither has it: if Kafka is back, this is how it is noticed where nothing waits.
    if (!co_await kafka_.append_copy(back))
        ec = error_code{};
    co_return ec;
}

// What comes while the disk is busy is stored together with its next sync.
void spooling_journal::enqueue(
    intake_record record, stored_handler handler, const asio::any_io_executor& executor
)
{
    pending one{std::move(record), std::move(handler), work_of_handler{executor}};
    const std::lock_guard lock{guard_};
    if (stopping_) {
        asio::post(
            executor,
            asio::append(std::move(one.handler), error_code{errc::stopped}, std::move(one.record))
        );
        return;
    }
    pending_.push_back(std::move(one));
    if (pending_.size() == 1)
        asio::post(io_, [this] { store_pending(); });
}

void spooling_journal::kafka_is_away(const error_code& why)
{
    spooling_ = true;
    if (!told_away_.exchange(true))
        log_.warn("Kafka does not take records, they are spooled", {{"error", why.message()}});
}

void spooling_journal::kafka_is_back()
{
    spooling_ = false;
    if (told_away_.exchange(false))
        log_.info("Kafka takes records again");
}

// ---- the spool's thread -------------------------------------------------------------------------

void spooling_journal::store_pending()
{
    std::vector<pending> all;
    {
        const std::lock_guard lock{guard_};
        all.swap(pending_);
    }
    std::vector<intake_record> records;
    records.reserve(all.size());
    for (auto& each : all)
        records.push_back(std::move(each.record));
    const auto came = spool_.append(records);
    publish();
    report(came);
    for (std::size_t n = 0; n < all.size(); ++n) {
        auto ec = came.error;
        if (!ec && n >= came.stored)
            ec = errc::overloaded;
        const auto executor = all[n].work.get_executor();
        auto back = ec ? std::move(records[n]) : intake_record{};
        asio::post(executor, asio::append(std::move(all[n].handler), ec, std::move(back)));
    }
    more_.cancel();
}

// The first failure of the disk is said, and the end of the failures.
void spooling_journal::report(const spool::appended_to& came)
{
    if (came.error) {
        if (failures_++ == 0)
            log_.error("the spool cannot be written", {{"error", spool_.trouble()}});
    } else if (const auto failed = std::exchange(failures_, 0); failed > 0) {
        log_.info("the spool can be written again", {{"failed", failed}});
    }
    // Where nothing waits, nothing would notice that Kafka is back: the next record asks it.
    if (came.stored == 0 && spool_.figures().records == 0)
        spooling_ = false;
}

asio::awaitable<void> spooling_journal::drain()
{
    while (!is_stopping()) {
        // While Kafka is away, one at a time: what it may have taken in spite of its silence comes
        // twice.
        const std::size_t most = spooling_ ? 1 : how_.drain_records;
        auto oldest = spool_.first(most, how_.drain_bytes);
        if (oldest && oldest->empty()) {
            co_await more_.async_wait(nothrow);
            continue;
        }
        if (oldest && co_await send_on(std::move(*oldest)))
            continue;
        pause_.expires_after(how_.probe);
        co_await pause_.async_wait(nothrow);
    }
}

// False where they wait on.
asio::awaitable<bool> spooling_journal::send_on(std::vector<spooled> oldest)
{
    std::vector<std::int64_t> ids;
    std::vector<intake_record> records;
    for (auto& each : oldest) {
        if (each.damaged) {
            put_aside(each.id, "its checksum is wrong");
            continue;
        }
        ids.push_back(each.id);
        records.push_back(std::move(each.record));
    }
    const auto came = co_await append_all(kafka_, std::move(records));
    if (came.error && classify(came.error) != reaction::reject) {
        kafka_is_away(came.error);
        co_return false;
    }
    for (auto n = came.refused.rbegin(); n != came.refused.rend(); ++n) {
        const auto which = ids.begin() + static_cast<std::ptrdiff_t>(*n);
        put_aside(*which, came.error.message());
        ids.erase(which);
    }
    const auto removed = spool_.remove(ids);
    publish();
    kafka_is_back();
    co_return !removed;
}

void spooling_journal::put_aside(std::int64_t id, std::string_view why)
{
    log_.error("a record of the spool cannot be sent on", {{"record", id}, {"why", why}});
    if (spool_.set_aside(id, why))
        log_.error("the spool cannot be written", {{"error", spool_.trouble()}});
}

// What other threads may know of the spool.
void spooling_journal::publish()
{
    const std::lock_guard lock{guard_};
    figures_ = spool_.figures();
}

bool spooling_journal::is_stopping() const
{
    const std::lock_guard lock{guard_};
    return stopping_;
}

}  // namespace rollcall
