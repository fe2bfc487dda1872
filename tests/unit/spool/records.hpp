#pragma once

#include "core/intake_record.hpp"

#include <string>
#include <vector>

namespace rollcall::test {

/// The nth webhook of a story: `m0` to `m3` take turns.
inline intake_record webhook(int n)
{
    intake_record made;
    made.key = "m" + std::to_string(n % 4);
    made.body = std::string("{\"n\": \"\0\r\n\", \"of\": ", 20) + std::to_string(n) + '}';
    made.source = "attendee-prod";
    made.provider = "attendee";
    made.received_at = timestamp{std::chrono::seconds{1'790'000'000 + n}};
    made.delivery_id = "delivery:" + std::to_string(n) + ",\n\xff";
    made.signed_headers = {{"x-webhook-signature", "BUty="}, {"webhook-id", ""}};
    return made;
}

inline std::vector<intake_record> webhooks(int from, int to)
{
    std::vector<intake_record> made;
    for (int n = from; n < to; ++n)
        made.push_back(webhook(n));
    return made;
}

}  // namespace rollcall::test
