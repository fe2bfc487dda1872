#pragma once

#include "http/server.hpp"
#include "ops/passed_sockets.hpp"
#include "settings/settings.hpp"

#include <vector>

namespace rollcall {

/// Where webhooks are taken. A socket that the service manager has passed under the name `hooks`
/// takes the place of the listener with its port; what has none is bound as the settings say, and
/// passed sockets of other ports are served as well. Those of other names are left alone, with a
/// warning.
std::vector<http::listening_place> listening_places(
    const settings& with, const std::vector<passed_socket>& passed
);

}  // namespace rollcall
