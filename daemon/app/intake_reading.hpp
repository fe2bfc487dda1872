#pragma once

#include "app/intake_place.hpp"
#include "app/source_providers.hpp"
#include "core/errors.hpp"
#include "core/intake_record.hpp"
#include "core/time.hpp"
#include "kafka/record.hpp"
#include "providers/provider.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

/// Of a record that was put into the intake again: where from, as `topic partition:offset`.
inline constexpr std::string_view replayed_header = "rollcall-replayed";

/// What the settings in force make of an intake record.
struct made_of_record {
    normalised told;
    std::optional<fault> unusable;  ///< then nothing is told
};

/// A payload as the relay would normalise it: by its source's provider, or by its provider's
/// defaults where the source is not in the settings any more.
made_of_record normalise(const intake_record& what, const source_providers& by);

/// One record of the intake.
struct stored_record {
    intake_place at;
    timestamp stored_at{};
    intake_record what;
    std::optional<fault> unreadable;  ///< its headers are not ours
    std::string replayed;             ///< the header of that name; empty: it came by itself

    /// Whether it holds something of a provider's, and no word of ours.
    bool is_payload() const;
};

stored_record read_stored(const consumed_record& record);

/// What is wrong with a record, and where in it.
std::string fault_text(const fault& why);

}  // namespace rollcall
