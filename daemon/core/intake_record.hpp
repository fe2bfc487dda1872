#pragma once

#include "core/event.hpp"
#include "core/time.hpp"
#include "core/tracking.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall {

/// Kafka headers, in order. Names may repeat.
using headers = std::vector<std::pair<std::string, std::string>>;

/// The last value under `name`, or an empty view.
std::string_view find_header(const headers& in, std::string_view name);

/// What a provider said, byte for byte, with what was known when it arrived: one record of
/// `<prefix>intake`.
struct intake_record {
    std::string key;       ///< the meeting, or the source where the body names none
    std::string body;      ///< a webhook's body, a row of a page, a row of a download: unchanged
    std::string source;    ///< the source's name in the settings
    std::string provider;  ///< attendee, recall, realtimekit, ...
    way via = way::webhook;
    timestamp received_at{};
    /// The provider's id of this delivery, empty where it gives none; of a download's row the
    /// download's name.
    std::string delivery_id;
    std::string traceparent;  ///< the request's, or a new one
    std::string item;  ///< of a row: the provider's name for such rows; empty for a webhook's body
    /// Of a download's row: which one of those that nothing else tells apart, from 0.
    std::uint32_t number = 0;
    /// What Rollcall tells the meeting's owner through the intake: `swept`, `downloaded`, `drop`,
    /// `sweep`, or `seen` where a person adds a meeting. Such a record has no body and is no
    /// payload.
    tracking_sign notice = tracking_sign::none;
    headers signed_headers;  ///< the request headers that were signed or carry the signature
};

/// The arrival facts as Kafka headers: `rollcall-source`, `rollcall-provider`, `rollcall-via`,
/// `rollcall-received` (RFC 3339), `rollcall-delivery`, `rollcall-item`, `rollcall-number`,
/// `rollcall-notice`, `traceparent`, and `http-<name>` for each signed header.
headers arrival_headers(const intake_record& record);

/// The reverse of `arrival_headers`. A record without source, provider, way or receive time, or
/// with an unknown notice, is `errc::bad_record`, with the header's name: nobody but Rollcall
/// writes to the intake.
boost::system::result<intake_record, fault> read_intake_record(
    std::string_view key, std::string_view body, const headers& in
);

}  // namespace rollcall
