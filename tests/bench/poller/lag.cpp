// Ten thousand active meetings of Attendee at the default interval, by the daemon itself as a
// process of its own with a real Kafka, against a server in another process. First nothing happens
// in them: what that costs in requests, and in writes to Kafka. Then rows appear at known times:
// how long until a `read_committed` reader sees each.
//
//   bench_poll_lag [MEETINGS [SECONDS [ROWS_A_SECOND]]]      default 10,000, 20 for each half, 200

#include "bench/latencies.hpp"
#include "harness/deployment.hpp"
#include "http/server.hpp"
#include "kafka/partition_reader.hpp"
#include "simulator/calendar.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rollcall::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using system_clock = std::chrono::system_clock;

constexpr std::size_t rows_a_page = 25;  // Attendee's
constexpr std::int32_t partitions = 6;

struct world {
    std::size_t meetings = 10'000;
    std::chrono::seconds length{20};
    std::size_t rows_a_second = 200;

    std::size_t rows() const { return rows_a_second * static_cast<std::size_t>(length.count()); }
    microseconds appears_after(std::size_t row) const
    {
        return microseconds{row * 1'000'000 / rows_a_second};
    }
};

// What the server, in its own process, and the measurement share.
struct shared_counts {
    std::atomic<std::int64_t> first_row{0};  // microseconds since 1970; 0: nothing appears yet
    std::atomic<std::uint64_t> lists{0};
    std::atomic<std::uint64_t> bots{0};
    std::atomic<std::uint64_t> events{0};
    std::atomic<std::uint64_t> chats{0};
};

struct requests {
    std::uint64_t lists, bots, events, chats;
    std::uint64_t all() const { return lists + bots + events + chats; }
};

requests read(const shared_counts& from)
{
    return {from.lists, from.bots, from.events, from.chats};
}

requests operator-(const requests& a, const requests& b)
{
    return {a.lists - b.lists, a.bots - b.bots, a.events - b.events, a.chats - b.chats};
}

std::size_t number_in(std::string_view text)
{
    std::size_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// Row n appears in meeting n, and after the last meeting in the first again.
class many_meetings final : public http::handler {
public:
    many_meetings(const world& of, shared_counts& counted) : of_{of}, counted_{counted}
    {
        const auto begun = std::chrono::floor<std::chrono::seconds>(system_clock::now() - 1min);
        joined_at_ = to_rfc3339(std::chrono::time_point_cast<milliseconds>(begun));
    }

    boost::asio::awaitable<http::response> handle(const http::request& asked) override
    {
        http::response answer;
        answer.content_type = "application/json";
        answer.fields.emplace_back(
            "Date", simulator::http_date(std::chrono::floor<milliseconds>(system_clock::now()))
        );
        const auto last = asked.path.substr(asked.path.rfind('/') + 1);
        if (last == "bots") {
            ++counted_.lists;
            answer.body = list(asked.query);
        } else if (last == "participant_events") {
            ++counted_.events;
            constexpr std::string_view before_id = "/api/v1/bots/bot_";
            answer.body = page(rows(number_in(asked.path.substr(before_id.size()))), {});
        } else if (last == "chat_messages") {
            ++counted_.chats;
            answer.body = page({}, {});
        } else {
            ++counted_.bots;
            answer.body = bot(last);
        }
        co_return answer;
    }

private:
    static std::string page(const std::string& rows, const std::string& next)
    {
        return R"({"next":)" + (next.empty() ? "null" : next) + R"(,"previous":null,"results":[)" +
               rows + "]}";
    }

    std::string bot(std::string_view id) const
    {
        return R"({"id":")" + std::string{id} +
               R"(","metadata":{},"meeting_url":"https://meet.example/x","state":"joined_recording",)"
               R"("events":[{"type":"joined_meeting","created_at":")" +
               joined_at_ +
               R"("}],"transcription_state":"not_started","recording_state":"in_progress"})";
    }

    std::string list(std::string_view query) const
    {
        if (query.find("states=joining") == std::string_view::npos)
            return page({}, {});
        constexpr std::string_view name = "cursor=";
        const auto at = query.find(name);
        const auto from =
            at == std::string_view::npos ? 0 : number_in(query.substr(at + name.size()));
        const auto to = std::min(from + rows_a_page, of_.meetings);
        std::string bots;
        for (auto n = from; n < to; ++n)
            bots.append(bots.empty() ? "" : ",").append(bot(meeting_id(n)));
        const auto next = "\"http://inside/?cursor=" + std::to_string(to) + "\"";
        return page(bots, to < of_.meetings ? next : "");
    }

    static std::string meeting_id(std::size_t number)
    {
        auto id = std::to_string(number);
        return "bot_" + id.insert(0, 16 - id.size(), '0');
    }

    std::string rows(std::size_t meeting) const
    {
        const auto first = microseconds{counted_.first_row.load()};
        const auto now = std::chrono::floor<microseconds>(system_clock::now()).time_since_epoch();
        std::string all;
        for (auto row = meeting; first.count() != 0 && row < of_.rows(); row += of_.meetings) {
            const auto at = first + of_.appears_after(row);
            if (at > now)
                break;
            all.append(all.empty() ? "" : ",")
                .append(R"({"id":"pe_)")
                .append(std::to_string(row))
                .append(R"(","participant_name":"Ada","participant_uuid":"16778240",)"
                        R"("participant_user_uuid":null,"participant_is_host":false,)"
                        R"("event_type":"join","event_data":{},"timestamp_ms":)")
                .append(std::to_string(at / 1ms))
                .append("}");
        }
        return all;
    }

    world of_;
    shared_counts& counted_;
    std::string joined_at_;
};

// Dies with us.
class server_process {
public:
    server_process(const world& of, shared_counts& counted)
    {
        int pipe_ends[2];
        if (pipe(pipe_ends) != 0)
            throw std::runtime_error{"no pipe for the server"};
        id_ = fork();
        if (id_ < 0)
            throw std::runtime_error{"no process for the server"};
        if (id_ == 0)
            serve(of, counted, pipe_ends[1]);
        if (::read(pipe_ends[0], &port_, sizeof port_) != sizeof port_)
            throw std::runtime_error{"the server has not started"};
    }
    ~server_process()
    {
        kill(id_, SIGKILL);
        waitpid(id_, nullptr, 0);
    }
    server_process(const server_process&) = delete;
    server_process& operator=(const server_process&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

private:
    [[noreturn]] static void serve(const world& of, shared_counts& counted, int port_to)
    {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        many_meetings answers{of, counted};
        http::server server{{}, 1, {"127.0.0.1:0"}, answers};
        server.start();
        const int port = server.local_endpoints().front().port();
        if (write(port_to, &port, sizeof port) != sizeof port)
            std::_Exit(1);
        for (;;)
            pause();
    }

    pid_t id_ = 0;
    int port_ = 0;
};

shared_counts& make_shared_counts()
{
    void* const room = mmap(
        nullptr, sizeof(shared_counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0
    );
    if (room == MAP_FAILED)
        throw std::runtime_error{"no memory to share"};
    return *new (room) shared_counts;
}

void check(const error_code& ec, const char* what)
{
    if (ec)
        throw std::runtime_error{std::string{what} + ": " + ec.message()};
}

// One past the last record of every partition: transactions' own marks count, too.
struct written {
    std::int64_t intake = 0, published = 0, tracking = 0;
    std::int64_t all() const { return intake + published + tracking; }
    bool operator==(const written&) const = default;
};

class kafka_view {
public:
    explicit kafka_view(const test::deployment& of)
        : of_{of},
          connection_{.bootstrap_servers = of.kafka()},
          reader_{connection_, of.topic("bench"), partition_reader::isolation::read_committed}
    {
    }

    written ends()
    {
        return {
            end_of("intake"),
            end_of("attendance") + end_of("activity") + end_of("deadletter"),
            end_of("tracking")};
    }

    /// The lags of all rows, of what is published from now on. `first` tells when the first row is
    /// to appear.
    template <class Begin>
    latencies watch(const world& rows, Begin&& begin)
    {
        std::vector<topic_partition> from;
        for (std::int32_t p = 0; p < partitions; ++p)
            from.push_back({of_.topic("attendance"), p, marks("attendance", p).high});
        check(reader_.assign(from), "assign");
        const microseconds first = begin();
        latencies seen;
        while (seen.size() < rows.rows()) {
            auto next = reader_.poll(20s);
            if (std::holds_alternative<std::monostate>(next))
                throw std::runtime_error{"nothing more comes"};
            const auto* record = std::get_if<consumed_record>(&next);
            if (!record)
                continue;
            const auto now = system_clock::now().time_since_epoch();
            constexpr std::string_view name = "\"pe_";
            const auto at = record->value().find(name);
            if (at == std::string_view::npos)
                continue;
            const auto row = number_in(record->value().substr(at + name.size()));
            seen.add(now - (first + rows.appears_after(row)));
        }
        return seen;
    }

private:
    watermarks marks(const char* topic, std::int32_t partition)
    {
        const auto found = reader_.query_watermarks(of_.topic(topic), partition, 10s);
        check(found ? error_code{} : found.error(), topic);
        return *found;
    }
    std::int64_t end_of(const char* topic)
    {
        const auto count = reader_.partition_count(of_.topic(topic), 10s);
        check(count ? error_code{} : count.error(), topic);
        std::int64_t all = 0;
        for (std::int32_t p = 0; p < *count; ++p)
            all += marks(topic, p).high;
        return all;
    }

    const test::deployment& of_;
    kafka_connection connection_;
    partition_reader reader_;
};

// What the daemon used in a time.
class usage {
public:
    usage(const test::instance& of, const shared_counts& counted) : of_{of}, counted_{counted} {}

    requests asked() const { return read(counted_) - asked_; }
    void print(const char* name, double planned) const
    {
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
        const auto used = of_.processor_seconds() - used_;
        const auto all = static_cast<double>(asked().all());
        std::printf(
            "%-24s %.0f requests/s of %.0f planned, ratio %.2f; %.2f of a core, %.1f MiB\n",
            name,
            all / took.count(),
            planned,
            all / took.count() / planned,
            used / took.count(),
            static_cast<double>(of_.resident_bytes()) / (1 << 20)
        );
    }

private:
    const test::instance& of_;
    const shared_counts& counted_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    double used_ = of_.processor_seconds();
    requests asked_ = read(counted_);
};

void until_all_are_read(const world& of, const shared_counts& counted, kafka_view& kafka)
{
    const bool read_once = test::eventually(5min, [&] {
        return counted.bots >= of.meetings && counted.events >= of.meetings &&
               counted.chats >= of.meetings;
    });
    if (!read_once)
        throw std::runtime_error{"the meetings are not found, or not read"};
    // What that has written, and every meeting's first round, is over once nothing more is written.
    auto before = kafka.ends();
    const bool quiet = test::eventually(1min, [&] {
        std::this_thread::sleep_for(4s);
        const auto after = kafka.ends();
        return std::exchange(before, after) == after;
    });
    if (!quiet)
        throw std::runtime_error{"Kafka is written to though nothing happens"};
}

// Requests a second: what one interval, two discovery intervals, and the walk over the list bring.
double planned(const world& of, const test::polling& how)
{
    const auto meetings = static_cast<double>(of.meetings);
    const auto pace = [](milliseconds every) {
        return 1'000.0 / static_cast<double>(every.count());
    };
    const auto pages = meetings / rows_a_page;
    return meetings * (pace(how.interval) + 2 * pace(how.discovery_interval)) +
           pages * pace(how.discovery_interval);
}

void measure_idle(const world& of, const usage& used, const test::polling& how, kafka_view& kafka)
{
    const auto before = kafka.ends();
    std::this_thread::sleep_for(of.length);
    const auto after = kafka.ends();
    const auto asked = used.asked();
    const auto rounds = static_cast<double>(of.meetings) * static_cast<double>(of.length / 1ms) /
                        static_cast<double>(how.interval.count());
    used.print("idle", planned(of, how));
    std::printf(
        "  an idle round          %.2f requests (waits are up to 10 %% longer: -5 %%); besides "
        "%llu "
        "looks at a bot, %llu at its chat, %llu pages of the list\n",
        static_cast<double>(asked.events) / rounds,
        static_cast<unsigned long long>(asked.bots),
        static_cast<unsigned long long>(asked.chats),
        static_cast<unsigned long long>(asked.lists)
    );
    std::printf(
        "  written to Kafka       intake %lld, published %lld, tracking %lld\n",
        static_cast<long long>(after.intake - before.intake),
        static_cast<long long>(after.published - before.published),
        static_cast<long long>(after.tracking - before.tracking)
    );
    if (!(before == after))
        throw std::runtime_error{"idle polls have written to Kafka"};
}

void print_plan(const world& of, const test::polling& how)
{
    constexpr double usual_budget = 3'000;  // a minute: Attendee's
    const auto interval = static_cast<double>(how.interval.count());
    // A row appears at any time of a round of one interval and up to a tenth.
    std::printf(
        "  the plan allows        p50 %.0f ms, p99 %.0f ms and the way into Kafka; with "
        "order.mode=event_time order.hold on top\n",
        interval * 1.05 / 2,
        interval * 1.1 * 0.99
    );
    const auto meetings = static_cast<double>(of.meetings);
    std::printf(
        "  the budget             %u a minute, %.0f used by the plan; %.0f a minute would give "
        "each "
        "meeting a round in %.0f s\n",
        how.requests_a_minute,
        planned(of, how) * 60,
        usual_budget,
        std::max(interval / 1'000, (3 * meetings + meetings / rows_a_page) / usual_budget * 60)
    );
}

void measure(const world& of, shared_counts& counted, const std::string& url)
{
    test::broker kafka;
    kafka.start();
    test::deployment::options options;
    options.mode = test::promise::arrival;
    options.partitions = partitions;
    auto& how = options.poll.emplace();
    how.base_url = url;
    how.interval = 3s;
    how.discovery_interval = 20s;
    how.overlap = 120s;
    how.late_sweep = 3min;
    how.answer_timeout = 15s;
    how.requests_a_minute = 600'000;
    how.concurrency = 64;
    test::deployment rollcall{kafka.address(), options};
    auto& daemon = rollcall.add("only");
    daemon.start();
    if (!daemon.ready())
        throw std::runtime_error{"the daemon does not get ready"};
    kafka_view view{rollcall};
    until_all_are_read(of, counted, view);
    std::printf("meetings                 %zu\n", of.meetings);
    measure_idle(of, usage{daemon, counted}, how, view);

    const usage used{daemon, counted};
    auto lags = view.watch(of, [&] {
        const auto first = std::chrono::floor<microseconds>(system_clock::now() + 1s);
        counted.first_row = first.time_since_epoch().count();
        return first.time_since_epoch();
    });
    used.print("rows appear", planned(of, how));
    std::printf(
        "  row to visible         p50 %.0f ms, p90 %.0f ms, p99 %.0f ms, latest %.0f ms (%zu rows, "
        "%zu/s)\n",
        lags.percentile(0.5),
        lags.percentile(0.9),
        lags.percentile(0.99),
        lags.percentile(1),
        lags.size(),
        of.rows_a_second
    );
    print_plan(of, how);
    if (!daemon.stop())
        throw std::runtime_error{"the daemon does not stop"};
}

}  // namespace
}  // namespace rollcall::bench

int main(int argc, char** argv)
try {
    rollcall::bench::world of;
    if (argc > 1)
        of.meetings = std::stoul(argv[1]);
    if (argc > 2)
        of.length = std::chrono::seconds{std::stol(argv[2])};
    if (argc > 3)
        of.rows_a_second = std::stoul(argv[3]);
    auto& counted = rollcall::bench::make_shared_counts();
    const rollcall::bench::server_process server{of, counted};
    rollcall::bench::measure(of, counted, server.url());
} catch (const std::exception& failure) {
    std::fprintf(stderr, "bench_poll_lag: %s\n", failure.what());
    return 1;
}
