#pragma once

#include "core/errors.hpp"

#include <string_view>

namespace rollcall {

/// What is wrong with a text as a query token, without any of it; empty where nothing is. It goes
/// into a URL as it is, so it is made of letters, digits, `-`, `.`, `_` and `~`; and it may be the
/// only thing that a request proves itself with, so it has at least 16 of them.
std::string_view query_token_fault(std::string_view token);

/// Whether a request's query (after `?`, undecoded) has the parameter `token` exactly once and with
/// this value: `errc::bad_token`. Takes as long for a near miss as for a far one.
result<void, fault> verify_query_token(std::string_view query, std::string_view token);

}  // namespace rollcall
