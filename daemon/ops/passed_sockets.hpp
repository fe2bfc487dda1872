#pragma once

#include <functional>
#include <string>
#include <vector>

namespace rollcall {

/// A socket that the service manager has bound for us.
struct passed_socket {
    int descriptor = -1;
    std::string name;  ///< FileDescriptorName= of its unit; `hooks` where none was told

    bool operator==(const passed_socket&) const = default;
};

/// What LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES tell (sd_listen_fds(3)): descriptors from 3 on.
/// None where they are meant for another process or make no sense. `variable(name)`: the
/// variable's value, empty where there is none; `own_id`: our process.
std::vector<passed_socket> passed_sockets(
    const std::function<std::string(const std::string& name)>& variable, int own_id
);

}  // namespace rollcall
