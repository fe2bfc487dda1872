#pragma once

#include "core/intake_record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

/// A record as a row of the spool: its arrival facts in one column, and a sum over all of it.
struct spool_row {
    std::string headers;  ///< `arrival_headers`, each name and value as a netstring
    std::uint32_t checksum = 0;
};

spool_row make_spool_row(const intake_record& record);

/// The reverse. Nothing where the sum is wrong or the headers are no record's.
std::optional<intake_record> read_spool_row(
    std::string_view key, std::string_view facts, std::string_view body, std::uint32_t checksum
);

/// What a record counts in the spool.
std::uint64_t spool_bytes(std::string_view key, std::string_view facts, std::string_view body);

}  // namespace rollcall
