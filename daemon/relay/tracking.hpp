#pragma once

#include "core/errors.hpp"
#include "core/tracking.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall {

/// A record of `<prefix>tracking`. Its partition is the intake's partition of the meeting, not that
/// of its key.
struct tracking_record {
    std::string key;                   ///< `source/meeting`, or `source` for the list of meetings
    std::optional<std::string> value;  ///< a JSON object; absent: not tracked any more
    bool operator==(const tracking_record&) const = default;
};

/// One tracked object as the topic keeps it.
struct tracking_entry {
    tracked what;
    /// A person has asked for it: it may be older than the deduplication window, and is held
    /// against all that was ever published of it.
    bool recall = false;
    /// A person wants it not to be polled, until it is asked for again.
    bool dropped = false;
    bool operator==(const tracking_entry&) const = default;
};

tracking_record encode(const tracking_entry& entry);
tracking_record encode_forgotten(const tracked& what);
/// The reverse of `encode`: `errc::bad_record` with what is wrong.
result<tracking_entry, fault> read_tracking(std::string_view value);

/// What is tracked in one partition, and what of it the topic has yet to be told. One thread.
class tracking_table {
public:
    /// What was read from the topic, in its order.
    void restore(std::string_view key, std::optional<tracking_entry> entry);

    bool contains(const std::string& source, const std::string& meeting) const;
    bool recalls(const std::string& source, const std::string& meeting) const;
    bool is_dropped(const std::string& source, const std::string& meeting) const;
    /// Sets the state, or begins to track; whether it is recalled does not change. Of what is
    /// dropped nothing changes: it is a word from before.
    void put(tracked what);
    void set_recall(const std::string& source, const std::string& meeting);
    void set_dropped(const std::string& source, const std::string& meeting);
    void forget(const tracked& what);
    std::vector<tracking_entry> all() const;

    /// Changes since the last `written`, one an object.
    std::vector<tracking_record> unwritten() const;
    bool has_unwritten() const { return !changed_.empty(); }
    void written() { changed_.clear(); }

private:
    tracking_entry& change(const std::string& source, const std::string& meeting);

    std::map<std::string, tracking_entry, std::less<>> entries_;  // by record key
    std::map<std::string, tracked> changed_;
};

}  // namespace rollcall
