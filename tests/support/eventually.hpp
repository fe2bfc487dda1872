#pragma once

#include <chrono>
#include <concepts>
#include <thread>

namespace rollcall::test {

/// Asks until `holds()` is true, every 10 ms; false when `timeout` is over first. For what another
/// process does and nobody tells us of: the one place in the tests that waits between two looks.
template <std::predicate Predicate>
[[nodiscard]] bool eventually(std::chrono::milliseconds timeout, Predicate&& holds)
{
    const auto until = std::chrono::steady_clock::now() + timeout;
    while (!holds()) {
        if (std::chrono::steady_clock::now() >= until)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return true;
}

}  // namespace rollcall::test
