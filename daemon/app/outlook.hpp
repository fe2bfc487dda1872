#pragma once

#include "app/intake_reading.hpp"
#include "app/published_index.hpp"
#include "app/source_providers.hpp"
#include "core/event.hpp"
#include "core/intake_record.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall {

/// What would become of a payload if the relay read it once more.
struct outlook {
    enum class as : std::uint8_t {
        fresh,       ///< events come out that are not published
        known,       ///< all it tells is published
        ignored,     ///< it tells nothing
        unusable,    ///< it would be a dead letter, again
        too_old,     ///< older than `dedupe.window`: it could not be proved new
        download,    ///< a row of a download, which counts only with the whole of it
        nameless,    ///< the provider has to be asked which meeting it belongs to
        no_payload,  ///< a word of ours
    };
    as what = as::known;
    std::vector<event> fresh;  ///< those that come out; empty but for `fresh`
    std::string why;           ///< of `ignored`, `unusable` and `no_payload`
};
std::string_view to_string(outlook::as what);

/// Foretells, by the settings in force, what is published, and what it has foretold before: of two
/// records that tell one event only the first is fresh. Where only the relay can know whether an
/// event is new it is fresh, for the relay decides in the end.
class forecast {
public:
    /// `oldest`: what happened before cannot be proved new. Both outlive this.
    forecast(const source_providers& by, const published_index& published, timestamp oldest)
        : by_{by}, published_{published}, oldest_{oldest}
    {
    }

    outlook of(const stored_record& record);

private:
    /// `goes_in`: its record may be put into the intake again, so that it need not be another time.
    bool is_fresh(const event& told, const intake_place& at, bool goes_in);

    const source_providers& by_;
    const published_index& published_;
    timestamp oldest_;
    std::set<std::pair<event_id, std::int64_t>> foretold_;
};

/// How many records have which outlook, and of which the fresh events are.
struct outlook_sum {
    std::map<outlook::as, std::size_t> records;
    std::size_t events = 0;  ///< fresh ones

    void add(const outlook& one);
    std::size_t of(outlook::as what) const;
};

/// `3 records with 4 new events would be put ...`, and a line for each other outlook there was.
/// `what` is what a record is called: `record`, `dead letter`.
std::string sum_text(const outlook_sum& sum, const std::string& what, bool dry);

/// A fresh event in one line, without names of participants.
std::string fresh_line(const event& one, const std::string& from);

}  // namespace rollcall
