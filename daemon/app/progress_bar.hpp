#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace rollcall {

/// `reading [########            ]  42 %  12345 of 29000 records`, in one line. A total of 0 is
/// done.
std::string progress_text(std::uint64_t done, std::uint64_t of);

/// How far a reading is, on standard error, for who waits before a terminal: nothing is shown where
/// that is none, nor before it has taken half a second.
class progress_bar {
public:
    progress_bar();
    ~progress_bar();  ///< takes it away
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;

    /// May be called for every record: draws ten times a second at most.
    void show(std::uint64_t done, std::uint64_t of);

private:
    bool on_terminal_;
    bool drawn_ = false;
    std::uint64_t calls_ = 0;
    std::chrono::steady_clock::time_point next_;
};

}  // namespace rollcall
