#pragma once

#include "listener/key_ring.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <vector>

namespace rollcall {

/// Keys that change while the daemon runs. Any thread.
class key_supply {
public:
    virtual ~key_supply() = default;

    /// Those that count now; empty as long as none could be had. Returns at once.
    virtual std::shared_ptr<const std::vector<webhook_key>> keys() const = 0;

    /// A check has failed: has the keys fetched again where that is allowed, and waits for it, a
    /// second at most. Whether the keys were published after `asked`, so that a signature which
    /// matches none of them now is wrong for certain. Completes on the caller's executor; cannot be
    /// cancelled.
    virtual boost::asio::awaitable<bool> renew(steady_time asked) = 0;
};

}  // namespace rollcall
