#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace rollcall {

/// Whether everything that has to go on does: the threads whose work the daemon is for. Decides; no
/// clock, no timer. One thread.
class life_signs {
public:
    /// `has_come_round`: whether the part has got through its loop since it was last asked. Called
    /// on the thread that calls `everybody`; outlives this.
    void expect(std::string part, std::function<bool()> has_come_round);

    /// Asks each part that has not been heard of. True once all of them have been since the last
    /// true: then everybody is expected anew. Without parts it is never true.
    bool everybody();
    /// Who has not been heard of since the last true.
    std::vector<std::string> silent() const;

private:
    struct expected_part {
        std::string name;
        std::function<bool()> has_come_round;
        bool heard = false;
    };
    std::vector<expected_part> parts_;
};

/// How often a loop has turned: counted by the loop, looked at by another thread.
class turn_counter {
public:
    void turn() { turns_.fetch_add(1, std::memory_order_relaxed); }
    /// Whether it has turned since the last call. One thread.
    bool has_turned();

private:
    std::atomic<std::uint64_t> turns_{0};
    std::uint64_t seen_ = 0;
};

}  // namespace rollcall
