#include "app/arguments.hpp"
#include "app/check.hpp"
#include "app/configuration.hpp"
#include "app/exit_code.hpp"
#include "app/serve.hpp"
#include "app/tail.hpp"
#include "app/topics.hpp"
#include "core/log.hpp"

#include <unistd.h>

#include <exception>
#include <iostream>

namespace {

using namespace rollcall;

log_format format_of(const settings& with)
{
    const auto automatic = ::isatty(STDERR_FILENO) ? log_format::text : log_format::json;
    return with.format.value_or(automatic);
}

int run_command(const arguments& asked, const settings& with)
{
    switch (asked.what) {
        case arguments::command::serve:
            return run_serve(with);
        case arguments::command::check:
            return run_check(with, std::cout);
        case arguments::command::topics:
            return run_topics(with, asked.topics);
        case arguments::command::tail:
            return run_tail(with, asked.tail);
    }
    return exit_wrong_usage;
}

int run(std::vector<std::string> words)
{
    const auto parsed = parse_arguments(std::move(words), wall_clock());
    if (const auto* answer = std::get_if<answered>(&parsed)) {
        (answer->exit_code == exit_done ? std::cout : std::cerr) << answer->text;
        return answer->exit_code;
    }
    const auto& asked = std::get<arguments>(parsed);
    const auto loaded = load_configuration(asked, process_environment());
    if (!loaded) {
        for (const auto& fault : loaded.error())
            std::cerr << to_string(fault) << '\n';
        return exit_wrong_configuration;
    }
    configure_logging(format_of(*loaded), loaded->level);
    return run_command(asked, *loaded);
}

}  // namespace

/// Arguments, then the command they name. The only place that catches exceptions: whatever could
/// not go on says why, once, and the process fails.
int main(int argc, char** argv)
{
    const stage_log log{"app"};
    try {
        return run({argv + std::min(argc, 1), argv + argc});
    } catch (const std::exception& error) {
        log.error("cannot go on", {{"error", error.what()}});
    } catch (...) {
        log.error("cannot go on");
    }
    return exit_failed;
}
