#pragma once

#include "core/time.hpp"
#include "poller/schedule.hpp"
#include "providers/polling.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace rollcall {

/// A meeting, or a source's list of meetings, that is being polled.
struct followed {
    std::unique_ptr<poll_plan> plan;
    std::string meeting;  ///< empty: the list
    /// A hash of the state the store has: if two states had the same one, a successor would begin
    /// with the older of them and read some rows again.
    std::size_t kept = 0;
    std::uint64_t ticket = 0;
    timestamp read_to_end{};  ///< when it last was; at first when following began
    std::int32_t partition = 0;
    std::uint32_t source = 0;
    schedule::entry place = 0;
    std::uint32_t refusals = 0;  ///< one after the other: a row of the page is not taken
    bool asked = false;          ///< a request is in flight, or its rows are
    bool gone = false;           ///< not ours any more: what comes in is dropped
    // Told while a request was in flight; the plan learns of it afterwards.
    bool ended_told = false;
    bool sweep_told = false;
    std::string settled_told;  ///< what was told; empty: nothing
};

/// What is followed, by the partitions that are ours.
class followed_objects {
public:
    using pointer = std::shared_ptr<followed>;

    /// A partition that has not been given up since it was last owned is a new one too.
    void own(std::int32_t partition, std::uint64_t ticket);
    bool owns(std::int32_t partition) const { return partitions_.contains(partition); }
    /// Ends the ownership; returns what was followed in it.
    std::vector<pointer> give_up(std::int32_t partition);

    /// Only into a partition that is owned, and only what is not in it; sets `ticket`.
    void insert(const pointer& what);
    void erase(const pointer& what);
    /// Null where it is not followed.
    pointer find(std::int32_t partition, std::uint32_t source, std::string_view meeting) const;

    template <class Function>
    void for_each(Function&& function) const
    {
        for (const auto& [number, owned] : partitions_)
            for (const auto& what : owned.objects)
                function(*what);
    }

private:
    struct name {
        std::uint32_t source;
        std::string_view meeting;
        bool operator==(const name&) const = default;
    };
    struct by_name {
        using is_transparent = void;
        static name of(const name& n) { return n; }
        static name of(const pointer& p) { return {p->source, p->meeting}; }
        std::size_t operator()(const auto& key) const
        {
            const auto [source, meeting] = of(key);
            return std::hash<std::string_view>{}(meeting) ^ source;
        }
        bool operator()(const auto& a, const auto& b) const { return of(a) == of(b); }
    };
    struct owned_partition {
        std::uint64_t ticket = 0;
        std::unordered_set<pointer, by_name, by_name> objects;
    };

    std::unordered_map<std::int32_t, owned_partition> partitions_;
};

}  // namespace rollcall
