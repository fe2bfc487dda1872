#pragma once

#include "core/base_url.hpp"
#include "core/errors.hpp"
#include "core/intake_record.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::http {

enum class method : std::uint8_t {
    get,
    post,
    put,
    patch,
    erase,  ///< DELETE, which no enumerator can be called everywhere
};

/// What a client asks. Views: valid for the call only.
struct client_request {
    std::string_view target;  ///< path and query below the base URL, beginning with `/`
    method how = method::get;
    std::string_view body{};  ///< a GET has none, and some providers refuse one that does
    std::string_view type = "application/json";  ///< of the body
};

/// Whether a host may see it twice without more coming of it. A PATCH counts: ours set values.
bool repeatable(method how);

/// The bytes of a request below `to`, with `with` among its fields. JSON is asked for, and no
/// content encoding. `errc::unsendable_request`: the target is not `/...` in visible ASCII, a field
/// could not be told from the next one, or a GET has a body. Targets hold what providers said, and
/// credentials what people wrote: neither may become a line of its own.
result<std::string> render(const base_url& to, const client_request& what, const headers& with);

}  // namespace rollcall::http
