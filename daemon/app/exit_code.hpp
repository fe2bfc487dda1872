#pragma once

namespace rollcall {

/// What the process tells its caller, the same for every command.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_wrong_usage = 2;
inline constexpr int exit_wrong_configuration =
    78;  ///< EX_CONFIG of sysexits.h: systemd need not restart

}  // namespace rollcall
