#include "intake/spool.hpp"

#include "intake/disk_reserve.hpp"
#include "intake/spool_file.hpp"
#include "intake/spool_row.hpp"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace rollcall {
namespace {

namespace fs = std::filesystem;

// Whoever holds it has the spool; the kernel lets go of it with the process.
class directory_lock {
public:
    explicit directory_lock(const fs::path& file)
        : descriptor_{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)}
    {
        if (descriptor_ < 0)
            throw std::runtime_error{file.string() + ": " + std::strerror(errno)};
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0)
            return;
        ::close(descriptor_);
        throw std::runtime_error{
            file.string() + ": another process has it; each instance needs a directory of its own"};
    }
    ~directory_lock() { ::close(descriptor_); }
    directory_lock(const directory_lock&) = delete;
    directory_lock& operator=(const directory_lock&) = delete;

private:
    int descriptor_;
};

fs::path made(const fs::path& directory)
{
    std::error_code failed;
    fs::create_directories(directory, failed);
    if (failed)
        throw std::runtime_error{directory.string() + ": " + failed.message()};
    return directory;
}

void bind_row(SQLite::Statement& to, const intake_record& record, const spool_row& row)
{
    to.bind(1, static_cast<std::int64_t>(record.received_at.time_since_epoch().count()));
    to.bindNoCopy(2, record.key.data(), static_cast<int>(record.key.size()));
    to.bindNoCopy(3, row.headers.data(), static_cast<int>(row.headers.size()));
    to.bindNoCopy(4, record.body.data(), static_cast<int>(record.body.size()));
    to.bind(5, static_cast<std::int64_t>(row.checksum));
}

constexpr auto insert_record =
    "INSERT INTO waiting(received, key, headers, body, checksum) VALUES(?, ?, ?, ?, ?)";
constexpr auto delete_record =
    "DELETE FROM waiting WHERE id = ? RETURNING length(key) + length(headers) + length(body)";

}  // namespace

struct spool::state {
    explicit state(spool_options options)
        : how{std::move(options)},
          lock{made(how.directory) / "spool.lock"},
          reserve{how.directory / "spool.reserve", spool_reserve_bytes}
    {
        try {
            open_with_reserve();
        } catch (const SQLite::Exception& e) {
            throw std::runtime_error{path().string() + ": " + e.what()};
        } catch (const fs::filesystem_error& e) {
            throw std::runtime_error{path().string() + ": " + e.code().message()};
        }
    }

    fs::path path() const { return how.directory / spool_file_name; }

    void open()
    {
        file.reset();
        if (!std::exchange(is_checked, false) && !is_whole()) {
            file.reset();
            start_over();
        }
        if (!file)
            file.emplace(open_spool_file(path()));
        figures = count_spool(*file);
    }

    // A full disk may have no room for what opening writes.
    void open_with_reserve()
    {
        try {
            open();
        } catch (const SQLite::Exception&) {
            if (!reserve.release())
                throw;
            open();
        }
    }

    // Opens it where it is. What SQLite cannot open or read for another reason than its contents
    // (no right to, no space) is no damage.
    bool is_whole()
    {
        try {
            file.emplace(open_spool_file(path()));
            return check_spool_file(*file, false).empty();
        } catch (const SQLite::Exception& e) {
            if (e.getErrorCode() == SQLITE_CORRUPT || e.getErrorCode() == SQLITE_NOTADB)
                return false;
            throw;
        }
    }

    void start_over()
    {
        spool_salvage found{.kept_as = move_spool_away(path(), wall_clock())};
        file.emplace(open_spool_file(path()));
        SQLite::Transaction all{*file};
        found.lost = salvage_spool(found.kept_as, [&](const spooled& one) {
            insert(one.record);
            ++found.saved;
        });
        all.commit();
        salvaged = std::move(found);
    }

    void insert(const intake_record& record)
    {
        const auto row = make_spool_row(record);
        SQLite::Statement into{file.value(), insert_record};
        bind_row(into, record, row);
        into.exec();
    }

    static void take_away(SQLite::Statement& by, std::int64_t id, spool_figures& from)
    {
        by.bind(1, id);
        if (by.executeStep()) {
            --from.records;
            from.bytes -=
                static_cast<std::uint64_t>(by.getColumn(0).getInt64()) + spool_bytes({}, {}, {});
        }
        by.reset();
    }

    void commit(SQLite::Transaction& all, spool_figures& after)
    {
        after.oldest = oldest_in(file.value());
        all.commit();
        figures = after;
    }

    // Runs a transaction. Where the disk fails, what SQLite holds in memory is not to be trusted
    // any more: the file is opened and checked again before the next one. To check it takes long
    // where it is large, so not where the disk was only full.
    template <class Work>
    error_code attempt(Work work)
    {
        try {
            if (!file)
                open_with_reserve();
            work();
            return {};
        } catch (const SQLite::Exception& e) {
            trouble = e.what();
            is_checked = e.getErrorCode() == SQLITE_FULL;  // which has damaged nothing
        } catch (const std::exception& e) {
            trouble = e.what();
        }
        file.reset();
        return errc::storage_failed;
    }

    // A transaction that ends with less on the disk, but needs room to write that down.
    template <class Work>
    error_code attempt_to_shrink(Work work)
    {
        const auto ec = attempt(work);
        return ec && reserve.release() ? attempt(work) : ec;
    }

    // Nothing is taken while there is no room to take it away again.
    bool has_reserve()
    {
        if (reserve.hold())
            return true;
        trouble = "the disk has no room for the " + std::to_string(spool_reserve_bytes) +
                  " bytes that are kept to empty the spool with";
        return false;
    }

    const spool_options how;
    const directory_lock lock;
    disk_reserve reserve;
    std::optional<SQLite::Database> file;
    spool_figures figures;
    std::optional<spool_salvage> salvaged;
    std::string trouble;
    bool is_checked = false;  // the file need not be looked through when it is opened next
};

spool::spool(spool_options how) : state_{std::make_unique<state>(std::move(how))} {}

spool::~spool() = default;

spool::appended_to spool::append(std::span<const intake_record> records)
{
    // First, for to open the file may take the reserve.
    if (const auto ec = state_->attempt([] {}))
        return {0, ec};
    if (!state_->has_reserve())
        return {0, errc::storage_failed};
    std::size_t stored = 0;
    const auto ec = state_->attempt([&] {
        auto after = state_->figures;
        SQLite::Transaction all{*state_->file};
        SQLite::Statement into{*state_->file, insert_record};
        for (const auto& record : records) {
            const auto row = make_spool_row(record);
            const auto bytes = spool_bytes(record.key, row.headers, record.body);
            if (after.bytes + bytes > state_->how.max_bytes)
                break;
            bind_row(into, record, row);
            into.exec();
            into.reset();
            after.bytes += bytes;
            ++after.records;
            ++stored;
        }
        state_->commit(all, after);
    });
    return ec ? appended_to{0, ec} : appended_to{stored, {}};
}

result<std::vector<spooled>> spool::first(std::size_t most_records, std::uint64_t most_bytes)
{
    std::vector<spooled> oldest;
    const auto ec = state_->attempt_to_shrink([&] {
        oldest.clear();
        SQLite::Statement rows{
            *state_->file,
            "SELECT id, key, headers, body, checksum FROM waiting ORDER BY id LIMIT ?"};
        rows.bind(1, static_cast<std::int64_t>(most_records));
        std::uint64_t bytes = 0;
        while (bytes < most_bytes && rows.executeStep()) {
            auto one = read_spooled(rows);
            bytes += one.record.body.size();
            oldest.push_back(std::move(one));
        }
    });
    if (ec)
        return ec;
    return oldest;
}

error_code spool::remove(std::span<const std::int64_t> ids)
{
    return state_->attempt_to_shrink([&] {
        auto after = state_->figures;
        SQLite::Transaction all{*state_->file};
        SQLite::Statement away{*state_->file, delete_record};
        for (const auto id : ids)
            state_->take_away(away, id, after);
        state_->commit(all, after);
        // What an outage has filled is given back to the disk.
        if (after.records == 0)
            state_->file->exec("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)");
    });
}

error_code spool::set_aside(std::int64_t id, std::string_view why)
{
    return state_->attempt_to_shrink([&] {
        SQLite::Transaction all{*state_->file};
        SQLite::Statement copy{
            *state_->file,
            "INSERT INTO set_aside(received, key, headers, body, checksum, why)"
            " SELECT received, key, headers, body, checksum, ? FROM waiting WHERE id = ?"};
        copy.bind(1, std::string{why});
        copy.bind(2, id);
        copy.exec();
        SQLite::Statement away{*state_->file, delete_record};
        auto after = state_->figures;
        state_->take_away(away, id, after);
        ++after.set_aside;
        state_->commit(all, after);
    });
}

const spool_figures& spool::figures() const
{
    return state_->figures;
}

const std::optional<spool_salvage>& spool::salvaged() const
{
    return state_->salvaged;
}

const std::string& spool::trouble() const
{
    return state_->trouble;
}

spool_report inspect_spool(const fs::path& directory, bool verify)
{
    spool_report report;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator{directory, ignored})
        if (entry.path().extension() == ".db" &&
            entry.path().filename().string().starts_with("spool-damaged-"))
            report.damaged_files.push_back(entry.path());
    std::ranges::sort(report.damaged_files);
    const auto path = directory / spool_file_name;
    if (!fs::exists(path, ignored))
        return report;
    try {
        SQLite::Database file{path.string(), SQLite::OPEN_READONLY, 5'000};
        report.figures = count_spool(file);
        if (!verify)
            return report;
        report.faults = check_spool_file(file, true);
        SQLite::Statement rows{
            file, "SELECT id, key, headers, body, checksum FROM waiting ORDER BY id"};
        while (rows.executeStep())
            if (const auto one = read_spooled(rows); one.damaged)
                report.faults.push_back(
                    "record " + std::to_string(one.id) + ": its checksum is wrong"
                );
    } catch (const SQLite::Exception& e) {
        throw std::runtime_error{path.string() + ": " + e.what()};
    }
    return report;
}

}  // namespace rollcall
