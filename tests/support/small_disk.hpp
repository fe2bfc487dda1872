#pragma once

#include "support/temp_dir.hpp"

#include <cstdint>
#include <filesystem>

namespace rollcall::test {

/// A file system of that many bytes, a tmpfs, that is full when they are used up; gone when this
/// object goes, which has to be after whoever writes to it. Throws `std::runtime_error` where it
/// cannot be mounted: that is root's to do, or sudo's.
class small_disk {
public:
    explicit small_disk(std::uint64_t bytes);
    ~small_disk();
    small_disk(const small_disk&) = delete;
    small_disk& operator=(const small_disk&) = delete;

    const std::filesystem::path& path() const { return at_.path(); }

private:
    temp_dir at_;
};

}  // namespace rollcall::test
