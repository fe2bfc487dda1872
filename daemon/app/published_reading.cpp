#include "app/published_reading.hpp"

#include "app/topic_names.hpp"
#include "app/topic_reading.hpp"

#include <utility>

namespace rollcall {

published_index::match_windows match_windows_of(const settings& with)
{
    published_index::match_windows windows;
    for (const auto& source : with.sources)
        if (source.poll && source.poll->downloads.match_window > milliseconds{0})
            windows[source.name] = source.poll->downloads.match_window;
    return windows;
}

result<published_index> read_published(
    partition_reader& reader, const settings& with, timestamp since, const std::string& source
)
{
    const auto names = names_of(with.kafka);
    published_index all{match_windows_of(with)};
    const auto take = [&](const consumed_record& record) {
        auto message = read_published(record);
        if (message && (source.empty() || message->source == source))
            all.add(*std::move(message));
    };
    const std::vector<topic_stretch> both{
        {.topic = names.attendance, .since = since}, {.topic = names.activity, .since = since}};
    if (const auto ec = read_stretches(reader, both, take))
        return ec;
    return all;
}

}  // namespace rollcall
