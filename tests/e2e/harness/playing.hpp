#pragma once

#include "simulator/api_server.hpp"
#include "simulator/dialect.hpp"
#include "simulator/player.hpp"
#include "simulator/truth.hpp"

#include <atomic>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace rollcall::test {

/// A world that goes on while the test does something to the daemon.
class playing {
public:
    struct options {
        std::string provider = "attendee";
        std::string secrets;  ///< what it signs with; empty: as the deployment has it
        simulator::world_options world;
        simulator::faults wanted;
        simulator::player_options player;
        simulator::api_server* api = nullptr;  ///< shows the world, too; lives longer
    };

    /// Begins at once, in the present.
    playing(const options& how, std::filesystem::path truth_file);
    ~playing();

    const simulator::progress& seen() const { return seen_; }
    bool over() const { return over_; }
    /// Waits until `count` deliveries are acknowledged, or everything is over, or `timeout` is.
    [[nodiscard]] bool acknowledged(std::uint64_t count, std::chrono::milliseconds timeout);

    /// The same for attempts, taken or not.
    [[nodiscard]] bool attempted(std::uint64_t count, std::chrono::milliseconds timeout);

    /// Waits for the end of all deliveries and of the world, prints the counts, and gives them;
    /// rethrows what the player threw.
    simulator::report finish();
    /// What is true, and what was acknowledged of it so far.
    simulator::truth truth() const;

    const simulator::performance& what() const { return what_; }
    const simulator::dialect& provider() const { return *provider_; }

private:
    std::unique_ptr<const simulator::dialect> provider_;
    simulator::player_options player_;
    simulator::performance what_;
    std::filesystem::path truth_file_;
    simulator::progress seen_;
    std::atomic<bool> over_{false};
    std::exception_ptr bug_;
    simulator::report report_;
    std::jthread thread_;
};

/// A world of that many meetings and events, sent at that rate (events a second).
simulator::world_options world_of(
    std::uint64_t seed, std::size_t meetings, std::size_t events, double rate
);

}  // namespace rollcall::test
