#include "app/spool.hpp"

#include "app/exit_code.hpp"
#include "core/time.hpp"
#include "intake/spool.hpp"
#include "settings/quantities.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

namespace rollcall {
namespace {

std::string age_of(timestamp at)
{
    const auto passed = std::chrono::floor<std::chrono::seconds>(wall_clock() - at);
    return duration_text(std::max(milliseconds{0}, milliseconds{passed}));
}

void print(const std::string& line)
{
    std::printf("%s\n", line.c_str());
}

}  // namespace

int run_spool(const settings& with, const spool_command& how)
{
    if (with.spool.max_bytes == 0) {
        print("no spool: spool.max_bytes is 0B");
        return exit_done;
    }
    const auto seen = inspect_spool(with.spool.directory, how.verify);
    print("directory  " + with.spool.directory);
    print("records    " + std::to_string(seen.figures.records));
    print("bytes      " + size_text(seen.figures.bytes) + " of " + size_text(with.spool.max_bytes));
    print(
        "oldest     " + (seen.figures.oldest ? to_rfc3339(*seen.figures.oldest) + ", " +
                                                   age_of(*seen.figures.oldest) + " ago"
                                             : std::string{"-"})
    );
    print("set aside  " + std::to_string(seen.figures.set_aside));
    for (const auto& file : seen.damaged_files)
        print("damaged    " + file.string());
    for (const auto& fault : seen.faults)
        print("fault      " + fault);
    if (how.verify && seen.faults.empty())
        print("verified   every page and every record can be read");
    return seen.faults.empty() ? exit_done : exit_failed;
}

}  // namespace rollcall
