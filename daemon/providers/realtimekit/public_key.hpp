#pragma once

#include "providers/provider.hpp"

#include <string_view>

namespace rollcall::realtimekit {

/// The RSA public key of a PEM text (SPKI, `-----BEGIN PUBLIC KEY-----`), as DER. Line ends may
/// also stand as the two characters `\n`. On failure `where` says what is wrong with it:
/// `errc::missing_field` for an empty text, else `errc::wrong_type`.
result<webhook_key, fault> read_public_key(std::string_view pem);

/// The key in the answer of the well-known URL: `data.publicKey`, or `publicKey` at the top, which
/// the older service may have. `errc::not_json`, `errc::missing_field`, or what `read_public_key`
/// says; `errc::unknown_value` where the answer itself says that it is a failure.
result<webhook_key, fault> read_key_answer(std::string_view body);

}  // namespace rollcall::realtimekit
