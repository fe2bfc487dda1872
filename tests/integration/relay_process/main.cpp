// A relay as a process of its own, which can be told where to die or to stop: `kill -9` at a chosen
// place.
//
//   relay_process BOOTSTRAP PREFIX ID [SIGNAL STEP NTH]
//
// The source `recall-test` is polled, by whoever fills the intake, and its downloads are matched
// with a window of two seconds.
//
// SIGNAL is kill or stop; the process sends it to itself when it comes to STEP for the NTH time.

#include "relay/relay.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>

namespace {

using namespace rollcall;
using namespace std::chrono_literals;

const std::map<std::string, relay_step> steps{
    {"assigned", relay_step::assigned},
    {"restored", relay_step::restored},
    {"revoked", relay_step::revoked},
    {"produced", relay_step::produced},
    {"committing", relay_step::committing},
    {"committed", relay_step::committed},
};

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 4 && argc != 7)
        return 2;
    const std::string prefix = argv[2];
    const bool dies = argc == 7;
    const int signal = dies && std::string{argv[4]} == "stop" ? SIGSTOP : SIGKILL;
    const relay_step where = dies ? steps.at(argv[5]) : relay_step::assigned;
    int left = dies ? std::atoi(argv[6]) : -1;

    sigset_t terminate;
    sigemptyset(&terminate);
    sigaddset(&terminate, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &terminate, nullptr);

    relay_counts counts;
    relay_hooks hooks;
    hooks.on_step = [&](relay_step at) {
        if (at == where && left > 0 && --left == 0) {
            std::puts("died");
            std::fflush(stdout);
            kill(getpid(), signal);
        }
    };
    hooks.on_state = [](const relay_state& state) {
        std::printf("active %zu restoring %zu\n", state.active, state.restoring);
        std::fflush(stdout);
    };
    relay works{
        {.bootstrap_servers = argv[1], .client_id = argv[3]},
        {.intake_topic = prefix + "intake",
         .output_topics = {prefix + "attendance", prefix + "activity"},
         .deadletter_topic = prefix + "deadletter",
         .group = prefix + "relay",
         .transactional_id = prefix + argv[3],
         .session_timeout = 6s,
         .transaction_timeout = 8s,
         .batch = 20,
         .roll =
             {.mode = ordering::event_time,
              .hold = 300ms,
              .settle_after = 2s,
              .polled = {"recall-test"},
              .matched = {{"recall-test", {.window = 2s, .wait = 2s}}}}},
        counts,
        hooks};
    std::jthread loop{[&works](std::stop_token stop) { works.run(stop); }};
    int received = 0;
    sigwait(&terminate, &received);
    loop.request_stop();
    loop.join();
    return 0;
}
