#pragma once

#include "providers/provider.hpp"

#include <span>
#include <string_view>

namespace rollcall::attendee {

inline constexpr std::string_view signature_header = "x-webhook-signature";

/// The 32 bytes behind the base64 text that Attendee's dashboard shows. On failure `where` says
/// what is wrong with the text, without any of it; the code is `errc::missing_field` for an empty
/// one, else `errc::wrong_type`.
result<webhook_key, fault> parse_secret(std::string_view text);

/// Does the signature header hold the base64 of the HMAC-SHA256 of the body's canonical form, under
/// one of the keys? `errc::missing_signature`, `errc::bad_signature`, or the reason why there is no
/// canonical form.
result<void, fault> verify(const webhook_request& request, std::span<const webhook_key> keys);

/// What the signature header of that body holds, under that key. Fails where the body has no
/// canonical form.
result<std::string, fault> signature_of(std::string_view body, const webhook_key& key);

}  // namespace rollcall::attendee
