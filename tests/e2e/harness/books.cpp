#include "harness/books.hpp"

#include <sstream>

namespace rollcall::test {
namespace {

// Whole numbers, so they are equal or not.
void compare(
    std::vector<std::string>& faults,
    const std::string& what,
    const std::string& source,
    double left,
    double right
)
{
    if (left == right)
        return;
    std::ostringstream line;
    line.precision(15);
    line << source << ": " << left << ' ' << what << ", and it is known of " << right
         << " what became of them";
    faults.push_back(line.str());
}

}  // namespace

std::vector<std::string> imbalances(const metrics_page_read& page)
{
    std::vector<std::string> faults;
    for (const auto& source : page.values_of("rollcall_webhooks_received_total", "source")) {
        const auto of = [&](const char* name) { return page.sum(name, {{"source", source}}); };
        compare(
            faults,
            "webhooks",
            source,
            of("rollcall_webhooks_received_total"),
            of("rollcall_webhooks_permitted_total") + of("rollcall_webhooks_rejected_total") +
                of("rollcall_webhooks_stored_total") + of("rollcall_webhooks_failed_total") +
                of("rollcall_webhooks_ignored_total")
        );
    }
    for (const auto& source : page.values_of("rollcall_relay_records_total", "source")) {
        const auto of = [&](const char* name) { return page.sum(name, {{"source", source}}); };
        compare(
            faults,
            "records",
            source,
            of("rollcall_relay_records_total"),
            of("rollcall_relay_record_outcomes_total") + of("rollcall_relay_records_waiting")
        );
        const auto derived =
            page.sum("rollcall_messages_published_total", {{"source", source}, {"via", "derived"}});
        compare(
            faults,
            "events",
            source,
            of("rollcall_events_total"),
            of("rollcall_messages_published_total") - derived +
                of("rollcall_events_duplicate_total") + of("rollcall_events_dropped_total") +
                of("rollcall_events_held")
        );
    }
    return faults;
}

std::vector<std::string> unread(const metrics_page_read& page)
{
    std::vector<std::string> faults;
    for (const auto& source : page.values_of("rollcall_relay_records_total", "source")) {
        const auto of = [&](const char* name) { return page.sum(name, {{"source", source}}); };
        if (page.has("rollcall_poll_rows_total", {{"source", source}}))
            continue;
        const auto notices = page.sum(
            "rollcall_relay_record_outcomes_total", {{"source", source}, {"outcome", "notice"}}
        );
        compare(
            faults,
            "stored records",
            source,
            of("rollcall_webhook_records_total"),
            of("rollcall_relay_records_total") - notices
        );
    }
    return faults;
}

}  // namespace rollcall::test
