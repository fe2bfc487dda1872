#pragma once

#include "core/errors.hpp"
#include "core/intake_record.hpp"
#include "relay/tally.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall {

/// Intake records of one partition that name their meeting by other facts than its key, and wait
/// for the provider's API to tell which meeting has that name. What waits is in the intake alone:
/// its offsets are not committed past, and after a restart it is read, and asked for, again. No
/// I/O; one thread at a time.
class nameless_records {
public:
    /// A record for which the API has told all that it knows so often is given up: a session may
    /// take a while to be known to all of a provider's servers.
    static constexpr unsigned most_answers = 3;
    /// So many names are remembered for records that are still to come.
    static constexpr std::size_t most_names = 10'000;

    /// What is given up, and why.
    struct given_up {
        std::int64_t offset = 0;
        intake_record record;
        fault why;
    };

    /// The key of the meeting of that name, where it has been told already.
    std::optional<std::string> key_of(const std::string& source, const std::string& name) const;
    /// Waits. `otherwise` is why nothing can be made of it if nobody ever tells.
    void hold(std::string name, std::int64_t offset, intake_record record, fault otherwise);
    /// The API has told a name: the records that waited for it, under the meeting's key.
    std::vector<intake_record> take_named(
        const std::string& source, const std::string& name, const std::string& key
    );
    /// The API has told all names it knows under the key these records lie under.
    std::vector<given_up> take_unknown(const std::string& source, const std::string& lies_under);

    /// The offset that must not be committed past.
    std::optional<std::int64_t> oldest() const;
    bool empty() const { return offsets_.empty(); }
    /// How many wait, by source.
    source_amounts count_waiting() const;
    /// They are read again: what has been told stays.
    void forget();

private:
    using full_name = std::pair<std::string, std::string>;  // source, the meeting's name
    struct waiting {
        std::int64_t offset = 0;
        intake_record record;
        fault otherwise;
        unsigned answers = 0;
    };

    std::multimap<full_name, waiting> waiting_;
    std::multiset<std::int64_t> offsets_;
    std::map<full_name, std::string> told_;
};

}  // namespace rollcall
