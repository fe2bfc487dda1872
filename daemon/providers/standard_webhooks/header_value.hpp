#pragma once

#include "core/errors.hpp"

#include <string>
#include <string_view>

namespace rollcall::standard_webhooks {

/// The value of an attribute that came in an HTTP header (CloudEvents, HTTP binding 3.1.3.2):
/// quotes around it and backslashes inside them are undone, then percent-encoding, once.
/// `errc::bad_header` for a quote without its partner, a percent sign without two hex digits, and
/// control characters. The UTF-8 is not looked at here.
result<std::string, fault> decode_header_value(std::string_view written);

}  // namespace rollcall::standard_webhooks
