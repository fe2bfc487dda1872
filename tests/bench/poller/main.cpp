// Ten thousand active meetings of Attendee on the poller's one thread, at the default interval,
// over HTTP against a server in a process of its own that answers without rows.
//
//   bench_poller [MEETINGS [SECONDS]]      default 10,000 meetings, 20 seconds after they are all
//   read

#include "http/server.hpp"
#include "poller/http_fetcher.hpp"
#include "poller/poller.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace rollcall::bench {
namespace {

using namespace std::chrono_literals;

// Every bot is in a meeting in which nothing happens.
class idle_meetings final : public http::handler {
public:
    boost::asio::awaitable<http::response> handle(const http::request& asked) override
    {
        http::response answer;
        answer.content_type = "application/json";
        answer.fields.emplace_back("Date", "Fri, 14 Aug 2026 09:00:00 GMT");
        const auto last = asked.path.substr(asked.path.rfind('/') + 1);
        if (last.starts_with("bot_"))
            answer.body.append(R"({"id":")")
                .append(last)
                .append(
                    R"(","metadata":{},"meeting_url":"https://meet.example/x","state":"joined_recording",)"
                    R"("events":[{"type":"joined_meeting","created_at":"2026-08-14T09:00:00Z"}],)"
                    R"("transcription_state":"not_started","recording_state":"in_progress"})"
                );
        else
            answer.body = R"({"next":null,"previous":null,"results":[]})";
        co_return answer;
    }
};

class uncalled_journal final : public journal {
public:
    boost::asio::awaitable<error_code> append(intake_record) override
    {
        ++appended;
        co_return error_code{};
    }
    std::size_t appended = 0;
};

struct counting_store final : tracking_store {
    void keep(std::int32_t, std::uint64_t, tracked) override { ++kept; }
    void forget(std::int32_t, std::uint64_t, tracked) override {}
    std::size_t kept = 0;
};

// The server, in a child that dies with us. Returns its port.
int start_server(pid_t& child)
{
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0)
        throw std::runtime_error{"no pipe for the server"};
    child = fork();
    if (child < 0)
        throw std::runtime_error{"no process for the server"};
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        idle_meetings answers;
        http::server server{{}, 1, {"127.0.0.1:0"}, answers};
        server.start();
        const int port = server.local_endpoints().front().port();
        if (write(pipe_ends[1], &port, sizeof port) != sizeof port)
            std::_Exit(1);
        for (;;)
            pause();
    }
    int port = 0;
    if (read(pipe_ends[0], &port, sizeof port) != sizeof port)
        throw std::runtime_error{"the server has not started"};
    return port;
}

double processor_seconds()
{
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::size_t resident_bytes()
{
    std::ifstream statm{"/proc/self/statm"};
    std::size_t all = 0;
    std::size_t resident = 0;
    statm >> all >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::vector<tracked> meetings(std::size_t count)
{
    std::vector<tracked> made;
    for (std::size_t n = 0; n < count; ++n) {
        auto id = std::to_string(n);
        id.insert(0, 16 - id.size(), '0');
        made.push_back({.source = "prod", .meeting = "bot_" + id, .state = ""});
    }
    return made;
}

void measure(int port, std::size_t count, std::chrono::seconds length)
{
    polled_source source;
    source.name = "prod";
    source.from = find_provider("attendee");
    source.base_url = "http://127.0.0.1:" + std::to_string(port);
    source.api_key = "key";
    source.requests_a_minute = 10'000'000;
    source.concurrency = 64;
    uncalled_journal journal;
    counting_store store;
    poller polls{
        {source},
        {.rows_to = journal,
         .store = store,
         .partition_of = [](std::string_view) { return -1; },
         .make_fetcher = make_http_fetcher}};
    polls.start();
    const auto before = resident_bytes();
    polls.on_owned(0, 1, meetings(count));
    const auto& counted = *polls.counts("prod");
    while (counted.requests < 3 * count)  // each one's state, events and chat
        std::this_thread::sleep_for(100ms);

    const auto requests = counted.requests.load();
    const auto spent = processor_seconds();
    const auto began = std::chrono::steady_clock::now();
    milliseconds lag{0};
    while (std::chrono::steady_clock::now() - began < length) {
        std::this_thread::sleep_for(500ms);
        lag = std::max(lag, polls.states().front().due_lag);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    const auto asked = static_cast<double>(counted.requests - requests);
    const auto used = processor_seconds() - spent;
    const auto resident = resident_bytes();
    const auto pace = [](milliseconds every) {
        return 1'000.0 / static_cast<double>(every.count());
    };
    const auto planned = static_cast<double>(count) *
                         (pace(source.pace.interval) + 2 * pace(source.pace.discovery_interval));
    polls.stop();
    std::printf(
        "meetings                 %zu, followed %llu\n",
        count,
        static_cast<unsigned long long>(counted.followed)
    );
    std::printf(
        "planned                  %.0f requests/s (waits are up to 10 %% longer: -5 %%)\n", planned
    );
    std::printf(
        "reached                  %.0f requests/s, ratio %.2f\n",
        asked / took.count(),
        asked / took.count() / planned
    );
    std::printf("failed                   %llu\n", static_cast<unsigned long long>(counted.failed));
    std::printf(
        "latest                   %lld ms after it was due\n", static_cast<long long>(lag.count())
    );
    std::printf(
        "processor                %.2f of a core, %.1f us a request\n",
        used / took.count(),
        used * 1e6 / asked
    );
    std::printf(
        "memory                   %.1f MiB, %.0f bytes a meeting\n",
        static_cast<double>(resident) / (1 << 20),
        static_cast<double>(resident - before) / static_cast<double>(count)
    );
    std::printf("rows stored              %zu, states kept %zu\n", journal.appended, store.kept);
}

}  // namespace
}  // namespace rollcall::bench

int main(int argc, char** argv)
try {
    const std::size_t meetings = argc > 1 ? std::stoul(argv[1]) : 10'000;
    const std::chrono::seconds length{argc > 2 ? std::stol(argv[2]) : 20};
    pid_t server = 0;
    const int port = rollcall::bench::start_server(server);
    rollcall::bench::measure(port, meetings, length);
    kill(server, SIGKILL);
    waitpid(server, nullptr, 0);
} catch (const std::exception& failure) {
    std::fprintf(stderr, "bench_poller: %s\n", failure.what());
    return 1;
}
