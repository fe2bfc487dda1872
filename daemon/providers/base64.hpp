#pragma once

#include "core/errors.hpp"

#include <string>
#include <string_view>

namespace rollcall {

/// Standard base64 (RFC 4648, section 4) and nothing else: padded, no white space, no URL-safe
/// alphabet, no stray bits. Meant for secrets at the start, not for the hot path. On failure
/// `errc::wrong_type`, and `where` says what stands where it should not, in words that hold nothing
/// of the text.
result<std::string, fault> decode_base64(std::string_view text);

}  // namespace rollcall
