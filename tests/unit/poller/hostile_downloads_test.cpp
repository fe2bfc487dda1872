// Downloads from those who mean harm, over real sockets, with the real client and the real poller.
#include "hostile_host.hpp"
#include "http/server.hpp"
#include "poller/http_fetcher.hpp"
#include "providers/given_up.hpp"
#include "providers/json_array_splitter.hpp"
#include "scene.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
// As <sanitizer/allocator_interface.h> has it, which does not come with every compiler.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();  // NOLINT(bugprone-*)
#endif

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

// Resident memory; where freed memory is kept aside to find mistakes, what is not freed.
std::size_t memory_in_use()
{
#ifdef __SANITIZE_ADDRESS__
    return __sanitizer_get_current_allocated_bytes();
#else
    std::size_t all = 0;
    std::size_t resident = 0;
    std::ifstream{"/proc/self/statm"} >> all >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
#endif
}

/// What plans have been told of their attempts.
class notebook {
public:
    struct attempt {
        unsigned status;
        std::string unreadable;
    };
    void add(const std::string& meeting, attempt what)
    {
        const std::lock_guard guard{lock_};
        told_[meeting].push_back(std::move(what));
    }
    std::vector<attempt> of(const std::string& meeting)
    {
        const std::lock_guard guard{lock_};
        return told_[meeting];
    }

private:
    std::mutex lock_;
    std::map<std::string, std::vector<attempt>> told_;
};

class element_reader final : public download_reader {
public:
    explicit element_reader(std::string meeting) : meeting_{std::move(meeting)} {}
    result<std::vector<polled_row>, fault> take(std::string_view bytes) override
    {
        auto elements = cut_.take(bytes);
        if (!elements)
            return elements.error();
        std::vector<polled_row> rows;
        for (auto& each : *elements)
            rows.push_back({.key = meeting_, .item = "row", .body = std::move(each.text)});
        return rows;
    }
    result<std::vector<polled_row>, fault> finish() override
    {
        if (const auto whole = cut_.finish(); !whole)
            return whole.error();
        return std::vector<polled_row>{};
    }

private:
    std::string meeting_;
    json_array_splitter cut_{array_limits{}};
};

/// Downloads one URL, three times at most.
class stubborn_plan final : public poll_plan {
public:
    stubborn_plan(std::string meeting, std::string url, notebook& notes)
        : meeting_{std::move(meeting)}, url_{std::move(url)}, notes_{notes}
    {
    }
    step next(timestamp) const override
    {
        if (done_)
            return done{};
        return poll_request{url_, poll_method::download};
    }
    reading open_download() override
    {
        return {meeting_, std::make_unique<element_reader>(meeting_)};
    }
    poll_outcome on_response(const poll_response& response, timestamp) override
    {
        notes_.add(meeting_, {response.status, response.unreadable});
        poll_outcome made;
        if (response.status == 200 && response.unreadable.empty()) {
            made.downloaded = meeting_;
        } else if (++failed_ < 3) {
            made.result = poll_result::failed;
        } else {
            const given_up why{"the file", response.unreadable, failed_};
            made.rows.push_back(make_row(meeting_, why));
        }
        return made;
    }
    void on_stored(timestamp) override { done_ = true; }
    void on_ended(timestamp) override {}
    void sweep(timestamp) override {}
    std::string state() const override { return "{}"; }
    std::string_view phase() const override { return "download"; }
    std::optional<timestamp> cursor() const override { return std::nullopt; }

private:
    std::string meeting_;
    std::string url_;
    notebook& notes_;
    unsigned failed_ = 0;
    bool done_ = false;
};

/// Of a meeting `file-...` it downloads what the rest of the name says.
class file_provider final : public fake_provider {
public:
    std::unique_ptr<poll_plan> follow(
        const poll_pace& pace, std::string meeting, std::string_view state
    ) const override
    {
        constexpr std::string_view file = "file-";
        if (!meeting.starts_with(file))
            return fake_provider::follow(pace, std::move(meeting), state);
        const auto name = meeting.substr(file.size());
        const bool whole = name.find("://") != std::string::npos;
        return std::make_unique<stubborn_plan>(
            std::move(meeting), whole ? name : files + "/" + name + "?token=a%3Ab", *notes
        );
    }
    std::string files;
    notebook* notes = nullptr;
};

/// Takes everything and keeps none of it.
class counting_journal final : public journal {
public:
    struct count {
        std::size_t rows = 0;
        std::size_t bytes = 0;
        std::size_t downloaded = 0;
        std::size_t given_up = 0;
    };
    asio::awaitable<error_code> append(intake_record record) override
    {
        const auto now = memory_in_use();
        const std::lock_guard guard{lock_};
        first_ = first_ == 0 ? now : first_;
        most_ = std::max(most_, now);
        auto& of = counts_[record.key];
        ++(record.notice == tracking_sign::downloaded ? of.downloaded
           : record.item == given_up_item             ? of.given_up
                                                      : of.rows);
        of.bytes += record.body.size();
        co_return error_code{};
    }
    count of(const std::string& meeting)
    {
        const std::lock_guard guard{lock_};
        return counts_[meeting];
    }
    /// By how much memory has grown at most since the first row.
    std::size_t growth()
    {
        const std::lock_guard guard{lock_};
        return most_ - first_;
    }

private:
    std::mutex lock_;
    std::map<std::string, count> counts_;
    std::size_t first_ = 0;
    std::size_t most_ = 0;
};

class quick_api final : public http::handler {
public:
    ~quick_api() override { server_.stop(milliseconds{0}); }
    quick_api() { server_.start(); }
    std::string url() const
    {
        return "http://127.0.0.1:" + std::to_string(server_.local_endpoints().front().port());
    }
    asio::awaitable<http::response> handle(const http::request&) override
    {
        ++asked;
        co_return http::response{};
    }
    std::atomic<int> asked{0};

private:
    http::server server_{{}, 1, {"127.0.0.1:0"}, *this};
};

class HostileDownloads : public testing::Test {
protected:
    HostileDownloads()
    {
        provider.files = host.origin();
        provider.notes = &notes;
        source.name = "prod";
        source.from = &provider;
        source.base_url = api.url();
        source.api_key = "k3y";
        source.answer_timeout = 300ms;
        source.pace.interval = milliseconds{2};
        source.downloads.hosts = {
            *parse_allowed_host(host.origin()), *parse_allowed_host("localhost")};
    }
    void start()
    {
        constexpr backoff few_ms{.first = milliseconds{1}, .cap = milliseconds{5}};
        schedule_pace pace;
        pace.object = few_ms;
        polls = std::make_unique<poller>(
            std::vector{source},
            poller_surroundings{
                .rows_to = rows,
                .store = store,
                .partition_of = [](std::string_view) { return 1'000; },
                .make_fetcher = make_http_fetcher},
            pace
        );
        polls->start();
    }

    hostile_host host;
    quick_api api;
    notebook notes;
    file_provider provider;
    counting_journal rows;
    fake_store store;
    polled_source source;
    std::unique_ptr<poller> polls;
};

struct expectation {
    std::string name;
    unsigned status;
    std::string unreadable;
};

TEST_F(HostileDownloads, AreRefusedOrBoundedWhileTheOthersGoOn)
{
    const auto text = [](errc code) { return make_error_code(code).message(); };
    const std::vector<expectation> expected{
        {"redirect", 302, ""},
        {"401", 401, ""},
        {"403", 403, ""},
        {"404", 404, ""},
        {"short", 200, text(errc::answer_broken)},
        {"stall", 200, text(errc::answer_timed_out)},
        {"endless", 200, text(errc::answer_too_large)},
        {"large", 200, text(errc::answer_too_large)},
        {"https://localhost/x", 0, text(errc::address_refused)},
        {"https://169.254.169.254/latest/meta-data",
         0,
         text(errc::host_refused) +
             ": https://169.254.169.254; `poll.downloads.hosts` allows further ones"},
        {"http://127.0.0.1:1/x",
         0,
         text(errc::host_refused) + ": http://127.0.0.1:1; `poll.downloads.hosts` allows further "
                                    "ones"},
        {"file:///etc/passwd", 0, text(errc::unsendable_request)},
    };
    source.downloads.max_bytes = 2UL * 1024 * 1024;
    start();
    std::vector<tracked> all{
        scene::meeting("file-good"),
        scene::meeting("file-garbage"),
        scene::meeting("file-long"),
        scene::meeting("bot_1")};
    for (const auto& each : expected)
        all.push_back(scene::meeting("file-" + each.name));
    polls->on_owned(0, 1, all);
    store.wait_for_forgotten(expected.size() + 3);
    const auto asked = api.asked.load();
    EXPECT_TRUE(eventually(10s, [&] { return api.asked > asked + 50; }));
    polls->stop();

    for (const auto& each : expected) {
        const auto told = notes.of("file-" + each.name);
        ASSERT_EQ(told.size(), 3U) << each.name;
        EXPECT_EQ(told.back().status, each.status) << each.name;
        EXPECT_EQ(told.back().unreadable, each.unreadable) << each.name;
        EXPECT_EQ(rows.of("file-" + each.name).downloaded, 0U) << each.name;
        EXPECT_EQ(rows.of("file-" + each.name).given_up, 1U) << each.name;
    }
    for (const auto* const name : {"file-garbage", "file-long"}) {
        EXPECT_FALSE(notes.of(name).back().unreadable.empty()) << name;
        EXPECT_EQ(rows.of(name).downloaded, 0U) << name;
    }
    EXPECT_EQ(rows.of("file-good").rows, 2U);
    EXPECT_EQ(rows.of("file-good").downloaded, 1U);
    EXPECT_EQ(host.asked("/inside"), 0);
    EXPECT_FALSE(host.saw_credential());
    const auto state = polls->states().front();
    EXPECT_FALSE(state.denied || state.failing || state.throttled);
}

TEST_F(HostileDownloads, OfThreeHundredMebibytesCostNoMemory)
{
    source.downloads.max_bytes = 1024UL * 1024 * 1024;
    source.answer_timeout = 30s;
    start();
    polls->on_owned(0, 1, {scene::meeting("file-huge")});
    ASSERT_TRUE(eventually(100s, [&] { return rows.of("file-huge").downloaded == 1; }));
    polls->stop();
    EXPECT_GE(rows.of("file-huge").bytes, hostile_host::huge_bytes);
    EXPECT_EQ(notes.of("file-huge").size(), 1U);
    // A twentieth of the file, and most of that is the allocator's.
    EXPECT_LT(rows.growth(), hostile_host::huge_bytes / 20);
    RecordProperty("growth_bytes", std::to_string(rows.growth()));
    std::cout << "memory grew by " << rows.growth() / 1024 << " KiB over "
              << hostile_host::huge_bytes / 1024 << " KiB\n";
}

}  // namespace
}  // namespace rollcall::test
