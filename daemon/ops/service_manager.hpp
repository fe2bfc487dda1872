#pragma once

#include "core/log.hpp"
#include "core/time.hpp"
#include "ops/life_signs.hpp"
#include "ops/notify_socket.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace rollcall {

/// What the service manager has told this process in its environment.
struct service_environment {
    std::string notify_socket;  ///< NOTIFY_SOCKET; empty: there is no manager
    milliseconds watchdog{0};   ///< WATCHDOG_USEC, where WATCHDOG_PID is us; 0: none

    /// `variable(name)`: the variable's value, empty where there is none; `own_id`: our process.
    static service_environment read(
        const std::function<std::string(const std::string& name)>& variable, int own_id
    );
};

/// Tells the service manager how the daemon is, once a second: `STATUS=` where it has changed, and
/// `WATCHDOG=1` once everything that has to go on has gone on since the last one. A thread that is
/// stuck is therefore a watchdog that is not fed; which one, the log says.
class service_manager {
public:
    /// `status`: one short line; called on a thread of its own, as are the parts of `signs`. Both
    /// are good until `~service_manager`.
    service_manager(
        const service_environment& with, life_signs signs, std::function<std::string()> status
    );
    ~service_manager();

    // Any thread.
    void ready();
    void reloading();  ///< `ready` tells its end
    void stopping();
    /// Said behind the status from now on, until the next remark; empty: nothing.
    void remark(std::string what);

private:
    void run(const std::stop_token& stop);
    void look();
    void tell(const notify_socket::assignments& what) const;
    std::string status_now();

    notify_socket manager_;
    const milliseconds watchdog_;
    life_signs signs_;
    const std::function<std::string()> status_;
    stage_log log_{"service"};
    std::chrono::steady_clock::time_point fed_ = std::chrono::steady_clock::now();
    bool silence_told_ = false;

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::string remark_;
    std::string told_;
    std::jthread thread_;
};

}  // namespace rollcall
