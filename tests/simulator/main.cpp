#include "simulator/options.hpp"
#include "simulator/truth.hpp"

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace rollcall::simulator {
namespace {

using steady = std::chrono::steady_clock;

/// Asks `stop` for a stop on SIGINT or SIGTERM; a second one ends the process at once. Call it
/// before there are other threads: they are to leave the signals alone, too.
std::jthread watch_signals(std::shared_ptr<std::stop_source> stop)
{
    sigset_t both;
    ::sigemptyset(&both);
    ::sigaddset(&both, SIGINT);
    ::sigaddset(&both, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &both, nullptr);
    return std::jthread{[both, stop](const std::stop_token& done) mutable {
        const timespec moment{0, 100'000'000};
        while (!done.stop_requested()) {
            if (::sigtimedwait(&both, nullptr, &moment) < 0)
                continue;
            if (stop->stop_requested())
                std::_Exit(130);
            std::fprintf(stderr, "finishing what is under way; once more to end at once\n");
            stop->request_stop();
        }
    }};
}

instant now()
{
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

/// The world's time on the calendar: from `--start`, as fast as it is played, or in the present.
/// What is sent all at once lies in the past, so that nothing happens later than it is told.
timeline lay_out(const command_line& asked)
{
    timeline when;
    when.start = asked.start.value_or(asked.player.paced ? now() : now() - asked.world.length);
    when.scale = asked.start ? asked.player.time_scale : 1;
    return when;
}

/// The API of what is asked for, and where it is; null where nobody asks.
std::unique_ptr<api_server> serve_api(const command_line& asked, const dialect& by)
{
    if (!asked.api)
        return nullptr;
    auto server = std::make_unique<api_server>(by.open_api(asked.account), *asked.api);
    std::printf("rest=%s\n", server->url().c_str());
    std::fflush(stdout);
    return server;
}

/// Waits until then, or for a stop.
void wait_until(steady::time_point until, const std::stop_token& stop)
{
    std::mutex unshared;
    std::unique_lock lock{unshared};
    std::condition_variable_any stopped;
    stopped.wait_until(lock, stop, until, [] { return false; });
}

void print_summary(const report& total, std::uint64_t seed, const api_server* api)
{
    const auto of_api = api == nullptr ? "" : " " + to_text(api->counts());
    std::printf(
        "seed=%llu deliveries=%llu attempts=%llu acknowledged=%llu given_up=%llu seconds=%.3f "
        "acknowledged_per_second=%.0f p50_ms=%.2f p99_ms=%.2f p999_ms=%.2f%s\n",
        static_cast<unsigned long long>(seed),
        static_cast<unsigned long long>(total.deliveries),
        static_cast<unsigned long long>(total.attempts),
        static_cast<unsigned long long>(total.acknowledged),
        static_cast<unsigned long long>(total.given_up),
        total.seconds,
        total.seconds > 0 ? static_cast<double>(total.acknowledged) / total.seconds : 0,
        total.latency.quantile_ms(0.5),
        total.latency.quantile_ms(0.99),
        total.latency.quantile_ms(0.999),
        of_api.c_str()
    );
}

int run(command_line asked)
{
    const auto stop = std::make_shared<std::stop_source>();
    const auto watcher = watch_signals(stop);
    const auto by = make_dialect(asked.provider, asked.secret);
    std::optional<truth_log> truth;
    if (!asked.truth_file.empty())
        truth.emplace(asked.truth_file);

    const auto api = serve_api(asked, *by);

    report total;
    progress seen;
    const auto seed = asked.world.seed;
    const auto started = steady::now();
    do {
        const auto what = prepare(asked.world, *by, lay_out(asked), asked.wanted);
        if (truth)
            truth->begin(what, *by);
        const auto record = [&](const outcome& how) {
            if (truth)
                truth->record(what, how);
            const auto& of = what.planned.deliveries[how.delivery];
            if (api && how.endpoint_failed)
                api->give_up_endpoint(by->endpoint(what.told[of.telling], of.subscription));
        };
        const auto begin = steady::now();
        if (api)
            api->show(what, begin, !asked.player.paced);
        total.add(play(what, *by, asked.player, begin, record, seen, stop->get_token()));
        if (api && asked.player.paced)
            wait_until(begin + end_of(what), stop->get_token());
        ++asked.world.seed;
    } while (asked.forever && !stop->get_token().stop_requested());
    if (api)
        wait_until(steady::now() + asked.linger, stop->get_token());
    total.seconds = std::chrono::duration<double>(steady::now() - started).count();
    if (truth)
        truth->over(total);
    print_summary(total, seed, api.get());
    return asked.forever || total.given_up == 0 ? 0 : 1;
}

}  // namespace
}  // namespace rollcall::simulator

int main(int argc, char** argv)
{
    try {
        auto parsed = rollcall::simulator::parse_command_line(argc, argv);
        return parsed.options ? rollcall::simulator::run(std::move(*parsed.options))
                              : parsed.exit_code;
    } catch (const std::exception& wrong) {
        std::fprintf(stderr, "rollcall_simulator: %s\n", wrong.what());
        return 1;
    }
}
