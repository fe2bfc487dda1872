#include "core/append_all.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace rollcall {
namespace {

namespace asio = boost::asio;

constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);

// Records handed over together; lives in the frame that waits for them.
class batch {
public:
    batch(const asio::any_io_executor& on, std::size_t size)
        : missing_{size}, all_reported_{on, asio::steady_timer::time_point::max()}
    {
    }

    void reported(std::size_t which, const std::exception_ptr& bug, error_code ec)
    {
        if (bug)
            bug_ = bug;
        if (!bug && !ec)
            ++came_.stored;
        if (classify(ec) == reaction::reject)
            came_.refused.push_back(which);
        if (ec && (!came_.error || classify(came_.error) == reaction::reject))
            came_.error = ec;
        if (--missing_ == 0)
            all_reported_.cancel();
    }
    asio::awaitable<appended> wait()
    {
        while (missing_ > 0)
            co_await all_reported_.async_wait(nothrow);
        if (bug_)
            std::rethrow_exception(bug_);
        co_return std::move(came_);
    }

private:
    std::size_t missing_;
    asio::steady_timer all_reported_;  // never expires
    appended came_;
    std::exception_ptr bug_;
};

}  // namespace

asio::awaitable<appended> append_all(journal& to, std::vector<intake_record> records)
{
    if (records.empty())
        co_return appended{};
    const auto on = co_await asio::this_coro::executor;
    batch all{on, records.size()};
    // What is spawned on one thread starts in the order of spawning, and an append has handed its
    // record over by the time it first waits.
    for (std::size_t n = 0; n < records.size(); ++n)
        asio::co_spawn(
            on,
            to.append(std::move(records[n])),
            [&all, n](const std::exception_ptr& bug, error_code ec) { all.reported(n, bug, ec); }
        );
    co_return co_await all.wait();
}

}  // namespace rollcall
