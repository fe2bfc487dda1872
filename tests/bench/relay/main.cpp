// The relay against its floors, in one run on one broker:
//   a backlog of intake records: a bare consume-produce-commit loop, then the relay
//   a restore of as many identities: plain consumption of the same topic, then the restorer
//
//   bench_relay [RECORDS]      default 1,000,000

#include "bench/bare_loop.hpp"
#include "core/log.hpp"
#include "kafka/admin.hpp"
#include "kafka/partition_reader.hpp"
#include "kafka/producer.hpp"
#include "relay/relay.hpp"
#include "relay/restorer.hpp"
#include "support/broker.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using namespace rollcall;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::int32_t partitions = 6;
constexpr std::int64_t events_per_meeting = 100;
constexpr std::size_t batch = 5'000;

double seconds_since(steady_clock::time_point start)
{
    return std::chrono::duration<double>(steady_clock::now() - start).count();
}

// Processor time of all threads: it says the same on a busy machine.
double processor_seconds()
{
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double resident_mebibytes()
{
    std::ifstream statm{"/proc/self/statm"};
    long total = 0, resident = 0;
    statm >> total >> resident;
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) /
           (1024 * 1024);
}

void check(const error_code& ec, const char* what)
{
    if (ec)
        throw std::runtime_error(std::string{what} + ": " + ec.message());
}

// An Attendee body of about 420 bytes.
std::string body_of(std::int64_t n, timestamp at)
{
    const std::string meeting =
        "bot_Xk3vQ9Tm" + std::to_string(100'000'000 + n / events_per_meeting);
    const std::int64_t person = n % events_per_meeting / 2;
    return R"({"idempotency_key": "60a97441-5406-4c7f-9fdc-)" +
           std::to_string(100'000'000'000 + n) + R"(", "bot_id": ")" + meeting +
           R"(", "bot_metadata": {"room": "standup", "customer": "acme"}, "trigger": )" +
           R"("participant_events.join_leave", "data": {"id": "pe_)" +
           std::to_string(1'000'000'000'000'000 + n) + R"(", "event_data": {}, "event_type": ")" +
           (n % 2 == 0 ? "join" : "leave") + R"(", "timestamp_ms": )" +
           std::to_string(at.time_since_epoch().count()) +
           R"(, "participant_name": "Ada Lovelace", "participant_uuid": "8:orgid:5d2f6c1e-9a40-4c6b-8f0e-)" +
           std::to_string(person) +
           R"(", "participant_is_host": true, "participant_user_uuid": null}})";
}

void fill_intake(const kafka_connection& connection, const std::string& topic, std::int64_t records)
{
    producer to{connection, {.timeout = 60s, .max_in_flight = 100'000, .linger = 5ms}};
    check(to.warm_up(topic, 30s), "warm up");
    boost::asio::io_context io;
    const timestamp start = wall_clock() - milliseconds{records};
    std::int64_t sent = 0, done = 0;
    while (done < records) {
        for (; sent < records && sent - done < 50'000; ++sent) {
            intake_record record;
            const timestamp at = start + milliseconds{sent};
            record.body = body_of(sent, at);
            record.key = "bot_Xk3vQ9Tm" + std::to_string(100'000'000 + sent / events_per_meeting);
            record.source = "attendee-prod";
            record.provider = "attendee";
            record.received_at = at;
            record.delivery_id = "60a97441-5406-4c7f-9fdc-" + std::to_string(sent);
            record.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            record.signed_headers = {
                {"x-webhook-signature", "BUtyqXO9aHPCa2Gf/r5ep2+N+/OQ+rhDkpnIvHyB+UU="}};
            const headers with = arrival_headers(record);
            to.async_produce(
                outgoing_record{
                    .topic = topic, .key = record.key, .value = record.body, .with = &with},
                boost::asio::bind_executor(
                    io.get_executor(),
                    [&done](error_code ec, delivery) {
                        check(ec, "fill the intake");
                        ++done;
                    }
                )
            );
        }
        io.restart();
        io.run_one_for(1s);
        io.poll();
    }
}

double bare_run(const kafka_connection& connection, const std::string& prefix, std::int64_t records)
{
    const bench::bare_loop loop{
        connection, prefix + "intake", prefix + "bare", prefix + "bare", partitions, batch};
    steady_clock::time_point start;
    loop.run(
        [&] { start = steady_clock::now(); }, [&](std::int64_t done) { return done >= records; }
    );
    return seconds_since(start);
}

relay_settings settings_of(const std::string& prefix, const std::string& group, ordering mode)
{
    return {
        .intake_topic = prefix + "intake",
        .output_topics = {prefix + "attendance-" + group, prefix + "activity-" + group},
        .deadletter_topic = prefix + "deadletter",
        .group = prefix + group,
        .transactional_id = prefix + group,
        .batch = batch,
        .roll = {.mode = mode}};
}

double relay_run(
    const kafka_connection& connection,
    const relay_settings& how,
    std::int64_t records,
    relay_counts& counts
)
{
    std::mutex mutex;
    std::condition_variable changed;
    bool active = false;
    relay_hooks hooks;
    hooks.on_state = [&](const relay_state& state) {
        const std::lock_guard lock{mutex};
        active = state.active > 0;
        changed.notify_all();
    };
    relay works{connection, how, counts, hooks};
    std::jthread loop{[&works](std::stop_token stop) { works.run(stop); }};
    {
        std::unique_lock lock{mutex};
        changed.wait(lock, [&] { return active; });
    }
    const auto start = steady_clock::now();
    while (counts.books.published() < static_cast<std::uint64_t>(records))
        std::this_thread::sleep_for(5ms);
    return seconds_since(start);
}

// Every record with its headers is looked at and dropped.
double plain_consumption(
    const kafka_connection& connection, const std::string& topic, std::int64_t& records
)
{
    std::size_t bytes = 0;
    auto look = [&bytes](std::string_view name, std::string_view value) {
        bytes += name.size() + value.size();
    };
    partition_reader reader{connection, "bench-plain", partition_reader::isolation::read_committed};
    std::vector<topic_partition> positions;
    for (std::int32_t p = 0; p < partitions; ++p)
        positions.push_back({topic, p, 0});
    const auto start = steady_clock::now();
    check(reader.assign(positions), "assign");
    std::set<std::int32_t> ended;
    for (records = 0; ended.size() < partitions;) {
        auto next = reader.poll(1s);
        if (const auto* record = std::get_if<consumed_record>(&next)) {
            ++records;
            bytes += record->key().size() + record->value().size();
            record->for_each_header(look);
        }
        if (const auto* end = std::get_if<end_of_partition>(&next))
            ended.insert(end->partition);
    }
    if (bytes == 0)
        throw std::runtime_error("there was nothing to consume");
    return seconds_since(start);
}

double restore(
    const kafka_connection& connection,
    const relay_settings& how,
    double& bytes,
    std::size_t& identities
)
{
    restorer restores{
        connection,
        {.group = how.group,
         .intake_topic = how.intake_topic,
         .output_topics = how.output_topics,
         .window = 80h}};
    const double before = resident_mebibytes();
    const auto start = steady_clock::now();
    std::map<std::int32_t, std::uint64_t> tickets;
    for (std::int32_t p = 0; p < partitions; ++p)
        tickets.emplace(p, 1);
    restores.request(tickets);
    std::vector<restored_partition> all;
    while (all.size() < partitions) {
        for (auto& one : restores.take_finished())
            all.push_back(std::move(one));
        std::this_thread::sleep_for(1ms);
    }
    const double took = seconds_since(start);
    for (const auto& one : all)
        identities += one.known->identities();
    bytes = (resident_mebibytes() - before) * 1024 * 1024 / static_cast<double>(identities);
    return took;
}

}  // namespace

int main(int argc, char** argv)
try {
    const std::int64_t records = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
    configure_logging(log_format::text, log_level::warn);
    rollcall::test::broker kafka;
    kafka.start();
    const kafka_connection connection{.bootstrap_servers = kafka.address()};
    const std::string prefix = "bench.";
    admin topics{connection};
    for (const char* name :
         {"intake",
          "bare",
          "attendance-arrival",
          "activity-arrival",
          "attendance-event_time",
          "activity-event_time",
          "deadletter"})
        check(
            topics.create({.name = prefix + name, .partitions = partitions}, 30s), "create a topic"
        );

    std::printf("filling the intake with %lld records ...\n", static_cast<long long>(records));
    fill_intake(connection, prefix + "intake", records);

    const auto rate = [&](double took) { return static_cast<double>(records) / took; };
    const double floor = bare_run(connection, prefix, records);
    std::printf("backlog  floor: bare loop            %9.0f records/s\n", rate(floor));
    for (const auto& [name, mode] :
         {std::pair{"arrival", ordering::arrival}, std::pair{"event_time", ordering::event_time}}) {
        relay_counts counts;
        const auto how = settings_of(prefix, name, mode);
        // By event time the last hold of each partition ends with the clock, not with the backlog.
        const double took = relay_run(connection, how, records, counts);
        std::printf(
            "backlog  relay, %-12s         %9.0f records/s   ratio %.2f (to reach 0.50)   RSS %.0f "
            "MiB\n",
            name,
            rate(took),
            floor / took,
            resident_mebibytes()
        );
    }

    const auto how = settings_of(prefix, "arrival", ordering::arrival);
    std::int64_t consumed = 0;
    double spent = processor_seconds();
    const double plain = plain_consumption(connection, how.output_topics[0], consumed);
    spent = processor_seconds() - spent;
    std::printf(
        "restore  floor: plain consumption    %9.0f records/s   %.1f us CPU each\n",
        static_cast<double>(consumed) / plain,
        spent * 1e6 / static_cast<double>(consumed)
    );
    double bytes = 0;
    std::size_t identities = 0;
    spent = processor_seconds();
    const double took = restore(connection, how, bytes, identities);
    spent = processor_seconds() - spent;
    std::printf(
        "restore  restorer                    %9.0f records/s   %.1f us CPU each   ratio %.2f (to "
        "reach 0.70)   %zu identities, %.0f bytes each (RSS; meetings still open)\n",
        static_cast<double>(identities) / took,
        spent * 1e6 / static_cast<double>(identities),
        plain / took * static_cast<double>(identities) / static_cast<double>(consumed),
        identities,
        bytes
    );
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "bench_relay: %s\n", e.what());
    return 1;
}
