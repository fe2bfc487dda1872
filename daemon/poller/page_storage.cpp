#include "poller/page_storage.hpp"

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

    void reported(const std::exception_ptr& bug, error_code ec)
    {
        if (bug)
            bug_ = bug;
        if (ec && (!worst_ || classify(worst_) == reaction::reject))
            worst_ = ec;
        if (--missing_ == 0)
            all_reported_.cancel();
    }
    asio::awaitable<error_code> wait()
    {
        while (missing_ > 0)
            co_await all_reported_.async_wait(nothrow);
        if (bug_)
            std::rethrow_exception(bug_);
        co_return worst_;
    }

private:
    std::size_t missing_;
    asio::steady_timer all_reported_;  // never expires
    error_code worst_;
    std::exception_ptr bug_;
};

}  // namespace

asio::awaitable<error_code> append_all(journal& to, std::vector<intake_record> records)
{
    if (records.empty())
        co_return error_code{};
    const auto on = co_await asio::this_coro::executor;
    batch all{on, records.size()};
    const auto report = [&all](const std::exception_ptr& bug, error_code ec) {
        all.reported(bug, ec);
    };
    // What is spawned on one thread starts in the order of spawning, and an append has handed its
    // record over by the time it first waits.
    for (auto& record : records)
        asio::co_spawn(on, to.append(std::move(record)), report);
    co_return co_await all.wait();
}

}  // namespace rollcall
