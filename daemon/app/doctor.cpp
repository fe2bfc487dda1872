#include "app/doctor.hpp"

#include "app/arguments.hpp"
#include "app/configuration.hpp"
#include "app/doctor/steps.hpp"
#include "app/exit_code.hpp"
#include "core/log.hpp"
#include "settings/secret_files.hpp"

#include <ostream>

namespace rollcall {
namespace {

// What can be told of a machine whose settings are at fault, and what cannot.
void look_without_settings(const arguments& asked, const environment& variables, diagnosis& into)
{
    for (const auto* step : {"kafka", "providers", "routes", "spool", "certificates"})
        into.skip_for(step, "settings");
    const auto ops = load_ops_address(asked.settings_file, variables, asked.overrides);
    if (ops)
        look_at_daemon(*ops, asked.doctor.timeout, into);
    else
        into.skip_for("daemon", "settings");
}

void look_at_all(const settings& with, milliseconds limit, diagnosis& into)
{
    const source_providers providers{with};
    look_at_kafka(with, limit, into);
    look_at_providers(with, providers, limit, into);
    look_at_routes(with, providers, limit, into);
    look_at_daemon(with.ops_address, limit, into);
    look_at_spool(with.spool, into);
    look_at_certificates(with, into);
}

}  // namespace

int run_doctor(const arguments& asked, const environment& variables, std::ostream& out)
{
    diagnosis told{[&](const finding& found) {
        out << (asked.doctor.json ? to_json(found) : to_text(found)) << std::flush;
    }};
    const auto loaded = load_configuration(asked, variables);
    look_at_settings(asked.settings_file, loaded, told);
    look_at_secret_files(secret_files(asked.settings_file, variables, asked.overrides), told);
    if (!loaded) {
        look_without_settings(asked, variables, told);
        return exit_wrong_configuration;
    }
    // The steps tell in words of their own what the clients would log.
    configure_logging(loaded->format, log_level::error);
    look_at_all(*loaded, asked.doctor.timeout, told);
    return told.any_failed() ? exit_failed : exit_done;
}

}  // namespace rollcall
