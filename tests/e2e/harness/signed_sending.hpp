#pragma once

#include "harness/deployment.hpp"

#include <cstdint>
#include <string>

namespace rollcall::test {

/// Seconds since the epoch, as Standard Webhooks has them.
std::int64_t now_s();

/// `Webhook-Signature` over `ID.TIME.BODY`, by the secret of every deployment.
std::string signature_of(const std::string& text);

/// One attempt by Standard Webhooks, signed now; the answer's status, 0 where there is none.
unsigned send_signed(
    const instance& to,
    const std::string& source,
    const std::string& id,
    const std::string& body,
    const std::string& type = "application/json"
);

}  // namespace rollcall::test
