#pragma once

#include "core/log.hpp"
#include "http/client.hpp"
#include "listener/key_supply.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace rollcall {

/// Fetches the key that a provider publishes, on a thread of its own, by its `key_ring`. Outlives
/// whoever asks for keys.
class key_keeper final : public key_supply {
public:
    struct options {
        std::string source;              ///< for the log
        const provider* from = nullptr;  ///< reads the answer
        std::string url;                 ///< `https://host[:port]/path`; empty: the provider's own
        std::string ca_file;             ///< PEM, in place of the system's roots; empty: those
        key_pace pace;
        milliseconds longest_wait{1'000};  ///< of a request, for a key: senders wait 3 s in all
        milliseconds connect_timeout{5'000};
        milliseconds answer_timeout{5'000};
    };

    /// Begins to fetch at once. Throws `std::invalid_argument` on a bad URL or a `ca_file` without
    /// certificates.
    explicit key_keeper(options how);
    ~key_keeper() override;
    key_keeper(const key_keeper&) = delete;
    key_keeper& operator=(const key_keeper&) = delete;

    std::shared_ptr<const std::vector<webhook_key>> keys() const override;
    boost::asio::awaitable<bool> renew(steady_time asked) override;

private:
    // All of it on the keeper's thread.
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<void> fetch();
    boost::asio::awaitable<bool> wait_for_fetch(steady_time asked);
    void take(const result<http::client_answer>& answer);
    void give_up(std::string_view why, std::string_view details);
    void show(steady_time now);

    options how_;
    stage_log log_{"keys"};
    boost::asio::io_context io_{1};
    std::string target_;
    http::client client_;
    key_ring ring_;
    boost::asio::steady_timer next_{io_};
    bool wanted_ = false;  // by a check that has failed
    bool fetching_ = false;
    bool stopping_ = false;
    std::list<boost::asio::steady_timer> waiting_;  // requests, for the end of a fetch

    mutable std::mutex mutex_;
    std::shared_ptr<const std::vector<webhook_key>> shown_;
    std::jthread thread_;
};

}  // namespace rollcall
