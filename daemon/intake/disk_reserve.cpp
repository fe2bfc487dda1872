#include "intake/disk_reserve.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace rollcall {

disk_reserve::disk_reserve(std::filesystem::path file, std::uint64_t bytes)
    : file_{std::move(file)}, bytes_{bytes}
{
}

bool disk_reserve::hold()
{
    if (held_)
        return true;
    const int descriptor = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0)
        return false;
    int failed = EINTR;
    while (failed == EINTR)
        failed = ::posix_fallocate(descriptor, 0, static_cast<::off_t>(bytes_));
    held_ = failed == 0;
    ::close(descriptor);
    if (!held_)
        release();
    return held_;
}

bool disk_reserve::release()
{
    std::error_code failed;
    const bool was_there = std::filesystem::remove(file_, failed);
    held_ = false;
    return was_there;
}

}  // namespace rollcall
