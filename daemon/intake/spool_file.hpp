#pragma once

#include "intake/spool.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

// The SQLite file of a spool, and what is done with damaged ones; for the files of the spool only.
namespace rollcall {

inline constexpr auto spool_file_name = "spool.db";

/// Opens the file to be written, with the tables made where they are not there. Throws
/// `SQLite::Exception`.
SQLite::Database open_spool_file(const std::filesystem::path& file);

/// Reads one row: id, key, headers, body, checksum, in this order of the statement's columns.
spooled read_spooled(SQLite::Statement& row);

/// What SQLite's check says against the file; empty: it is whole. Throws `SQLite::Exception` where
/// it cannot even be asked.
std::vector<std::string> check_spool_file(SQLite::Database& file, bool every_page);

/// Reads all of it.
spool_figures count_spool(SQLite::Database& file);
/// When the first record was received.
std::optional<timestamp> oldest_in(SQLite::Database& file);

/// Moves the file, with its write-ahead log, to a name with the time in it.
std::filesystem::path move_spool_away(const std::filesystem::path& file, timestamp now);

/// Hands over each record that can still be read whole, oldest first, and returns how many between
/// them could not. Throws nothing of SQLite's.
std::uint64_t salvage_spool(
    const std::filesystem::path& damaged, const std::function<void(const spooled&)>& take
);

}  // namespace rollcall
