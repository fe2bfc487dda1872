#pragma once

#include <cstdint>
#include <filesystem>

namespace rollcall {

/// Space on a disk that is kept for what must go on when the disk is full: a file of that many
/// bytes, all of them allocated, that is given up when they are needed. One thread at a time.
class disk_reserve {
public:
    disk_reserve(std::filesystem::path file, std::uint64_t bytes);

    /// True where the space is kept, also if only from now on; false where the disk has not got it.
    bool hold();
    /// Gives the space up. False where there was none.
    bool release();

private:
    std::filesystem::path file_;
    std::uint64_t bytes_;
    bool held_ = false;
};

}  // namespace rollcall
