#pragma once

#include "app/deadletters.hpp"
#include "app/explain.hpp"
#include "app/replay.hpp"
#include "core/time.hpp"

#include <functional>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace rollcall {

// Of the command line: what looks back in time.

/// An option that takes an RFC 3339 time, or how long before `now` that is.
CLI::Option* add_instant(
    CLI::App& to,
    const char* name,
    const char* what,
    timestamp now,
    const std::function<void(timestamp)>& take
);

extern const char* const explain_examples;
void describe_explain(CLI::App& explain, explain_options& into, timestamp now);

extern const char* const deadletter_examples;
void describe_deadletter(CLI::App& deadletter, deadletter_options& into, timestamp now);

extern const char* const replay_examples;
void describe_replay(CLI::App& replay, replay_options& into, timestamp now);

}  // namespace rollcall
