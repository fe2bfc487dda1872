#pragma once

#include "providers/provider.hpp"

#include <string>

namespace rollcall::test {

/// What came of a record, as JSON in the canonical form: `events` with all of their fields, and
/// `ignored`.
std::string to_json(const normalised& found);

/// The canonical form of a file of expected events, to be compared with `to_json`, number tokens
/// and all.
std::string expected_events(const std::string& path);

/// A record as the listener stores it, of the provider's source `<provider>-prod`. Every file of
/// expected events is written for these arrival facts.
intake_record arrived(std::string body, const std::string& provider = "attendee");

}  // namespace rollcall::test
