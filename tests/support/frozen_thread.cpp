#include "support/frozen_thread.hpp"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace rollcall::test {
namespace {

// The first of that name.
int find_thread(int process, const std::string& name)
{
    const std::filesystem::path tasks{"/proc/" + std::to_string(process) + "/task"};
    for (const auto& task : std::filesystem::directory_iterator{tasks}) {
        std::ifstream in{task.path() / "comm"};
        std::string its;
        if (std::getline(in, its) && its == name)
            return std::stoi(task.path().filename());
    }
    throw std::runtime_error{"no thread " + name + " in process " + std::to_string(process)};
}

}  // namespace

frozen_thread::frozen_thread(int process, const std::string& name)
    : thread_{find_thread(process, name)}
{
    if (::ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr) != 0 ||
        ::ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr) != 0 ||
        ::waitpid(thread_, nullptr, __WALL) != thread_)
        throw std::system_error{errno, std::generic_category(), "cannot freeze " + name};
}

frozen_thread::~frozen_thread()
{
    ::ptrace(PTRACE_DETACH, thread_, nullptr, nullptr);
}

}  // namespace rollcall::test
