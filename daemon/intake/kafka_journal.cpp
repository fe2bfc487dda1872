#include "intake/kafka_journal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rollcall {

boost::asio::awaitable<error_code> kafka_journal::append(intake_record record)
{
    co_return co_await append_copy(record);
}

boost::asio::awaitable<error_code> kafka_journal::append_copy(const intake_record& record)
{
    const headers with = arrival_headers(record);
    const outgoing_record out{
        .topic = topic_, .key = record.key, .value = record.body, .with = &with};
    constexpr auto nothrow = boost::asio::as_tuple(boost::asio::use_awaitable);
    const auto [ec, where] = co_await producer_.async_produce(out, nothrow);
    // The producer has failed and is being replaced: like a time-out, the record may be stored or
    // not.
    if (ec == errc::kafka_fatal)
        co_return errc::kafka_timed_out;
    co_return ec;
}

}  // namespace rollcall
