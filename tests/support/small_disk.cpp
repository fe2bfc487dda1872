#include "support/small_disk.hpp"

#include "support/process.hpp"

#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::test {
namespace {

bool run_as_root(std::vector<std::string> words)
{
    if (::geteuid() != 0)
        words.insert(words.begin(), {"sudo", "-n"});
    const std::string program = words.front();
    words.erase(words.begin());
    process command{{.program = program, .arguments = std::move(words)}};
    return command.wait(std::chrono::seconds{10}) == exit_status{0, 0};
}

}  // namespace

small_disk::small_disk(std::uint64_t bytes)
{
    const auto options = "mode=0777,size=" + std::to_string(bytes);
    if (!run_as_root({"mount", "-t", "tmpfs", "-o", options, "rollcall-test", path().string()}))
        throw std::runtime_error("cannot mount a tmpfs at " + path().string());
}

small_disk::~small_disk()
{
    run_as_root({"umount", "--lazy", path().string()});
}

}  // namespace rollcall::test
