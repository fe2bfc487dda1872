// What the listener itself can take, and where its time goes: the server, the provider's check and
// a journal that completes at once, so everything but Kafka. This is the floor that the daemon with
// Kafka is measured against.
//
//   bench_listener [SECONDS [THREADS]]      default 3 seconds a row, as many threads as processors
#include "bench/http_load.hpp"
#include "bench/signed_posts.hpp"
#include "http/server.hpp"
#include "listener/webhook_listener.hpp"
#include "providers/attendee/attendee.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <thread>

namespace rollcall::bench {
namespace {

// Says that everything is stored.
class instant_journal final : public journal {
public:
    boost::asio::awaitable<error_code> append(intake_record) override { co_return error_code{}; }
};

// Answers without looking: what the server and the machine take.
class unread final : public http::handler {
public:
    boost::asio::awaitable<http::response> handle(const http::request&) override
    {
        http::response answer;
        answer.status = 202;
        co_return answer;
    }
};

double seconds_of(clockid_t clock)
{
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Processor time of the server: of all threads but the one that makes the load. It says the same on
// a busy machine.
double server_seconds()
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID) - seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

// One row: a load, its figures, and their ratio to a floor where there is one. Returns the rate.
template <class Load>
double measure(const char* name, double floor, Load make_load)
{
    const auto before = server_seconds();
    load_result measured = make_load();
    const auto spent = server_seconds() - before;
    std::printf(
        "%-36s %7.0f/s  p50 %7.3f ms  p99 %7.3f ms  %5.1f us CPU each",
        name,
        measured.rate(),
        measured.times.percentile(0.5),
        measured.times.percentile(0.99),
        spent * 1e6 / static_cast<double>(measured.sent)
    );
    if (floor > 0)
        std::printf("  ratio %.2f", measured.rate() / floor);
    if (measured.others > 0)
        std::printf("  NOT ACCEPTED: %llu", static_cast<unsigned long long>(measured.others));
    std::printf("\n");
    std::fflush(stdout);
    return measured.rate();
}

void run(std::chrono::milliseconds time, unsigned threads)
{
    configure_logging(log_format::text, log_level::warn);
    const auto& attendee = attendee::webhooks();
    const webhook_key key{std::string(32, 'k')};
    const auto posts = signed_posts("/hooks/bench", key, 5'000, 500);

    instant_journal stored;
    webhook_listener listening{{{.name = "bench", .from = &attendee, .keys = {key}}}, stored};
    unread nothing;
    http::server bare{{}, threads, {"127.0.0.1:0"}, nothing};
    http::server whole{{}, threads, {"127.0.0.1:0"}, listening};
    bare.start();
    whole.start();

    load asked{.to = bare.local_endpoints().front(), .requests = posts, .time = time};
    for (const unsigned connections : {64U, 256U}) {
        std::printf("closed loop, %u connections, %u threads\n", connections, threads);
        asked.connections = connections;
        asked.to = bare.local_endpoints().front();
        const auto floor = measure("  floor: HTTP alone", 0, [&] { return closed_loop(asked); });
        asked.to = whole.local_endpoints().front();
        measure("  verified, routed, not stored", floor, [&] { return closed_loop(asked); });
    }
    asked.connections = 64;
    for (const double rate : {500.0, 2'000.0}) {
        std::printf("open loop, %.0f/s from the scheduled send time\n", rate);
        asked.to = bare.local_endpoints().front();
        measure("  floor: HTTP alone", 0, [&] { return open_loop(asked, rate); });
        asked.to = whole.local_endpoints().front();
        measure("  verified, routed, not stored", 0, [&] { return open_loop(asked, rate); });
    }
    bare.stop(milliseconds{5'000});
    whole.stop(milliseconds{5'000});
}

}  // namespace
}  // namespace rollcall::bench

int main(int count, char** words)
{
    try {
        const auto seconds = count > 1 ? std::atof(words[1]) : 3.0;
        const auto threads = count > 2 ? static_cast<unsigned>(std::atoi(words[2]))
                                       : std::thread::hardware_concurrency();
        rollcall::bench::run(
            std::chrono::milliseconds{static_cast<long>(seconds * 1'000)}, threads
        );
        return EXIT_SUCCESS;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "bench_listener: %s\n", failure.what());
        return EXIT_FAILURE;
    }
}
