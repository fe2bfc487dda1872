#include "http/server.hpp"

#include "http/address.hpp"
#include "http/worker.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <stdexcept>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

tcp::endpoint resolve(const std::string& address)
{
    const auto parsed = parse_address(address);
    if (!parsed)
        throw std::runtime_error{"not host:port or [address]:port"};
    asio::io_context io;
    tcp::resolver resolver{io};
    return *resolver.resolve(parsed->host, std::to_string(parsed->port), tcp::resolver::passive)
                .begin();
}

// With SO_REUSEPORT a second daemon of the same user would bind as well and take half of the
// requests. Without it the kernel says what is there.
void refuse_shared(const tcp::endpoint& at)
{
    asio::io_context io;
    tcp::acceptor alone{io};
    alone.open(at.protocol());
    alone.set_option(asio::socket_base::reuse_address{true});
    if (at.protocol() == tcp::v6())
        alone.set_option(asio::ip::v6_only{true});
    alone.bind(at);
}

}  // namespace

server::server(
    limits allowed, unsigned threads, const std::vector<std::string>& addresses, handler& answers
)
    : allowed_{allowed}
{
    for (unsigned i = 0; i < std::max(threads, 1U); ++i)
        workers_.push_back(std::make_unique<worker>(allowed_, answers, counted_));
    for (const auto& address : addresses) {
        try {
            auto at = resolve(address);
            refuse_shared(at);
            for (auto& each : workers_)
                at = each->listen(at);  // the first one's port, where any would do, is everyone's
            endpoints_.push_back(at);
        } catch (const boost::system::system_error& refused) {
            throw std::runtime_error{
                "cannot listen on " + address + ": " + refused.code().message()};
        } catch (const std::runtime_error& malformed) {
            throw std::runtime_error{"cannot listen on " + address + ": " + malformed.what()};
        }
    }
}

server::~server()
{
    stop(milliseconds{0});
}

void server::start()
{
    running_ = workers_.size();
    for (auto& each : workers_) {
        threads_.emplace_back([this, &serving = *each] {
            serving.run();
            const std::lock_guard lock{mutex_};
            --running_;
            finished_.notify_one();
        });
    }
}

void server::stop(milliseconds grace)
{
    if (threads_.empty())
        return;
    for (auto& each : workers_)
        each->stop();
    {
        std::unique_lock lock{mutex_};
        finished_.wait_for(lock, grace, [this] { return running_ == 0; });
    }
    for (auto& each : workers_)
        each->cut();
    for (auto& thread : threads_)
        thread.join();
    threads_.clear();
}

}  // namespace rollcall::http
