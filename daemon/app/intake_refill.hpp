#pragma once

#include "core/errors.hpp"
#include "core/intake_record.hpp"
#include "settings/settings.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace rollcall {

/// Puts records into the intake once more, body and headers as they were, marked with where they
/// come from (`replayed_header`). The relay's ledger drops what is published already. Blocks.
class intake_refill {
public:
    /// So many records are under way at a time.
    static constexpr std::size_t most_in_flight = 1'000;

    explicit intake_refill(const settings& with);
    ~intake_refill();

    /// The first error of this record or an earlier one.
    error_code put(std::string_view key, std::string_view body, headers with, std::string from);
    /// All of them are stored when it returns without an error.
    error_code finish();
    std::size_t stored() const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace rollcall
