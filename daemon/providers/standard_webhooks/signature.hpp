#pragma once

#include "providers/provider.hpp"

#include <span>
#include <string_view>

namespace rollcall::standard_webhooks {

/// One secret, by what stands before it:
/// - `whsec_` and base64, or base64 alone: the key of an HMAC;
/// - `whpk_` and base64: an Ed25519 public key of 32 bytes;
/// - `raw:` and a text: the text itself is the key of an HMAC.
/// On failure `where` says what is wrong, without any of it; the code is `errc::missing_field` for
/// an empty one, else `errc::wrong_type`.
result<webhook_key, fault> parse_secret(std::string_view text);

/// How a source's requests are signed.
struct rules {
    /// What the three headers begin with, lower case, in the order of preference. Those of a
    /// request have to be of one family: `webhook-id` does not go with `svix-signature`.
    std::span<const std::string_view> prefixes;
    /// How far the signed time may be from now, in both directions, the edge included. Compared in
    /// whole seconds, as it is signed.
    milliseconds tolerance{300'000};
};

/// Standard Webhooks 1.0.0: is one of the signatures of the request one of the keys'? `v1`
/// (HMAC-SHA256) is held only against keys of `key_kind::hmac`, `v1a` (Ed25519) only against those
/// of `key_kind::ed25519`. The first family of headers that is complete counts.
///
/// - `errc::missing_signature`: there is none of the headers, of any family;
/// - `errc::bad_header`: one stands there twice, or is larger than 4 KiB, or lists more than 16
///   signatures;
/// - `errc::stale_signature`: the time is not within the tolerance, or is no whole number of
/// seconds;
/// - `errc::bad_signature`: everything else.
result<void, fault> verify(
    const webhook_request& request,
    std::span<const webhook_key> keys,
    timestamp now,
    const rules& by
);

/// Signs as the standard's senders do, with `v1` and headers that begin with `prefix`. False where
/// the key is not one for that: who has only a sender's public key cannot sign.
bool sign(probe& what, const webhook_key& with, timestamp now, std::string_view prefix);

/// The id header of the family that `verify` goes by: the same on every retry. Empty where there is
/// no complete family.
std::string_view delivery_id(
    const webhook_request& request, std::span<const std::string_view> prefixes
);

}  // namespace rollcall::standard_webhooks
