#pragma once

#include "http/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <optional>
#include <string>

namespace rollcall {

/// What came of one request, for a command that waits for it.
struct asked_once {
    std::optional<result<http::client_answer>> answer;  ///< nothing: none within the time
    std::string trouble;                                ///< details of an error; mostly empty

    /// Null where there is none.
    const http::client_answer* got() const { return answer && *answer ? &**answer : nullptr; }
    /// Why there is no answer; empty where there is one.
    std::string why_not() const;
};

/// Runs `what` to its end, for `within` at most: then `stop` has to end it. `io` runs nothing else.
void wait_for(
    boost::asio::io_context& io,
    boost::asio::awaitable<void> what,
    milliseconds within,
    const std::function<void()>& stop
);

/// Asks one host once, and waits for all of it at most `within`: also where a connection is made
/// and nothing comes. Throws what `http::client` does of bad options.
asked_once ask_once(
    const http::client_options& whom,
    const http::client_request& what,
    const headers& with,
    milliseconds within
);

}  // namespace rollcall
