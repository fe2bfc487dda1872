#include "poller/source_report.hpp"

#include <utility>

namespace rollcall {
namespace {

constexpr milliseconds between_warnings = std::chrono::minutes{1};
constexpr milliseconds between_alerts = std::chrono::hours{1};

void count(std::atomic<std::uint64_t>& what, std::uint64_t by = 1)
{
    what.fetch_add(by, std::memory_order_relaxed);
}

}  // namespace

std::string path_class(std::string_view target, std::string_view meeting)
{
    std::string made{target.substr(0, target.find('?'))};
    if (meeting.empty())
        return made;
    for (std::size_t at = 0; (at = made.find(meeting, at)) != std::string::npos; ++at) {
        const auto end = at + meeting.size();
        if (at > 0 && made[at - 1] == '/' && (end == made.size() || made[end] == '/'))
            made.replace(at, meeting.size(), "{meeting}");
    }
    return made;
}

source_report::source_report(std::string source, const stage_log& log)
    : source_{std::move(source)},
      log_{log},
      failures_{between_warnings},
      throttles_{between_warnings},
      denials_{between_alerts},
      refusals_{between_warnings},
      oddities_{between_warnings},
      losses_{between_warnings}
{
}

void source_report::stored(std::uint64_t rows)
{
    count(counts.rows, rows);
}

void source_report::admitted()
{
    if (!std::exchange(is_denied_, false))
        return;
    denials_.over();
    log_.info("the provider accepts the API key again", {{"source", source_}});
}

void source_report::failed(
    const request& asked, const fetched& answer, std::string_view why, timestamp now
)
{
    count(counts.failed);
    if (const auto times = failures_.happened(now))
        log_.warn(
            "requests fail",
            {{"source", source_},
             {"path", path_class(asked.target, asked.meeting)},
             {"status", answer.response.status},
             {"error", why},
             {"detail", answer.trouble},
             {"times", *times}}
        );
}

void source_report::throttled(
    const request& asked,
    const fetched& answer,
    std::optional<milliseconds> retry_after,
    timestamp now
)
{
    count(counts.throttled);
    if (const auto times = throttles_.happened(now))
        log_.warn(
            "throttled by the provider",
            {{"source", source_},
             {"path", path_class(asked.target, asked.meeting)},
             {"status", answer.response.status},
             {"retry_after_ms", retry_after ? std::to_string(retry_after->count()) : "none"},
             {"times", *times}}
        );
}

void source_report::denied(const request& asked, const fetched& answer, timestamp now)
{
    count(counts.denied);
    is_denied_ = true;
    if (const auto times = denials_.happened(now))
        log_.error(
            "the provider does not accept the API key; the source is not polled, and tried again "
            "every minute",
            {{"source", source_},
             {"path", path_class(asked.target, asked.meeting)},
             {"status", answer.response.status},
             {"times", *times}}
        );
}

void source_report::refused(const request& asked, const error_code& why, timestamp now)
{
    count(counts.failed);
    if (const auto times = refusals_.happened(now))
        log_.error(
            "a row cannot be stored",
            {{"source", source_},
             {"meeting", asked.meeting},
             {"error", why.message()},
             {"times", *times}}
        );
}

void source_report::passed_over(
    const request& asked, const error_code& why, std::uint64_t rows, timestamp now
)
{
    if (const auto times = losses_.happened(now))
        log_.error(
            "rows that cannot be stored are passed over; the dead letters tell of each",
            {{"source", source_},
             {"meeting", asked.meeting},
             {"path", path_class(asked.target, asked.meeting)},
             {"rows", rows},
             {"error", why.message()},
             {"times", *times}}
        );
}

void source_report::gave_up(std::uint64_t rows)
{
    count(counts.given_up, rows);
}

void source_report::odd(
    const request& asked, const fetched& answer, std::string_view what, timestamp now
)
{
    if (const auto times = oddities_.happened(now))
        log_.warn(
            "a poll is not as it should be",
            {{"source", source_},
             {"meeting", asked.meeting},
             {"path", path_class(asked.target, asked.meeting)},
             {"status", answer.response.status},
             {"what", what},
             {"times", *times}}
        );
}

}  // namespace rollcall
