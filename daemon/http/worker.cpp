#include "http/worker.hpp"

#include "http/admission.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <exception>
#include <memory>
#include <new>
#include <utility>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto nothrow = asio::as_tuple(asio::deferred);

// How long nothing is accepted after descriptors or memory ran out: what would free them is a
// connection that ends.
constexpr milliseconds accept_pause{50};

using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

}  // namespace

worker::worker(const limits& allowed, handler& answers, statistics& counted)
    : allowed_{allowed},
      counted_{counted},
      deadlines_{io_, allowed_},
      around_{.allowed = allowed_, .answers = answers, .counted = counted, .deadlines = deadlines_},
      pause_{io_}
{
}

tcp::endpoint worker::listen(const tcp::endpoint& at, identity as)
{
    auto& made = places_.emplace_back(place{acceptor{io_}, std::move(as)}).from;
    made.open(at.protocol());
    made.set_option(asio::socket_base::reuse_address{true});
    made.set_option(reuse_port{true});
    if (at.protocol() == tcp::v6())
        made.set_option(asio::ip::v6_only{true}
        );  // `[::]` and `0.0.0.0` can then be listed side by side
    made.bind(at);
    made.listen();
    return made.local_endpoint();
}

tcp::endpoint worker::take_over(int socket, identity as)
{
    const int mine = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (mine < 0)
        throw boost::system::system_error{errno, boost::system::system_category()};
    tcp::endpoint bound;
    auto size = static_cast<socklen_t>(bound.capacity());
    if (::getsockname(mine, bound.data(), &size) == 0)
        bound.resize(size);
    places_.emplace_back(place{acceptor{io_}, std::move(as)}).from.assign(bound.protocol(), mine);
    return bound;
}

void worker::run()
{
    const auto must_not_fail = [](const std::exception_ptr& bug) {
        if (bug)
            std::rethrow_exception(bug);
    };
    for (auto& at : places_)
        asio::co_spawn(io_, accept(at), must_not_fail);
    io_.run();
}

asio::awaitable<void> worker::accept(place& at)
{
    std::uint64_t failures_in_a_row = 0;
    tcp::endpoint peer;
    while (!around_.stopping) {
        session::socket connection{io_};
        const auto [ec] = co_await at.from.async_accept(connection, peer, nothrow);
        // One that was accepted while stopping has a client that was told so: it is served.
        if (ec && around_.stopping)
            co_return;
        if (!ec) {
            if (std::exchange(failures_in_a_row, 0) > 0)
                log_.info("accepting connections again");
            admit_connection(std::move(connection), peer, at);
            continue;
        }
        counted_.accept_failures.fetch_add(1, std::memory_order_relaxed);
        if (failures_in_a_row++ == 0)
            log_.warn("cannot accept connections", {{"error", ec.message()}});
        pause_.expires_after(accept_pause);
        co_await pause_.async_wait(nothrow);
    }
}

void worker::admit_connection(
    session::socket connection, const tcp::endpoint& peer, const place& at
)
{
    counted_.accepted.fetch_add(1, std::memory_order_relaxed);
    const auto open = counted_.open.fetch_add(1, std::memory_order_relaxed);
    const auto decision = admit(open, leaving_, allowed_.connections);
    const bool served = decision == admission::serve;
    if (!served) {
        counted_.open.fetch_sub(1, std::memory_order_relaxed);
        counted_.turned_away.fetch_add(1, std::memory_order_relaxed);
    }
    if (decision == admission::drop)
        return;
    const auto with = at.as ? at.as->current() : nullptr;
    std::shared_ptr<session> made;
    try {
        made = make_session(around_, std::move(connection), peer, with);
    } catch (const std::bad_alloc&) {
        counted_.accept_failures.fetch_add(1, std::memory_order_relaxed);
        if (served)
            counted_.open.fetch_sub(1, std::memory_order_relaxed);
        return;
    }
    spawn(made, served);
}

void worker::spawn(const std::shared_ptr<session>& made, bool served)
{
    sessions_.push_back(*made);
    if (!served)
        ++leaving_;
    auto life = served ? made->run() : made->turn_away();
    asio::co_spawn(
        io_,
        std::move(life),
        asio::bind_cancellation_slot(
            made->cancellation(),
            [this, made, served](const std::exception_ptr& failure) mutable {
                made->leave();
                ended(served, failure);
            }
        )
    );
}

void worker::ended(bool served, const std::exception_ptr& failure)
{
    if (served)
        counted_.open.fetch_sub(1, std::memory_order_relaxed);
    else
        --leaving_;
    if (around_.stopping && sessions_.empty())
        deadlines_.close();
    if (!failure || around_.stopping)
        return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& bug) {
        log_.error("connection ended by an exception", {{"error", bug.what()}});
    }
}

bool worker::has_turned()
{
    if (asked_to_turn_.exchange(true))
        return false;
    asio::post(io_, [this] { asked_to_turn_ = false; });
    return true;
}

void worker::allow(const limits& to)
{
    asio::post(io_, [this, to] {
        allowed_ = to;
        deadlines_.change(allowed_);
    });
}

void worker::stop()
{
    asio::post(io_, [this] {
        around_.stopping = true;
        for (auto& at : places_) {
            boost::system::error_code ignored;  // a descriptor that cannot be closed is closed
            at.from.close(ignored);
        }
        pause_.cancel();
        for (auto& connection : sessions_)
            connection.stop_if_idle();
        if (sessions_.empty())
            deadlines_.close();
        until_stopped_.reset();
    });
}

void worker::cut()
{
    asio::post(io_, [this] {
        for (auto& connection : sessions_)
            connection.cut();
    });
}

}  // namespace rollcall::http
