// From a webhook's scheduled send time until a `read_committed` reader sees its message, 500 a
// second, in arrival order. The floor: the same bodies straight into the intake topic, and a bare
// consume-produce-commit loop behind it. Then the whole way: HTTP, signature, intake, relay.
//
//   bench_latency [SECONDS]      default 10 seconds a row

#include "bench/bare_loop.hpp"
#include "bench/latencies.hpp"
#include "bench/signed_posts.hpp"
#include "core/log.hpp"
#include "http/server.hpp"
#include "intake/kafka_journal.hpp"
#include "kafka/admin.hpp"
#include "kafka/partition_reader.hpp"
#include "kafka/producer.hpp"
#include "listener/webhook_listener.hpp"
#include "relay/relay.hpp"
#include "support/broker.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <latch>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace rollcall;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::int32_t partitions = 6;
constexpr auto interval = 2ms;  // 500 a second
constexpr unsigned senders = 4;
constexpr std::size_t warm_up = 500;  // records that do not count

void check(const error_code& ec, const char* what)
{
    if (ec)
        throw std::runtime_error(std::string{what} + ": " + ec.message());
}

// The provider's event id in a body or in a message made of it.
std::string event_id_in(std::string_view text)
{
    const auto from = text.find("\"pe_");
    return from == std::string_view::npos
               ? std::string{}
               : std::string{text.substr(from + 1, text.find('"', from + 1) - from - 1)};
}

std::string_view body_of(const std::string& request)
{
    return std::string_view{request}.substr(request.find("\r\n\r\n") + 4);
}

std::string meeting_in(std::string_view body)
{
    constexpr std::string_view name = "\"bot_id\": \"";
    const auto from = body.find(name) + name.size();
    return std::string{body.substr(from, body.find('"', from) - from)};
}

struct scene {
    kafka_connection connection;
    std::string prefix = rollcall::test::unique_prefix();
    std::vector<std::string> requests;
    std::map<std::string, std::size_t> place;  // by event id
};

// Sends request i at start + i * interval, from a few threads, each with what `connect` gives it.
using send_one = std::function<void(std::size_t)>;
void send_all(
    const scene& s, steady_clock::time_point start, const std::function<send_one()>& connect
)
{
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < senders; ++t)
        threads.emplace_back([&, t] {
            const auto send = connect();
            for (std::size_t i = t; i < s.requests.size(); i += senders) {
                std::this_thread::sleep_until(start + i * interval);
                send(i);
            }
        });
}

// Reads until every event was seen; the times from the scheduled send.
bench::latencies watch(
    const scene& s,
    const std::string& topic,
    std::latch& reading,
    const steady_clock::time_point& start
)
{
    partition_reader reader{
        s.connection, s.prefix + "watch", partition_reader::isolation::read_committed};
    std::vector<topic_partition> positions;
    for (std::int32_t p = 0; p < partitions; ++p)
        positions.push_back({topic, p, 0});
    check(reader.assign(positions), "assign");
    for (std::int32_t ended = 0; ended < partitions;)
        ended += std::holds_alternative<end_of_partition>(reader.poll(10s)) ? 1 : 0;
    reading.count_down();
    bench::latencies seen;
    for (std::size_t n = 0; n < s.requests.size();) {
        auto next = reader.poll(10s);
        if (std::holds_alternative<std::monostate>(next))
            throw std::runtime_error("nothing more comes");
        const auto* record = std::get_if<consumed_record>(&next);
        if (!record)
            continue;
        const auto now = steady_clock::now();
        const auto i = s.place.at(event_id_in(record->value()));
        if (i >= warm_up)
            seen.add(now - (start + i * interval));
        ++n;
    }
    return seen;
}

void make_topics(const scene& s)
{
    admin topics{s.connection};
    for (const char* name :
         {"intake", "intake-bare", "attendance", "activity", "deadletter", "bare"})
        check(
            topics.create({.name = s.prefix + name, .partitions = partitions}, 30s),
            "create a topic"
        );
}

bench::latencies run(
    const scene& s, const std::string& topic, const std::function<send_one()>& connect
)
{
    std::latch reading{1};
    steady_clock::time_point start;
    bench::latencies seen;
    std::thread watcher{[&] { seen = watch(s, topic, reading, start); }};
    reading.wait();
    start = steady_clock::now() + 200ms;
    send_all(s, start, connect);
    watcher.join();
    return seen;
}

bench::latencies floor_of(const scene& s)
{
    const bench::bare_loop loop{
        s.connection, s.prefix + "intake-bare", s.prefix + "bare", s.prefix + "bare", partitions};
    std::latch started{1};
    std::atomic<bool> enough{false};
    std::jthread looping{[&] {
        loop.run([&] { started.count_down(); }, [&](std::int64_t) { return enough.load(); });
    }};
    started.wait();
    producer to{s.connection, {.timeout = 30s}};
    check(to.warm_up(s.prefix + "intake-bare", 30s), "warm up");
    boost::asio::io_context io;
    const auto topic = s.prefix + "intake-bare";
    auto seen = run(s, s.prefix + "bare", [&]() -> send_one {
        return [&](std::size_t i) {
            const auto body = body_of(s.requests[i]);
            const auto key = meeting_in(body);
            to.async_produce(
                outgoing_record{.topic = topic, .key = key, .value = body},
                [](error_code ec, delivery) { check(ec, "produce"); }
            );
        };
    });
    enough = true;
    return seen;
}

bench::latencies whole_way(const scene& s, const webhook_key& key)
{
    producer intake{s.connection, {}};
    check(intake.warm_up(s.prefix + "intake", 30s), "warm up");
    kafka_journal stored{intake, s.prefix + "intake"};
    webhook_listener hooks{
        {{.name = "bench", .from = find_provider("attendee"), .keys = {key}}}, stored};
    http::server server{
        {}, std::max(1U, std::thread::hardware_concurrency()), {"127.0.0.1:0"}, hooks};
    server.start();

    relay_counts counts;
    std::latch ready{1};
    std::atomic<bool> told{false};
    relay_hooks on;
    on.on_state = [&](const relay_state& state) {
        if (state.active == partitions && !told.exchange(true))
            ready.count_down();
    };
    relay works{
        s.connection,
        {.intake_topic = s.prefix + "intake",
         .output_topics = {s.prefix + "attendance", s.prefix + "activity"},
         .deadletter_topic = s.prefix + "deadletter",
         .group = s.prefix + "relay",
         .transactional_id = s.prefix + "relay",
         .roll = {.mode = ordering::arrival, .window = 24h * 3650}},
        counts,
        on};
    std::jthread relaying{[&](const std::stop_token& stop) { works.run(stop); }};
    ready.wait();
    return run(s, s.prefix + "attendance", [&]() -> send_one {
        struct connection {
            boost::asio::io_context io;
            boost::asio::ip::tcp::socket socket{io};
            std::string answer;
        };
        auto c = std::make_shared<connection>();
        c->socket.connect(server.local_endpoints().front());
        c->socket.set_option(boost::asio::ip::tcp::no_delay{true});
        return [&s, c](std::size_t i) {
            boost::asio::write(c->socket, boost::asio::buffer(s.requests[i]));
            const auto size = boost::asio::read_until(
                c->socket, boost::asio::dynamic_buffer(c->answer), "\r\n\r\n"
            );
            if (!c->answer.starts_with("HTTP/1.1 2"))
                throw std::runtime_error("refused: " + c->answer.substr(0, 40));
            c->answer.erase(0, size);
        };
    });
}

}  // namespace

int main(int argc, char** argv)
try {
    configure_logging(log_format::text, log_level::error);
    const auto seconds = argc > 1 ? std::atoi(argv[1]) : 10;
    rollcall::test::broker kafka;
    kafka.start();
    const webhook_key key{std::string(32, 'k')};
    scene s{.connection = {.bootstrap_servers = kafka.address()}};
    s.requests = bench::signed_posts(
        "/hooks/bench", key, static_cast<unsigned>(seconds) * 500 + warm_up, 500
    );
    for (std::size_t i = 0; i < s.requests.size(); ++i)
        s.place.emplace(event_id_in(body_of(s.requests[i])), i);
    make_topics(s);
    auto floor = floor_of(s);
    std::printf(
        "floor: bare loop    p50 %6.1f ms   p99 %6.1f ms\n",
        floor.percentile(0.5),
        floor.percentile(0.99)
    );
    auto seen = whole_way(s, key);
    std::printf(
        "webhook to visible  p50 %6.1f ms   p99 %6.1f ms   ratios %.2f (to reach 1.5 at most), "
        "%.2f (2 at most)\n",
        seen.percentile(0.5),
        seen.percentile(0.99),
        seen.percentile(0.5) / floor.percentile(0.5),
        seen.percentile(0.99) / floor.percentile(0.99)
    );
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "bench_latency: %s\n", e.what());
    return 1;
}
