#include "ops/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

namespace rollcall {
namespace {

// What proc(5) has in `stat` behind the name, in its own units.
struct process_stat {
    double user_ticks = 0;
    double system_ticks = 0;
    double threads = 0;
    double started_ticks = 0;  // after the boot
    double virtual_bytes = 0;
    double resident_pages = 0;
};

std::optional<process_stat> read_stat()
{
    std::ifstream file{"/proc/self/stat"};
    std::string line;
    std::getline(file, line);
    const auto behind_name = line.rfind(')');  // a name may have blanks and brackets
    if (behind_name == std::string::npos)
        return std::nullopt;
    std::istringstream fields{line.substr(behind_name + 1)};
    const auto skip = [&fields](int count) {
        for (std::string ignored; count > 0; --count)
            fields >> ignored;
    };
    process_stat read;
    skip(11);
    fields >> read.user_ticks >> read.system_ticks;
    skip(4);
    fields >> read.threads;
    skip(1);
    fields >> read.started_ticks >> read.virtual_bytes >> read.resident_pages;
    if (!fields)
        return std::nullopt;
    return read;
}

// Seconds since the epoch.
std::optional<double> boot_time()
{
    std::ifstream file{"/proc/stat"};
    for (std::string name; file >> name;) {
        double value = 0;
        if (name == "btime" && file >> value)
            return value;
        file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return std::nullopt;
}

std::optional<std::uint64_t> open_descriptors()
{
    std::error_code ec;
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator it{"/proc/self/fd", ec}, end; !ec && it != end;
         it.increment(ec))
        ++count;
    if (ec || count == 0)
        return std::nullopt;
    return count - 1;  // the one it is counted with
}

void write_descriptors(metric_writer& to)
{
    to.gauge("process_open_fds", "Descriptors that are open.");
    if (const auto open = open_descriptors())
        to.sample(*open);
    to.gauge("process_max_fds", "Descriptors that may be open.");
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
        to.sample(static_cast<double>(limit.rlim_cur));
}

}  // namespace

void write_process_metrics(metric_writer& to)
{
    const auto stat = read_stat();
    const auto boot = boot_time();
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
    to.counter("process_cpu_seconds_total", "Processor time used, by user and system.");
    if (stat)
        to.sample((stat->user_ticks + stat->system_ticks) / ticks);
    to.gauge("process_resident_memory_bytes", "Memory that is resident.");
    if (stat)
        to.sample(stat->resident_pages * page);
    to.gauge("process_virtual_memory_bytes", "Memory that is mapped.");
    if (stat)
        to.sample(stat->virtual_bytes);
    to.gauge("process_threads", "Threads.");
    if (stat)
        to.sample(stat->threads);
    to.gauge("process_start_time_seconds", "When the process was started, since the epoch.");
    if (stat && boot)
        to.sample(*boot + stat->started_ticks / ticks);
    write_descriptors(to);
}

void write_build_info(metric_writer& to, const metric_labels& versions)
{
    to.gauge("rollcall_build_info", "Always 1; the labels are the versions.");
    to.sample(1.0, versions);
}

}  // namespace rollcall
