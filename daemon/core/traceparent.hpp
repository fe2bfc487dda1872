#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

/// A `traceparent` (W3C Trace Context) as Rollcall passes it on: version 00. A later version is
/// read as far as it is known, as the recommendation asks. Nothing where it is not valid: then a
/// trace begins here.
std::optional<std::string> read_traceparent(std::string_view header);

/// The `traceparent` of a new trace. Sampled, so that a consumer which follows its parent's
/// decision may record it.
std::string make_traceparent(const std::array<std::uint64_t, 3>& random);

/// The same with this thread's own randomness. Any thread.
std::string new_traceparent();

}  // namespace rollcall
