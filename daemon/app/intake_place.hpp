#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

/// A place in the intake, as messages and dead letters name the record they came from; of a dead
/// letter's own place the same.
struct intake_place {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    auto operator<=>(const intake_place&) const = default;
};

/// `3:1042`, as it stands in the header `rollcall-intake`.
std::string to_string(const intake_place& place);
/// Nothing where it is not of that form.
std::optional<intake_place> parse_intake_place(std::string_view text);

}  // namespace rollcall
