#pragma once

#include "http/server.hpp"
#include "http/tls_identity.hpp"
#include "ops/passed_sockets.hpp"
#include "settings/settings.hpp"

#include <memory>
#include <vector>

namespace rollcall {

/// Where webhooks are taken. A socket that the service manager has passed under the name `hooks`
/// takes the place of the listener with its port; what has none is bound as the settings say, and
/// passed sockets of other ports are served as well. Those of other names are left alone, with a
/// warning. `identities`: one for each listener of the settings; the socket of its port has it too.
std::vector<http::listening_place> listening_places(
    const settings& with,
    const std::vector<passed_socket>& passed,
    const std::vector<std::shared_ptr<http::tls_identity>>& identities
);

}  // namespace rollcall
