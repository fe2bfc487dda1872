#pragma once

#include "http/message.hpp"

#include <string>

namespace rollcall::http {

/// What an answer says about its connection.
enum class connection_field {
    none,        ///< HTTP/1.1 goes on
    keep_alive,  ///< HTTP/1.0 goes on, as it asked for
    close,
};

/// Appends the bytes of an answer. `to_head`: to a HEAD request, so without its body.
void render(std::string& out, const response& answer, connection_field connection, bool to_head);

}  // namespace rollcall::http
