#pragma once

#include "http/handler.hpp"
#include "http/limits.hpp"
#include "http/statistics.hpp"
#include "http/tls_identity.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace rollcall::http {

class worker;

/// Where a server listens.
struct listening_place {
    /// `host:port` or `[v6]:port`; port 0 takes any free one. Of no meaning with `socket`.
    std::string address;
    /// A TCP socket that listens already, made by whoever started this process and kept open by
    /// him: what comes while nobody accepts waits in it. Taken over, and closed with the server.
    int socket = -1;
    /// Null, or without a context: plain HTTP. Asked for every connection anew.
    std::shared_ptr<const tls_identity> identity{};
};

/// An HTTP/1.x server: threads of its own, each with its own io_context and acceptors
/// (SO_REUSEPORT), so that nothing is shared between them but the handler. A socket that was made
/// by others cannot be had twice: there every thread accepts from the same one. All functions on
/// one thread, that of the composition root, but for `has_turned`.
class server {
public:
    /// Binds every address for every thread; connections wait in the backlog until `start`. Throws
    /// std::runtime_error that names the address: malformed, unknown host, in use (also by another
    /// process that shares its ports), not allowed; or the socket: not one that listens for TCP.
    /// `answers` outlives the server.
    server(
        limits allowed,
        unsigned threads,
        const std::vector<listening_place>& places,
        handler& answers
    );
    server(
        limits allowed,
        unsigned threads,
        const std::vector<std::string>& addresses,
        handler& answers
    );
    /// `stop` without a grace.
    ~server();

    /// `name`: of its threads, for whoever looks at the process; at most 15 characters.
    void start(const std::string& name = "http");
    /// One per place, in their order, with the ports really bound.
    const std::vector<boost::asio::ip::tcp::endpoint>& local_endpoints() const
    {
        return endpoints_;
    }

    /// No new connections; idle ones are closed; what is being asked is answered, with `Connection:
    /// close`. After `grace` the rest is cut and what the handler waits for is cancelled. Returns
    /// when no thread is left, so after `grace` it still waits for a handler that takes no
    /// cancellation: destroying it under its completion would be worse. Safe to call again.
    void stop(milliseconds grace);

    const statistics& counted() const { return counted_; }

    /// Other limits, from now on: also for the connections that are there, as far as they wait.
    void allow(const limits& to);

    std::size_t threads() const { return workers_.size(); }
    /// Whether this thread, from 0, has come round since the last call, and asks it again: false
    /// where it is stuck, or was asked just now. Any one thread, while the server lives.
    bool has_turned(std::size_t thread);

private:
    boost::asio::ip::tcp::endpoint listen(const listening_place& at);

    statistics counted_;
    std::vector<std::unique_ptr<worker>> workers_;
    std::vector<boost::asio::ip::tcp::endpoint> endpoints_;
    std::vector<std::thread> threads_;
    std::mutex mutex_;
    std::condition_variable finished_;
    std::size_t running_ = 0;  // threads
};

}  // namespace rollcall::http
