#pragma once

#include "poller/fetcher.hpp"
#include "poller/polled_source.hpp"
#include "poller/token_bucket.hpp"
#include "providers/polling.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rollcall {

/// Asks a source's API what one plan wants to know, for a command that waits for it. Half of the
/// credential's limits are used, for a daemon may be asking as well.
class interview {
public:
    /// Tries of one request, each after a longer wait, before it is given up.
    static constexpr unsigned most_tries = 8;

    /// Throws what `make_http_fetcher` throws.
    explicit interview(const polled_source& with);

    /// Runs the plan to its end. What an answer came to is handed to `take`; what that returns ends
    /// it, unless empty. Returns why it ended early; empty where it did not. Blocks, for as long as
    /// the API needs.
    std::string run(poll_plan& plan, const std::function<std::string(const poll_outcome&)>& take);

private:
    struct answer {
        poll_outcome outcome;
        milliseconds retry_after{0};
    };
    answer ask(poll_plan& plan, const poll_request& what);
    void wait_for_budget(std::size_t limit);

    boost::asio::io_context io_{1};
    std::unique_ptr<fetcher> api_;
    std::vector<token_bucket> budgets_;
};

}  // namespace rollcall
