#pragma once

#include "core/log.hpp"
#include "core/time.hpp"
#include "poller/counts.hpp"
#include "poller/fetcher.hpp"
#include "poller/repeats.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

/// What kind of request a target is, for the log: without the query, and `{meeting}` in place of
/// the meeting's own id.
std::string path_class(std::string_view target, std::string_view meeting);

/// Counts and tells what requests of one source come to. Bodies and credentials never get here.
class source_report {
public:
    source_report(std::string source, const stage_log& log);

    /// A request, as far as the log names it.
    struct request {
        std::string_view target;
        std::string_view meeting;
    };

    void stored(std::uint64_t rows);
    /// No answer, or not a usable one. `why` is the plan's, or the error.
    void failed(const request& asked, const fetched& answer, std::string_view why, timestamp now);
    void throttled(
        const request& asked,
        const fetched& answer,
        std::optional<milliseconds> retry_after,
        timestamp now
    );
    void denied(const request& asked, const fetched& answer, timestamp now);
    /// The source is not, or no longer, waiting for its credential to be accepted.
    void admitted();
    /// A usable answer that somebody should look at.
    void odd(const request& asked, const fetched& answer, std::string_view what, timestamp now);
    /// The journal will not take a row as it is.
    void refused(const request& asked, const error_code& why, timestamp now);
    /// So many such rows are passed over, and told of in their places.
    void passed_over(
        const request& asked, const error_code& why, std::uint64_t rows, timestamp now
    );
    /// So many rows that tell of what was given up are stored.
    void gave_up(std::uint64_t rows);

    poll_counts counts;  ///< `requests` and `followed` are moved by the poller

private:
    const std::string source_;
    const stage_log& log_;
    repeats failures_;
    repeats throttles_;
    repeats denials_;
    repeats refusals_;
    repeats oddities_;
    repeats losses_;
    bool is_denied_ = false;
};

}  // namespace rollcall
