#include "app/relaying.hpp"

#include "app/connection.hpp"
#include "app/polled_sources.hpp"
#include "app/topic_names.hpp"
#include "core/log.hpp"
#include "kafka/partitioner.hpp"
#include "poller/http_fetcher.hpp"

#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall {
namespace {

ordering ordering_of(order_mode mode)
{
    switch (mode) {
        case order_mode::event_time:
            return ordering::event_time;
        case order_mode::causal:
            return ordering::causal;
        case order_mode::arrival:
            return ordering::arrival;
    }
    return ordering::event_time;
}

source_set polled_names(const settings& with)
{
    source_set names;
    for (const auto& source : with.sources)
        if (source.poll)
            names.insert(source.name);
    return names;
}

std::map<std::string, match_settings, std::less<>> matched_sources_of(const settings& with)
{
    std::map<std::string, match_settings, std::less<>> matched;
    for (const auto& source : with.sources) {
        if (!source.poll || source.poll->downloads.match_window <= milliseconds{0})
            continue;
        const auto& downloads = source.poll->downloads;
        matched[source.name] = {
            .window = downloads.match_window,
            .distance = downloads.match_distance,
            .wait = downloads.match_wait};
    }
    return matched;
}

relay_settings relay_settings_of(
    const settings& with, const current_providers& providers, const current_privacy& privacy
)
{
    const auto names = names_of(with.kafka);
    return {
        .intake_topic = names.intake,
        .output_topics = {names.attendance, names.activity},
        .deadletter_topic = names.deadletter,
        .tracking_topic = names.tracking,
        .group = names.group,
        .transactional_id = with.kafka.topic_prefix + with.instance,
        .session_timeout = with.kafka.session_timeout,
        .transaction_timeout = with.kafka.transaction_timeout,
        .roll =
            {.mode = ordering_of(with.order.mode),
             .hold = with.order.hold,
             .settle_after = with.order.settle_after,
             .window = with.dedupe_window,
             .polled = polled_names(with),
             .matched = matched_sources_of(with),
             .gathered = with.dedupe_gathered},
        .provider_of = [&providers](std::string_view source) { return providers.find(source); },
        .privacy_of = [&privacy](std::string_view source) { return privacy.find(source); }};
}

relay_hooks hooks_of(relay_progress& told)
{
    return {
        .on_state = [&told](const relay_state& now) { told.take(now); },
        .on_step = {},
        .on_turn = [&told] { told.turns.turn(); }};
}

}  // namespace

relaying::relaying(
    const settings& with, std::shared_ptr<const source_providers> providers, surroundings around
)
    : around_{std::move(around)},
      relay_{
          connection_of(with, around_.statistics),
          relay_settings_of(with, around_.providers, around_.privacy),
          around_.counts,
          hooks_of(around_.told)},
      polling_{make_polling(with, std::move(providers))}
{
    relay_.set_follower(polling_->polls);
    polling_->polls.start();
    show(polling_);
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

std::shared_ptr<relaying::polling> relaying::make_polling(
    const settings& with, std::shared_ptr<const source_providers> providers
)
{
    auto sources = polled_sources(with, *providers);
    poller_surroundings around{
        .rows_to = around_.rows_to,
        .store = relay_,
        .partition_of = [partitions = around_.partitions](auto key
                        ) { return partition_of(key, partitions); },
        .make_fetcher = make_http_fetcher};
    return std::shared_ptr<polling>{
        new polling{std::move(providers), {std::move(sources), std::move(around)}}};
}

std::shared_ptr<relaying::polling> relaying::now_polling() const
{
    const std::lock_guard lock{mutex_};
    return polling_;
}

void relaying::change(const settings& to, std::shared_ptr<const source_providers> providers)
{
    auto next = make_polling(to, std::move(providers));
    relay_.change_sources(
        {.polled = polled_names(to), .matched = matched_sources_of(to)},
        [this, next = std::move(next)] { return go_on_with(next); }
    );
}

// On the relay's thread. What the former one has in flight is cut, and asked for again by its
// successor; rows that it has handed on are stored first.
tracking_follower* relaying::go_on_with(const std::shared_ptr<polling>& next)
{
    now_polling()->polls.stop();
    next->polls.start();
    show(next);
    const std::lock_guard lock{mutex_};
    polling_ = next;
    return &next->polls;
}

// As long as somebody looks at it, what it points into stays.
void relaying::show(const std::shared_ptr<polling>& now) const
{
    around_.polls.replace({now, &now->polls});
}

bool relaying::stop()
{
    now_polling()->polls.stop();
    thread_.request_stop();
    thread_.join();
    now_polling()->polls.stop();  // one that has taken its place meanwhile
    around_.polls.replace(nullptr);
    return !failure_;
}

void relaying::run(const std::stop_token& stop)
{
    try {
        relay_.run(stop);
    } catch (const std::exception& e) {
        failure_ = true;
        stage_log{"serve"}.error("the relay cannot go on", {{"error", e.what()}});
        around_.on_failure();
    }
}

}  // namespace rollcall
