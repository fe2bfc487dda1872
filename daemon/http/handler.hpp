#pragma once

#include "http/message.hpp"

#include <boost/asio/awaitable.hpp>

namespace rollcall::http {

/// What a server answers with. One object serves all threads at once and outlives the server.
class handler {
public:
    virtual ~handler() = default;

    /// Answers one request, on the thread of its connection, which reads nothing meanwhile. Every
    /// wait in it must have an end of its own: the server has no deadline for it before the one of
    /// `server::stop`. An exception is a bug: it is logged and ends the connection without an
    /// answer.
    virtual boost::asio::awaitable<response> handle(const request& asked) = 0;
};

}  // namespace rollcall::http
