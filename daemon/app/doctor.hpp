#pragma once

#include "settings/overrides.hpp"

#include <chrono>
#include <filesystem>
#include <iosfwd>

namespace rollcall {

struct arguments;

/// The longest `rollcall doctor --timeout`.
inline constexpr std::chrono::milliseconds longest_doctor_timeout{std::chrono::minutes{10}};

struct doctor_options {
    bool json = false;                          ///< one JSON object a line
    std::chrono::milliseconds timeout{10'000};  ///< of each question to anybody
};

/// `rollcall doctor`: walks from the settings to Kafka, to the providers, to the webhook routes of
/// the daemon and to the machine, and prints what each step has come to. Goes on after a failure;
/// what stands on a failed step is skipped. Blocking. `exit_done` where nothing failed,
/// `exit_wrong_configuration` where the settings did, else `exit_failed`.
int run_doctor(const arguments& asked, const environment& variables, std::ostream& out);

}  // namespace rollcall
