#pragma once

#include "core/intake_record.hpp"

#include <string>

namespace rollcall::http {

/// A whole answer to a request of ours, whatever its status.
struct client_answer {
    unsigned status = 0;
    headers fields;  ///< in order, names in lower case; without trailers
    std::string body;
};

}  // namespace rollcall::http
