#include "app/polled_sources.hpp"

namespace rollcall {

std::vector<polled_source> polled_sources(const settings& with, const source_providers& providers)
{
    std::vector<polled_source> sources;
    for (const auto& source : with.sources) {
        if (!source.poll)
            continue;
        const auto& poll = *source.poll;
        sources.push_back(
            {.name = source.name,
             .from = &providers.at(source.name),
             .base_url = poll.base_url,
             .api_key = poll.api_key,
             .ca_file = poll.ca_file,
             .owner = poll.owner,
             .requests_a_minute = poll.requests_a_minute,
             .concurrency = poll.concurrency,
             .connect_timeout = poll.connect_timeout,
             .answer_timeout = poll.answer_timeout,
             .body_bytes = poll.body_bytes,
             .downloads =
                 {.hosts = poll.downloads.hosts,
                  .max_bytes = poll.downloads.max_bytes,
                  .timeout = poll.downloads.timeout,
                  .at_once = poll.downloads.at_once},
             .pace =
                 {.interval = poll.interval,
                  .discovery_interval = poll.discovery_interval,
                  .overlap = poll.overlap,
                  .late_sweep = poll.late_sweep,
                  .window = with.dedupe_window}}
        );
    }
    return sources;
}

}  // namespace rollcall
