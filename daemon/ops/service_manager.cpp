#include "ops/service_manager.hpp"

#include "core/listed.hpp"
#include "ops/decimal.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace rollcall {
namespace {

using std::chrono::steady_clock;

constexpr milliseconds between_looks{1'000};
// A watchdog that bites sooner than that is looked after more often.
constexpr int looks_in_a_watchdog = 4;

}  // namespace

service_environment service_environment::read(
    const std::function<std::string(const std::string& name)>& variable, int own_id
)
{
    service_environment told{.notify_socket = variable("NOTIFY_SOCKET")};
    const auto meant = variable("WATCHDOG_PID");
    if (meant.empty() || parse_decimal(meant) == own_id)
        told.watchdog = milliseconds{
            std::max<std::int64_t>(parse_decimal(variable("WATCHDOG_USEC")).value_or(0), 0) /
            1'000};
    return told;
}

service_manager::service_manager(
    const service_environment& with, life_signs signs, std::function<std::string()> status
)
    : manager_{with.notify_socket},
      watchdog_{with.watchdog},
      signs_{std::move(signs)},
      status_{std::move(status)}
{
    if (manager_.anybody_listens())
        thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

service_manager::~service_manager() = default;

void service_manager::ready()
{
    tell({{"READY", "1"}, {"STATUS", status_now()}});
}

void service_manager::reloading()
{
    tell({{"RELOADING", "1"}, {"MONOTONIC_USEC", std::to_string(monotonic_us())}});
}

void service_manager::stopping()
{
    tell({{"STOPPING", "1"}, {"STATUS", "stopping"}});
}

void service_manager::remark(std::string what)
{
    const std::lock_guard lock{mutex_};
    remark_ = std::move(what);
}

std::string service_manager::status_now()
{
    auto text = status_();
    const std::lock_guard lock{mutex_};
    if (!remark_.empty())
        text.append("; ").append(remark_);
    return text;
}

void service_manager::run(const std::stop_token& stop)
{
    pthread_setname_np(pthread_self(), "service");
    auto pause = between_looks;
    if (watchdog_ > milliseconds{0})
        pause = std::min(pause, watchdog_ / looks_in_a_watchdog);
    std::mutex alone;
    std::unique_lock lock{alone};
    while (!stop.stop_requested()) {
        look();
        changed_.wait_for(lock, stop, pause, [] { return false; });
    }
}

void service_manager::look()
{
    if (auto status = status_now(); status != told_) {
        tell({{"STATUS", status}});
        told_ = std::move(status);
    }
    if (watchdog_ <= milliseconds{0})
        return;
    if (signs_.everybody()) {
        tell({{"WATCHDOG", "1"}});
        fed_ = steady_clock::now();
        if (std::exchange(silence_told_, false))
            log_.info("everything goes on again");
    } else if (!silence_told_ && steady_clock::now() - fed_ > watchdog_ / 2) {
        silence_told_ = true;
        log_.error(
            "no sign of life: the watchdog is not fed", {{"silent", listed(signs_.silent())}}
        );
    }
}

void service_manager::tell(const notify_socket::assignments& what) const
{
    if (const auto ec = manager_.send(what))
        log_.warn("the service manager cannot be told", {{"error", ec.message()}});
}

}  // namespace rollcall
