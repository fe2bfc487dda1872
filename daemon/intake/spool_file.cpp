#include "intake/spool_file.hpp"

#include "intake/spool_row.hpp"

#include <SQLiteCpp/Exception.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace rollcall {
namespace {

namespace fs = std::filesystem;

// The SQLite user_version of the tables below.
constexpr int tables_version = 1;
// How many ids are tried one by one behind the last record that could be read: past a damaged
// page there may be whole ones.
constexpr std::int64_t blind_tries = 100'000;

constexpr auto make_tables =
    "CREATE TABLE IF NOT EXISTS waiting("
    " id INTEGER PRIMARY KEY, received INTEGER NOT NULL, key BLOB NOT NULL, headers BLOB NOT NULL,"
    " body BLOB NOT NULL, checksum INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS set_aside("
    " id INTEGER PRIMARY KEY, received INTEGER NOT NULL, key BLOB NOT NULL, headers BLOB NOT NULL,"
    " body BLOB NOT NULL, checksum INTEGER NOT NULL, why TEXT NOT NULL);";

std::string_view bytes_of(const SQLite::Column& column)
{
    const auto size = static_cast<std::size_t>(column.getBytes());
    return {static_cast<const char*>(column.getBlob()), size};
}

// A record of the damaged file by a query that takes an id; nothing where there is none.
std::optional<spooled> find_one(SQLite::Database& from, const char* query, std::int64_t id)
{
    SQLite::Statement row{from, query};
    row.bind(1, id);
    if (!row.executeStep())
        return std::nullopt;
    return read_spooled(row);
}

constexpr auto next_record =
    "SELECT id, key, headers, body, checksum FROM waiting WHERE id >= ? ORDER BY id LIMIT 1";
constexpr auto this_record = "SELECT id, key, headers, body, checksum FROM waiting WHERE id = ?";

}  // namespace

SQLite::Database open_spool_file(const fs::path& file)
{
    constexpr int busy_ms = 5'000;  // `rollcall spool` may be reading
    SQLite::Database opened{file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_ms};
    opened.exec("PRAGMA auto_vacuum = INCREMENTAL");
    opened.exec("PRAGMA journal_mode = WAL");
    opened.exec("PRAGMA synchronous = FULL");
    opened.exec(make_tables);
    // Written once: nothing else of an old file changes before it has been checked.
    if (opened.execAndGet("PRAGMA user_version").getInt() != tables_version)
        opened.exec("PRAGMA user_version = " + std::to_string(tables_version));
    return opened;
}

spooled read_spooled(SQLite::Statement& row)
{
    spooled read;
    read.id = row.getColumn(0).getInt64();
    const auto checksum = static_cast<std::uint32_t>(row.getColumn(4).getInt64());
    auto record = read_spool_row(
        bytes_of(row.getColumn(1)), bytes_of(row.getColumn(2)), bytes_of(row.getColumn(3)), checksum
    );
    read.damaged = !record;
    if (record)
        read.record = std::move(*record);
    return read;
}

std::vector<std::string> check_spool_file(SQLite::Database& file, bool every_page)
{
    std::vector<std::string> faults;
    SQLite::Statement check{file, every_page ? "PRAGMA integrity_check" : "PRAGMA quick_check"};
    while (check.executeStep())
        if (const auto said = check.getColumn(0).getString(); said != "ok")
            faults.push_back(said);
    return faults;
}

std::optional<timestamp> oldest_in(SQLite::Database& file)
{
    SQLite::Statement first{file, "SELECT received FROM waiting ORDER BY id LIMIT 1"};
    if (!first.executeStep())
        return std::nullopt;
    return timestamp{milliseconds{first.getColumn(0).getInt64()}};
}

spool_figures count_spool(SQLite::Database& file)
{
    spool_figures counted;
    SQLite::Statement sums{
        file,
        "SELECT count(*), coalesce(sum(length(key) + length(headers) + length(body)), 0)"
        " FROM waiting"};
    sums.executeStep();
    counted.records = static_cast<std::uint64_t>(sums.getColumn(0).getInt64());
    counted.bytes = static_cast<std::uint64_t>(sums.getColumn(1).getInt64()) +
                    counted.records * spool_bytes({}, {}, {});
    counted.oldest = oldest_in(file);
    counted.set_aside =
        static_cast<std::uint64_t>(file.execAndGet("SELECT count(*) FROM set_aside").getInt64());
    return counted;
}

fs::path move_spool_away(const fs::path& file, timestamp now)
{
    auto stamp = to_rfc3339(now);
    std::erase_if(stamp, [](char c) { return c == ':' || c == '-' || c == '.'; });
    auto to = file;
    to.replace_filename("spool-damaged-" + stamp + ".db");
    for (int n = 2; fs::exists(to); ++n)
        to.replace_filename("spool-damaged-" + stamp + '-' + std::to_string(n) + ".db");
    // The log first: without it a file that is whole would have lost its last records.
    for (const auto* const suffix : {"-wal", "-shm", ""})
        if (fs::exists(file.string() + suffix))
            fs::rename(file.string() + suffix, to.string() + suffix);
    return to;
}

std::uint64_t salvage_spool(
    const fs::path& damaged, const std::function<void(const spooled&)>& take
)
{
    std::uint64_t lost = 0;
    std::uint64_t lost_since = 0;  // the last record that could be read
    bool any = false;
    try {
        SQLite::Database from{damaged.string(), SQLite::OPEN_READWRITE};
        bool blind = false;  // the way from one record to the next is broken somewhere
        for (std::int64_t id = 0, end = blind_tries; id < end; ++id) {
            std::optional<spooled> found;
            try {
                found = find_one(from, blind ? this_record : next_record, id);
                if (!found && !blind)
                    break;
            } catch (const SQLite::Exception&) {
                blind = true;
            }
            if (!found || found->damaged) {
                lost_since += any ? 1 : 0;
                if (found)
                    id = found->id;
                continue;
            }
            lost += std::exchange(lost_since, 0);
            any = true;
            id = found->id;
            end = id + blind_tries;
            take(*found);
        }
    } catch (const SQLite::Exception&) {
        // It is not even a database any more: nothing can be read.
    }
    return lost;
}

}  // namespace rollcall
