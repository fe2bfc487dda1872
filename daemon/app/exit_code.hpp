#pragma once

#include <cstdio>
#include <string>

namespace rollcall {

/// What the process tells its caller, the same for every command.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_wrong_usage = 2;
inline constexpr int exit_wrong_configuration =
    78;  ///< EX_CONFIG of sysexits.h: systemd need not restart

/// Says on standard error why a command cannot do what was asked, `track: ...`; its exit code.
inline int fail_as(const char* command, const std::string& why)
{
    std::fprintf(stderr, "%s: %s\n", command, why.c_str());
    return exit_failed;
}

}  // namespace rollcall
