#pragma once

#include "core/errors.hpp"
#include "core/intake_record.hpp"
#include "core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

struct spool_options {
    std::filesystem::path directory;
    std::uint64_t max_bytes = 1ULL << 30;  ///< of what waits, as `spool_figures::bytes` counts
};

/// What waits in a spool.
struct spool_figures {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;          ///< keys, bodies and headers, and 64 more a record
    std::optional<timestamp> oldest;  ///< when the first of them was received
    std::uint64_t set_aside = 0;      ///< what can never be sent on, kept for a person to look at
};

/// One record of the spool.
struct spooled {
    std::int64_t id = 0;  ///< grows in the order in which records came
    intake_record record;
    bool damaged = false;  ///< its checksum is wrong: not to be sent
};

/// What was found damaged when a spool was opened.
struct spool_salvage {
    std::filesystem::path kept_as;  ///< the damaged file, out of the way
    std::uint64_t saved = 0;        ///< records that could be read whole, and wait again
    std::uint64_t lost = 0;  ///< between these; what was before the first or after the last of
                             ///< them cannot be known
};

/// Of the disk, beside the records and not counted in `max_bytes`: to remove records, too, SQLite
/// writes. It is twice what its log holds before it begins anew, a thousand pages.
inline constexpr std::uint64_t spool_reserve_bytes = std::uint64_t{9} << 20;

/// Records on the local disk that wait until Kafka takes them: one SQLite file, `spool.db`, which
/// SQLite's own shell reads. Durable when `append` returns (WAL, `synchronous=FULL`), through
/// `kill -9` and power loss. One process at a time, one thread at a time.
class spool {
public:
    /// Opens what is there or makes it. A damaged file is moved out of the way under a name with
    /// the time in it, and what can be read of it is taken over: see `salvaged`. Throws
    /// `std::runtime_error`, with the directory and what is wrong, where the directory cannot be
    /// used or another process has it.
    explicit spool(spool_options how);
    ~spool();
    spool(const spool&) = delete;
    spool& operator=(const spool&) = delete;

    /// Stores as many of the first ones as there is room for, all of these or none, in one sync of
    /// the disk. `stored` says how many. `errc::storage_failed`, with none stored: the disk is
    /// full, or has not got the reserve that emptying the spool may need, or is broken; the file is
    /// opened anew, and checked, with the next call.
    struct appended_to {
        std::size_t stored = 0;
        error_code error;
    };
    appended_to append(std::span<const intake_record> records);

    /// The oldest, in order: so many records and, after the first, so many bytes at most.
    result<std::vector<spooled>> first(std::size_t most_records, std::uint64_t most_bytes);
    /// Forgets what has been sent on.
    error_code remove(std::span<const std::int64_t> ids);
    /// Takes one out of the way of the others; it is kept, with the reason.
    error_code set_aside(std::int64_t id, std::string_view why);

    /// As of the last call that has succeeded.
    const spool_figures& figures() const;
    const std::optional<spool_salvage>& salvaged() const;
    /// Details of the last `errc::storage_failed`, for the log.
    const std::string& trouble() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// What a look at a spool has found, also while a daemon uses it.
struct spool_report {
    spool_figures figures;
    std::vector<std::string> faults;  ///< by SQLite's check, and records whose checksum is wrong
    std::vector<std::filesystem::path> damaged_files;  ///< that earlier starts have set aside
};

/// Reads the spool in `directory` and changes nothing; `verify` reads every page and every record.
/// Nothing there is no fault: all zero. Throws `std::runtime_error` with what is wrong.
spool_report inspect_spool(const std::filesystem::path& directory, bool verify);

}  // namespace rollcall
