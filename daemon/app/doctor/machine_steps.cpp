#include "app/asking.hpp"
#include "app/doctor/judgement.hpp"
#include "app/doctor/steps.hpp"
#include "app/health.hpp"
#include "app/listener_identities.hpp"
#include "core/listed.hpp"
#include "intake/spool.hpp"
#include "settings/tls_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace rollcall {
namespace {

namespace fs = std::filesystem;

// The nearest one above that exists: the daemon makes the rest.
fs::path existing_part_of(fs::path directory)
{
    std::error_code ec;
    while (!fs::exists(directory, ec) && directory.has_relative_path())
        directory = directory.parent_path();
    return directory.empty() ? fs::path{"."} : directory;
}

// Why no file can be made there; empty where one can. As this user: as root, nearly anywhere.
std::string write_trouble(const fs::path& directory)
{
    // A name of its own, for others may write to the directory, too.
    std::string probe = directory / "doctor.XXXXXX";
    const int file = ::mkstemp(probe.data());
    if (file < 0)
        return std::strerror(errno);
    constexpr std::string_view words = "rollcall doctor\n";
    const auto written = ::write(file, words.data(), words.size());
    const int failed = written < 0 ? errno : 0;
    ::close(file);
    ::unlink(probe.c_str());
    return failed == 0 ? std::string{} : std::strerror(failed);
}

std::uint64_t bytes_in(const fs::path& directory)
{
    std::uint64_t bytes = 0;
    std::error_code ec;
    for (fs::directory_iterator it{directory, ec}, end; !ec && it != end; it.increment(ec)) {
        std::error_code gone;  // meanwhile
        const auto size = it->is_regular_file(gone) ? it->file_size(gone) : 0;
        bytes += gone ? 0 : size;
    }
    return bytes;
}

}  // namespace

void look_at_daemon(const std::string& ops_address, milliseconds limit, diagnosis& into)
{
    const auto step = "daemon at " + ops_address;
    const auto url = health_url(ops_address);
    if (!url)
        return into.skip(step, "the system has chosen its port: nobody knows where it is");
    http::client_options whom;
    whom.base_url = *url;
    whom.connect_timeout = limit;
    whom.answer_timeout = limit;
    const auto told = ask_once(whom, {.target = "/readyz"}, {}, limit);
    if (const auto* const answer = told.got())
        return into.add(judge_readiness(step, answer->status, answer->body));
    into.fail(
        step,
        *url + ": " + told.why_not(),
        "start the daemon (`rollcall serve`, `systemctl start rollcall`); where it runs, is "
        "ops.address right?"
    );
}

void look_at_spool(const spool_settings& with, diagnosis& into)
{
    constexpr auto step = "spool";
    if (with.max_bytes == 0)
        return into.skip(
            step, "there is none, for spool.max_bytes is 0B: while Kafka is away webhooks get 503"
        );
    const auto at = existing_part_of(with.directory);
    if (const auto why = write_trouble(at); !why.empty())
        return into.fail(
            step,
            with.directory + ": " + at.string() + " cannot be written to: " + why,
            "make it the daemon's own (`chown`), or name another one in spool.directory"
        );
    std::error_code ec;
    const auto space = fs::space(at, ec);
    if (ec)
        return into.fail(
            step, with.directory + ": " + ec.message(), "name another one in spool.directory"
        );
    into.add(judge_room(
        step,
        with.directory,
        {.free = space.available,
         .used = bytes_in(with.directory),
         .max_bytes = with.max_bytes,
         .reserve = spool_reserve_bytes}
    ));
}

void look_at_secret_files(const std::vector<fs::path>& files, diagnosis& into)
{
    constexpr auto step = "secret files";
    if (files.empty())
        return into.skip(step, "the settings name none");
    std::vector<std::string> open_ones;
    for (const auto& file : files) {
        struct ::stat seen {};
        // One that is not there is a fault of the settings.
        if (::stat(file.c_str(), &seen) == 0 && (seen.st_mode & S_IROTH) != 0)
            open_ones.push_back(file.string());
    }
    if (!open_ones.empty())
        return into.warn(
            step, "everybody on this machine may read " + listed(open_ones), "`chmod o-r` them"
        );
    into.ok(step, std::to_string(files.size()) + " of them, none of which everybody may read");
}

void look_at_certificates(const settings& with, diagnosis& into)
{
    for (const auto& listener : with.listen)
        if (listener.tls)
            into.add(judge_expiry(
                "certificate of " + listener.address,
                expiry_of(listener.tls->certificate),
                wall_clock(),
                listener_identities::warned_before
            ));
}

}  // namespace rollcall
