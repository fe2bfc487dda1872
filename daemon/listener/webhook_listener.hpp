#pragma once

#include "core/journal.hpp"
#include "core/log.hpp"
#include "core/time.hpp"
#include "http/handler.hpp"
#include "listener/first_time_names.hpp"
#include "listener/key_supply.hpp"
#include "listener/signature_alarm.hpp"
#include "listener/source_counters.hpp"
#include "providers/provider.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

/// A source as the listener sees it.
struct hook {
    std::string name;
    const provider* from = nullptr;
    std::vector<webhook_key> keys;
    key_supply* published = nullptr;  ///< in their place, where the provider publishes its key
    std::string query_token;          ///< asked for before anything else; empty: it is not
    bool unsigned_allowed = false;    ///< with the token, where there is no signature at all
    /// What the pointers point into, where nobody else keeps it: kept as long as this hook is
    /// asked.
    std::shared_ptr<const void> keeps;
};

/// `POST /hooks/{source}`, and OPTIONS where the provider has the validation handshake: authentic
/// webhooks go to the journal, and only what it holds is answered 2xx. Serves all threads of the
/// server at once; the journal outlives it.
class webhook_listener final : public http::handler {
public:
    webhook_listener(
        std::vector<hook> hooks, journal& stored_in, std::function<timestamp()> clock = wall_clock
    );

    boost::asio::awaitable<http::response> handle(const http::request& asked) override;

    /// Takes these in the place of those before, for requests whose handling begins from now on.
    /// What was counted of a source goes on, also of one that was away. Any thread.
    void replace(std::vector<hook> hooks);

    /// Null where there is no such source. Valid as long as the listener.
    const source_counters* counters(std::string_view source) const;
    /// Of every source there is or was, by name; valid as long as the listener. Any thread.
    std::map<std::string, const source_counters*> all_counters() const;
    /// The sources whose provider publishes its key, as long as none could be had. Any thread.
    std::vector<std::string> without_key() const;

private:
    /// What is remembered of a source, whatever becomes of its settings.
    struct memory {
        source_counters counted;
        signature_alarm alarm;
        first_time_names ignored;
    };
    struct entry {
        hook of;
        source_counters& counted;
        signature_alarm& alarm;
        first_time_names& ignored;
    };
    using entries = std::map<std::string, std::shared_ptr<entry>, std::less<>>;

    std::shared_ptr<entry> find(std::string_view path) const;
    /// The answer to what cannot be a webhook.
    std::optional<http::response> reject(const http::request& asked, entry& to);
    result<void, fault> verify(const http::request& asked, const entry& to, timestamp now) const;
    result<void, fault> verify_signature(const http::request& asked, const entry& to, timestamp now)
        const;
    static bool may_need_newer_key(const http::request& asked, const entry& to, const fault& why);
    static http::response undecided(entry& to);
    http::response refuse(entry& to, errc why, timestamp now);
    void note_ignored(entry& to, const std::string& what);
    boost::asio::awaitable<error_code> store(std::vector<intake_record> records, entry& to);
    static std::vector<parcel> unread(const webhook_request& request, entry& to);
    std::vector<intake_record> make_records(
        const http::request& asked, entry& to, std::vector<parcel> parcels, timestamp now
    );
    static http::response success(const entry& to);
    http::response report(
        const http::request& asked, entry& to, const fault& unreadable, const error_code& ec
    );
    void note_outcome(const error_code& ec);

    mutable std::mutex mutex_;  // for the two below
    std::shared_ptr<const entries> entries_;
    std::map<std::string, std::unique_ptr<memory>, std::less<>> memories_;
    journal& journal_;
    std::function<timestamp()> clock_;
    stage_log log_{"listener"};
    std::atomic<std::uint64_t> failed_in_a_row_{0};
};

}  // namespace rollcall
