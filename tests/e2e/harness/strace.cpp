#include "harness/strace.hpp"

#include "harness/deployment.hpp"
#include "support/eventually.hpp"
#include "support/temp_dir.hpp"

#include <stdexcept>
#include <utility>

namespace rollcall::test {
namespace {

std::size_t occurrences(const std::string& of, const std::filesystem::path& file)
{
    if (!std::filesystem::exists(file))
        return 0;
    const auto text = read_file(file);
    std::size_t count = 0;
    for (auto at = text.find(of); at != std::string::npos; at = text.find(of, at + 1))
        ++count;
    return count;
}

std::filesystem::path errors_beside(const std::filesystem::path& log)
{
    return log.string() + ".err";
}

process attached(const instance& to, const std::string& what, const std::filesystem::path& log)
{
    const auto calls = what.substr(0, what.find(':'));
    return process{
        {.program = "strace",
         .arguments =
             {"-f",
              "-e",
              "trace=" + calls,
              "-e",
              "inject=" + what,
              "-o",
              log.string(),
              "-p",
              std::to_string(to.process_id())},
         .environment = {},
         .standard_output = output::discarded(),
         .standard_error = output::to_file(errors_beside(log))}};
}

}  // namespace

strace::strace(const instance& of, const std::string& what, std::filesystem::path log)
    : log_{std::move(log)}, tracer_{attached(of, what, log_)}
{
    using namespace std::chrono_literals;
    if (!eventually(20s, [this] { return occurrences(" attached", errors_beside(log_)) > 0; }))
        throw std::runtime_error{"strace: " + read_file(errors_beside(log_))};
}

strace::~strace()
{
    tracer_.stop(std::chrono::seconds{10});
}

std::size_t strace::injected() const
{
    return occurrences("(INJECTED)", log_);
}

}  // namespace rollcall::test
