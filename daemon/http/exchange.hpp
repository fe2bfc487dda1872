#pragma once

#include "core/errors.hpp"
#include "http/answer_reader.hpp"
#include "http/client_connection.hpp"
#include "http/deadlines.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace rollcall::http {

/// One request on one connection, and its answer piece by piece. It asks the connection for no more
/// than it is asked itself, so what is not wanted yet stays with the host. One thread.
class exchange {
public:
    exchange(std::unique_ptr<client_connection> by, answer_limits allowed);

    /// Fails with `errc::answer_timed_out` or `stopped`. A request that could not be sent to its
    /// end for another reason may have been answered all the same.
    boost::asio::awaitable<error_code> send(std::string_view request, steady_time until);
    /// One more piece of an answer that is not complete. Fails as `answer_reader` does, or with
    /// `errc::answer_timed_out` or `stopped`.
    boost::asio::awaitable<error_code> receive(steady_time until);

    answer_reader& answer() { return reader_; }
    const answer_reader& answer() const { return reader_; }
    /// Closed by the host, as it may close any kept connection: it has not seen the request.
    bool closed_unasked(const error_code& ec) const
    {
        return ec == errc::answer_broken && !reader_.begun();
    }
    /// The connection, if it is good for another request; null otherwise.
    std::unique_ptr<client_connection> release();
    /// What the system said of the last failure.
    const std::string& trouble() const { return trouble_; }

private:
    error_code failed(const error_code& ec, std::string details);

    std::unique_ptr<client_connection> by_;
    answer_reader reader_;
    std::string room_;
    bool unsent_ = false;
    std::string trouble_;
};

}  // namespace rollcall::http
