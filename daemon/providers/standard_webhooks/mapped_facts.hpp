#pragma once

#include "core/time.hpp"
#include "providers/standard_webhooks/event_view.hpp"

#include <optional>
#include <string>

namespace rollcall::standard_webhooks {

// What stands at a place that the settings name. Faults name the place: `errc::missing_field` for
// what is absent, null or an empty text, `errc::wrong_type`, `errc::bad_time`.

/// A text, or a whole number as it is written: there are senders whose ids are numbers.
result<std::string, fault> text_at(const event_view& event, const json_pointer& where);

/// RFC 3339, or a time since 1970 as a number or a text of digits. In seconds, milliseconds,
/// microseconds or nanoseconds: inside of this century the sizes do not overlap. Cut to
/// milliseconds. A time outside of this century is `errc::bad_time`.
result<timestamp, fault> time_at(const event_view& event, const json_pointer& where);

// Read leniently: nothing where there is no pointer, or something of another type.
std::optional<std::string> optional_text_at(
    const event_view& event, const std::optional<json_pointer>& where
);
std::optional<bool> optional_flag_at(
    const event_view& event, const std::optional<json_pointer>& where
);
/// The text of an object, compact; "{}" for whatever is none.
std::string object_at(const event_view& event, const std::optional<json_pointer>& where);

}  // namespace rollcall::standard_webhooks
