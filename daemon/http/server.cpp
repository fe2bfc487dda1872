#include "http/server.hpp"

#include "http/address.hpp"
#include "http/worker.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/system/system_error.hpp>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
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

// What would otherwise show as an accept that fails for ever.
void expect_listening(int socket)
{
    int listens = 0;
    int domain = AF_UNSPEC;
    socklen_t size = sizeof listens;
    const bool told = ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 &&
                      ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0;
    if (!told || listens == 0 || (domain != AF_INET && domain != AF_INET6))
        throw std::runtime_error{"not a TCP socket that listens"};
}

// OpenSSL writes without MSG_NOSIGNAL: to a client that has gone, that is an error of the write,
// and nothing else.
void block_broken_pipes()
{
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
}

std::string name_of(const listening_place& place)
{
    return place.socket < 0 ? place.address
                            : "the socket passed as descriptor " + std::to_string(place.socket);
}

std::vector<listening_place> places_at(const std::vector<std::string>& addresses)
{
    std::vector<listening_place> places;
    places.reserve(addresses.size());
    for (const auto& address : addresses)
        places.push_back({.address = address});
    return places;
}

}  // namespace

server::server(
    limits allowed, unsigned threads, const std::vector<listening_place>& places, handler& answers
)
{
    for (unsigned i = 0; i < std::max(threads, 1U); ++i)
        workers_.push_back(std::make_unique<worker>(allowed, answers, counted_));
    for (const auto& place : places) {
        try {
            endpoints_.push_back(listen(place));
        } catch (const boost::system::system_error& refused) {
            throw std::runtime_error{
                "cannot listen on " + name_of(place) + ": " + refused.code().message()};
        } catch (const std::runtime_error& malformed) {
            throw std::runtime_error{
                "cannot listen on " + name_of(place) + ": " + malformed.what()};
        }
    }
}

server::server(
    limits allowed, unsigned threads, const std::vector<std::string>& addresses, handler& answers
)
    : server{allowed, threads, places_at(addresses), answers}
{
}

tcp::endpoint server::listen(const listening_place& at)
{
    if (at.socket >= 0) {
        expect_listening(at.socket);
        tcp::endpoint bound;
        for (auto& each : workers_)
            bound = each->take_over(at.socket, at.identity);
        ::close(at.socket);  // every worker has it under another number
        return bound;
    }
    auto bound = resolve(at.address);
    refuse_shared(bound);
    for (auto& each : workers_)
        bound = each->listen(
            bound, at.identity
        );  // the first one's port, where any would do, is everyone's
    return bound;
}

server::~server()
{
    stop(milliseconds{0});
}

void server::start(const std::string& name)
{
    running_ = workers_.size();
    for (auto& each : workers_) {
        threads_.emplace_back([this, name, &serving = *each] {
            pthread_setname_np(pthread_self(), name.c_str());
            block_broken_pipes();
            serving.run();
            const std::lock_guard lock{mutex_};
            --running_;
            finished_.notify_one();
        });
    }
}

void server::allow(const limits& to)
{
    for (auto& each : workers_)
        each->allow(to);
}

bool server::has_turned(std::size_t thread)
{
    return workers_.at(thread)->has_turned();
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
