#pragma once

#include "providers/provider.hpp"

#include <span>
#include <string>
#include <string_view>

namespace rollcall::realtimekit {

/// One of the sender's headers: by the first of the prefixes (`rtk-`) under which there is one.
webhook_request::header_value find_header(
    const webhook_request& request, std::string_view name, std::span<const std::string> prefixes
);

/// Does the signature header hold the standard base64 of an RSASSA-PKCS1-v1_5 signature with
/// SHA-256 over the body's bytes, by one of the keys? `errc::missing_signature` or
/// `errc::bad_signature`.
result<void, fault> verify(
    const webhook_request& request,
    std::span<const webhook_key> keys,
    std::span<const std::string> prefixes
);

/// Whether the header holds what could be a signature by a key that we do not have.
bool may_be_signed(const webhook_request& request, std::span<const std::string> prefixes);

}  // namespace rollcall::realtimekit
