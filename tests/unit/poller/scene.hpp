#pragma once

#include "poller/poller.hpp"
#include "support/eventually.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::test {

namespace asio = boost::asio;

/// Rows as the fake provider's answers hold them.
template <class... Rows>
std::string page(const Rows&... rows)
{
    std::string made;
    ((made += made.empty() ? rows : std::string{","} + rows), ...);
    return made;
}

std::vector<std::string> bodies(const std::vector<intake_record>& records);

/// What a test waits for under a lock, with an end.
class meeting_point {
public:
    std::mutex lock;
    void changed() { changed_.notify_all(); }
    template <class Predicate>
    void wait(std::unique_lock<std::mutex>& held, Predicate&& holds)
    {
        if (!changed_.wait_for(held, std::chrono::seconds{20}, holds))
            throw std::runtime_error{"what the test waits for has not come"};
    }

private:
    std::condition_variable changed_;
};

/// Holds coroutines of one thread back until it is told otherwise by any.
class barrier {
public:
    void hold();
    void release();
    /// Returns at once where nothing is held.
    asio::awaitable<void> pass();
    /// Lets those through that wait, on their thread.
    void interrupt();

private:
    std::mutex lock_;
    bool held_ = false;
    std::optional<asio::any_io_executor> on_;
    std::set<asio::steady_timer*> waiting_;  // only on the coroutines' thread
};

/// Polls `/<meeting>`, or `/list`, until it is told that the meeting has ended; then once
/// `/<meeting>?end`; one whose name begins with `bot_marked` then waits until it is told that it
/// has settled, and asks for `/<meeting>?` and what was told. Its state is how many rows it has
/// seen.
class fake_plan final : public poll_plan {
public:
    fake_plan(const poll_pace& pace, std::string meeting, std::string_view state);

    step next(timestamp now) const override;
    poll_outcome on_response(const poll_response& response, timestamp now) override;
    void on_stored(timestamp now) override;
    void on_ended(timestamp now) override;
    void on_settled(std::string_view told, timestamp now) override;
    void sweep(timestamp now) override;
    std::string state() const override;
    std::string_view phase() const override { return done_ ? "done" : "active"; }
    std::optional<timestamp> cursor() const override { return cursor_; }

private:
    void told();

    milliseconds interval_;
    std::string meeting_;
    std::size_t at_ = 0;
    std::size_t seen_ = 0;
    timestamp due_{};
    std::optional<timestamp> cursor_;
    bool ended_ = false;
    bool done_ = false;
    std::string settled_;  // what was told
    mutable bool told_since_next_ = false;
    mutable bool unstored_ = false;
};

/// Downloads `https://files.example/<meeting>?token=secret` until that is read to its end, and
/// marks it with a PATCH where the meeting's name begins with `file-marked`. Rows are parted by
/// commas; one that says `broken` cannot be read.
class file_plan final : public poll_plan {
public:
    explicit file_plan(std::string meeting) : meeting_{std::move(meeting)} {}

    static std::string url(const std::string& meeting)
    {
        return "https://files.example/" + meeting + "?token=secret";
    }
    step next(timestamp now) const override;
    reading open_download() override;
    poll_outcome on_response(const poll_response& response, timestamp now) override;
    void on_stored(timestamp now) override;
    void on_ended(timestamp) override {}
    void sweep(timestamp) override {}
    std::string state() const override { return "{}"; }
    std::string_view phase() const override { return "download"; }
    std::optional<timestamp> cursor() const override { return std::nullopt; }

private:
    std::string meeting_;
    bool read_ = false;
    bool downloaded_ = false;
    bool done_ = false;
};

class fake_provider : public provider {
public:
    std::string_view name() const override { return "fake"; }
    std::span<const std::string_view> signed_headers() const override { return {}; }
    result<webhook_key, fault> parse_secret(std::string_view text) const override;
    result<void, fault> verify(const webhook_request&, std::span<const webhook_key>, timestamp)
        const override;
    result<routing, fault> route(const webhook_request&) const override;
    result<normalised, fault> normalise(const intake_record&) const override;
    std::unique_ptr<poll_plan> follow(
        const poll_pace& pace, std::string meeting, std::string_view state
    ) const override;
    std::unique_ptr<poll_plan> list(const poll_pace& pace, std::string_view state) const override;
    headers request_headers(std::string_view api_key) const override;
    std::string_view default_base_url() const override { return "https://fake.example"; }
    unsigned requests_a_minute() const override { return 1'000'000; }
};

/// The REST API of all sources. Answers without rows where nothing else was said.
class fake_api {
public:
    void answers(const std::string& target, std::string body);
    void refuse(
        const std::string& target, unsigned status, int times, std::string retry_after = {}
    );
    void fail(const std::string& target, errc why, int times);
    /// The file at this URL, in parts; after the last one the end, or `then`.
    void holds(const std::string& url, std::vector<std::string> parts, errc then = errc::ok);
    /// Holds back answers, and parts of files.
    void hold() { gate_.hold(); }
    void release() { gate_.release(); }
    /// The body of the last request for it.
    std::string sent(const std::string& target);

    std::size_t asked(const std::string& target);
    void wait_for(const std::string& target, std::size_t times);

    std::unique_ptr<fetcher> make_fetcher();

private:
    class caller;
    class file_body;
    struct file {
        std::vector<std::string> parts;
        errc then;
    };
    struct trouble {
        fetched with;
        int times;
    };
    fetched answer(const std::string& target);
    void note(const poll_request& what);

    meeting_point at_;
    barrier gate_;
    std::map<std::string, std::string> bodies_;
    std::map<std::string, std::vector<trouble>> troubles_;
    std::map<std::string, std::size_t> asked_;
    std::map<std::string, std::string> sent_;
    std::map<std::string, file> files_;
};

class fake_journal final : public journal {
public:
    asio::awaitable<error_code> append(intake_record record) override;

    void fail(const std::string& body, errc why, int times = 1);
    void hold() { gate_.hold(); }
    void release() { gate_.release(); }
    /// Handed over, and not refused.
    std::vector<intake_record> records();
    std::vector<intake_record> wait_for(std::size_t count);

private:
    meeting_point at_;
    barrier gate_;
    std::vector<intake_record> records_;
    std::map<std::string, std::pair<errc, int>> failures_;
};

class fake_store final : public tracking_store {
public:
    struct told {
        std::int32_t partition;
        std::uint64_t ticket;
        tracked what;
    };
    void keep(std::int32_t partition, std::uint64_t ticket, tracked what) override;
    void forget(std::int32_t partition, std::uint64_t ticket, tracked what) override;

    std::vector<told> kept();
    std::vector<told> forgotten();
    std::vector<told> wait_for_kept(std::size_t count);
    std::vector<told> wait_for_forgotten(std::size_t count);

private:
    meeting_point at_;
    std::vector<told> kept_;
    std::vector<told> forgotten_;
};

/// A poller of three sources between fakes: `prod`; `other`, with a credential of its own; `twin`,
/// with that of `prod`. They poll every 2 ms and back off for a few.
class scene {
public:
    static constexpr timestamp noon{milliseconds{1'786'000'000'000}};
    static constexpr std::int32_t list_partition = 7;  // of `prod`; the others' never come

    scene();
    ~scene();  // NOLINT(bugprone-exception-escape): a thread that cannot be joined is a bug
    void start() { polls.start(); }
    void stop() { polls.stop(); }

    static tracked meeting(std::string id, std::string state = {})
    {
        return {.source = "prod", .meeting = std::move(id), .state = std::move(state)};
    }
    /// With the next ticket, from 1.
    void relay_owns(std::int32_t partition, std::vector<tracked> known);
    void sign(std::int32_t partition, const std::string& meeting, tracking_sign what);

    fake_provider provider;
    fake_api api;
    fake_journal journal;
    fake_store store;
    poller polls;

private:
    std::uint64_t ticket_ = 0;
};

}  // namespace rollcall::test
