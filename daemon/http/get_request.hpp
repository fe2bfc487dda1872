#pragma once

#include "core/base_url.hpp"
#include "core/errors.hpp"
#include "core/intake_record.hpp"

#include <string>
#include <string_view>

namespace rollcall::http {

/// The bytes of a GET for `target` below `to`, with `with` among its fields. JSON is asked for, and
/// no content encoding. `errc::unsendable_request`: the target is not `/...` in visible ASCII, or a
/// field could not be told from the next one. Targets hold what providers said, and credentials
/// what people wrote: neither may become a line of its own.
result<std::string> render_get(const base_url& to, std::string_view target, const headers& with);

}  // namespace rollcall::http
