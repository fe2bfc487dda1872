// Webhooks through the listener: the server, the provider's check, and three kinds of journal's
// end. The floor is an answer at once after verifying, without Kafka; below it, for orientation,
// HTTP alone.
//
//   bench_listener [SECONDS [THREADS]]      default 3 seconds a row, as many threads as processors
//
// Kafka's rows need a broker in ROLLCALL_TEST_KAFKA, as `./dev bench` gives one; without it only
// the floors are run.

#include "bench/http_load.hpp"
#include "bench/signed_posts.hpp"
#include "http/server.hpp"
#include "intake/kafka_journal.hpp"
#include "kafka/admin.hpp"
#include "listener/webhook_listener.hpp"
#include "providers/attendee/attendee.hpp"
#include "support/broker.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
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

// The intake topic of a broker, fresh, with its producer ready.
class kafka_intake {
public:
    explicit kafka_intake(const kafka_connection& connection)
        : topic_{make_topic(connection)}, producer_{connection, {}}, journal_{producer_, topic_}
    {
        if (const auto ec = producer_.warm_up(topic_, patience))
            throw std::runtime_error{"no metadata: " + ec.message()};
    }
    journal& stored() { return journal_; }

private:
    static constexpr milliseconds patience{30'000};

    static std::string make_topic(const kafka_connection& connection)
    {
        const topic_plan plan{.name = test::unique_prefix() + "intake", .partitions = 12};
        if (const auto ec = admin{connection}.create(plan, patience))
            throw std::runtime_error{"topic not created: " + ec.message()};
        return plan.name;
    }

    std::string topic_;
    producer producer_;
    kafka_journal journal_;
};

// A server that stores in one journal.
class served {
public:
    served(journal& stored, const webhook_key& key, unsigned threads)
        : listening_{{{.name = "bench", .from = find_provider("attendee"), .keys = {key}}}, stored},
          serving_{{}, threads, {"127.0.0.1:0"}, listening_}
    {
        serving_.start();
    }
    load at(load what) const
    {
        what.to = serving_.local_endpoints().front();
        return what;
    }

private:
    webhook_listener listening_;
    http::server serving_;
};

constexpr std::chrono::milliseconds broker_warm_up{10'000};

void run(std::chrono::milliseconds time, unsigned threads)
{
    configure_logging(log_format::text, log_level::warn);
    const webhook_key key{std::string(32, 'k')};
    const auto posts = signed_posts("/hooks/bench", key, 5'000, 500);

    unread nothing;
    http::server bare{{}, threads, {"127.0.0.1:0"}, nothing};
    bare.start();
    instant_journal instant;
    const served verifying{instant, key, threads};
    std::optional<kafka_intake> intake;
    std::optional<served> storing;
    if (const char* broker = std::getenv("ROLLCALL_TEST_KAFKA")) {
        intake.emplace(kafka_connection{.bootstrap_servers = broker});
        storing.emplace(intake->stored(), key, threads);
    }

    load asked{.to = bare.local_endpoints().front(), .requests = posts, .time = time};
    if (storing)  // the broker's compiler takes seconds of load before it has done its work
        closed_loop(storing->at({.requests = posts, .connections = 64, .time = broker_warm_up}));
    const auto rows = [&](auto make_load) {
        measure("  HTTP alone", 0, [&] { return make_load(asked); });
        const auto floor = measure("  floor: answered after verifying", 0, [&] {
            return make_load(verifying.at(asked));
        });
        if (storing)
            measure("  stored in Kafka, acks=all", floor, [&] {
                return make_load(storing->at(asked));
            });
    };
    for (const unsigned connections : {64U, 256U}) {
        std::printf(
            "closed loop, %u connections, %u threads, bodies of 420 bytes\n", connections, threads
        );
        asked.connections = connections;
        rows([](const load& what) { return closed_loop(what); });
    }
    asked.connections = 64;
    for (const double rate : {500.0, 2'000.0}) {
        std::printf("open loop, %.0f/s, times from the scheduled send\n", rate);
        rows([rate](const load& what) { return open_loop(what, rate); });
    }
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
