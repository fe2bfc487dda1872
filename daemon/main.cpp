#include "app/arguments.hpp"
#include "app/backfill.hpp"
#include "app/check.hpp"
#include "app/configuration.hpp"
#include "app/doctor.hpp"
#include "app/exit_code.hpp"
#include "app/health.hpp"
#include "app/serve.hpp"
#include "core/log.hpp"

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace {

using namespace rollcall;

int refuse(const std::vector<settings_fault>& faults)
{
    for (const auto& fault : faults)
        std::fprintf(stderr, "%s\n", to_string(fault).c_str());
    return exit_wrong_configuration;
}

int run_health(const arguments& asked)
{
    const auto address =
        load_ops_address(asked.settings_file, process_environment(), asked.overrides);
    return address ? run_health(*address, asked.health, std::cout) : refuse(address.error());
}

int run(const arguments& asked)
{
    if (asked.what == arguments::command::health)
        return run_health(asked);
    if (asked.what == arguments::command::doctor)
        return run_doctor(asked, process_environment(), std::cout);
    const auto loaded = load_configuration(asked, process_environment());
    if (!loaded)
        return refuse(loaded.error());
    const settings& with = *loaded;
    configure_logging(with.format, with.level);
    switch (asked.what) {
        case arguments::command::serve:
            return run_serve(with, [&asked] {
                return load_configuration(asked, process_environment());
            });
        case arguments::command::check:
            return run_check(with, std::cout);
        case arguments::command::topics:
            return run_topics(with, asked.topics);
        case arguments::command::tail:
            return run_tail(with, asked.tail);
        case arguments::command::track:
            return run_track(with, asked.track);
        case arguments::command::spool:
            return run_spool(with, asked.spool);
        case arguments::command::backfill:
            return run_backfill(with, asked.backfill);
        case arguments::command::hooks:
            return run_hooks(with, asked.hooks, std::cout, std::cerr);
        case arguments::command::explain:
            return run_explain(with, asked.explain);
        case arguments::command::deadletter:
            return run_deadletter(with, asked.deadletter);
        case arguments::command::replay:
            return run_replay(with, asked.replay);
        case arguments::command::health:
        case arguments::command::doctor:
            break;  // has gone already
    }
    return exit_wrong_usage;
}

}  // namespace

// The only place that catches everything: what nobody could handle is told once, and ends the
// process.
int main(int argc, char** argv)
{
    try {
        const auto parsed = parse_arguments({argv + 1, argv + argc}, wall_clock());
        if (const auto* done = std::get_if<answered>(&parsed)) {
            std::fputs(done->text.c_str(), done->exit_code == exit_done ? stdout : stderr);
            return done->exit_code;
        }
        return run(std::get<arguments>(parsed));
    } catch (const std::exception& e) {
        stage_log{"rollcall"}.error("cannot go on", {{"error", e.what()}});
        return exit_failed;
    }
}
