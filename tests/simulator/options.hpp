#pragma once

#include "simulator/api_server.hpp"
#include "simulator/player.hpp"

#include <optional>
#include <string>

namespace rollcall::simulator {

/// What the command line of `rollcall_simulator` asks for.
struct command_line {
    world_options world;
    faults wanted;
    player_options player;
    std::string provider = "attendee";
    std::string secret;            ///< as the provider's dashboard shows it
    std::optional<instant> start;  ///< the world's first moment; nothing: now
    std::string truth_file;        ///< empty: none
    bool forever = false;
    std::optional<api_options> api;  ///< nothing: there is none
    api_account account;
    milliseconds linger{0};  ///< how long the API is there after the world's end
};

/// What came of reading it: options, or what to exit with once the text is shown.
struct parsed_command_line {
    std::optional<command_line> options;
    int exit_code = 0;
};

/// Prints help, or what is wrong, itself. Exit code 2 for wrong usage.
parsed_command_line parse_command_line(int argc, const char* const* argv);

}  // namespace rollcall::simulator
