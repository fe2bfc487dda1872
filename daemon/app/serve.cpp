#include "app/serve.hpp"

#include "app/connection.hpp"
#include "app/exit_code.hpp"
#include "app/polled_sources.hpp"
#include "app/source_providers.hpp"
#include "app/topic_names.hpp"
#include "app/topic_plan.hpp"
#include "core/log.hpp"
#include "http/server.hpp"
#include "intake/kafka_journal.hpp"
#include "intake/spooling_journal.hpp"
#include "kafka/partitioner.hpp"
#include "kafka/producer.hpp"
#include "listener/key_keeper.hpp"
#include "listener/webhook_listener.hpp"
#include "ops/ops_listener.hpp"
#include "ops/readiness.hpp"
#include "poller/http_fetcher.hpp"
#include "poller/poller.hpp"
#include "relay/relay.hpp"
#include "settings/quantities.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

// Between two questions whether the topics are as they should be, while no broker answers.
constexpr milliseconds topics_retry{1'000};

const stage_log& serve_log()
{
    static const stage_log log{"serve"};
    return log;
}

http::limits limits_of(const limit_settings& with)
{
    http::limits allowed;
    allowed.header_bytes = static_cast<std::uint32_t>(with.header_bytes);
    allowed.body_bytes = with.body_bytes;
    allowed.connections = with.connections;
    allowed.header_time = with.header_time;
    allowed.body_time = with.body_time;
    allowed.idle_time = with.idle_time;
    return allowed;
}

// By source: those whose provider publishes its key, unless it is pinned.
using key_keepers = std::map<std::string, key_keeper, std::less<>>;

key_keepers keepers_of(const settings& with, const source_providers& providers)
{
    key_keepers keepers;
    for (const auto& source : with.sources) {
        const auto& from = providers.at(source.name);
        const auto& key = source.webhook.key;
        if (!source.webhook.secrets.empty() || from.default_key_url().empty())
            continue;
        const key_keeper::options how{
            .source = source.name,
            .from = &from,
            .url = key.url,
            .ca_file = key.ca_file,
            .pace = {.refresh = key.refresh, .refetch = key.refetch, .grace = key.grace}};
        keepers.try_emplace(source.name, how);
    }
    return keepers;
}

std::vector<hook> hooks_of(
    const settings& with, const source_providers& providers, key_keepers& keepers
)
{
    std::vector<hook> hooks;
    for (const auto& source : with.sources) {
        const auto& from = providers.at(source.name);
        hook h{.name = source.name, .from = &from, .keys = {}};
        if (const auto keeper = keepers.find(source.name); keeper != keepers.end())
            h.published = &keeper->second;
        h.query_token = source.webhook.query_token;
        h.unsigned_allowed = source.webhook.unsigned_allowed;
        for (const auto& secret : source.webhook.secrets) {
            auto key = from.parse_secret(secret);
            if (!key)
                throw std::runtime_error("source " + source.name + ": secret " + key.error().where);
            h.keys.push_back(std::move(*key));
        }
        hooks.push_back(std::move(h));
    }
    return hooks;
}

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

relay_settings relay_settings_of(const settings& with, const source_providers& providers)
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
        .provider_of = [&providers](std::string_view source) { return providers.find(source); }};
}

std::vector<std::string> addresses_of(const settings& with)
{
    std::vector<std::string> addresses;
    addresses.reserve(with.listen.size());
    for (const auto& one : with.listen)
        addresses.push_back(one.address);
    return addresses;
}

// Readiness follows the relay until its first assignment is restored; a later rebalance does not
// take it back.
class readiness_of_relay {
public:
    explicit readiness_of_relay(readiness& told) : told_{told} {}

    void operator()(const relay_state& now)
    {
        if (was_ready_)
            return;
        if (!now.assigned) {
            told_.not_ready("waiting for the consumer group");
        } else if (now.restoring > 0) {
            const auto& r = now.restore;
            const auto percent =
                r.to_read == 0 ? 0 : std::min<std::uint64_t>(100, 100 * r.read / r.to_read);
            told_.not_ready(
                "restoring " + std::to_string(now.restoring) + " of " +
                std::to_string(now.restoring + now.active) + " partitions, " +
                std::to_string(percent) + " %"
            );
        } else {
            was_ready_ = true;
            told_.ready();
            serve_log().info("ready", {{"partitions", now.active}});
        }
    }

private:
    readiness& told_;
    bool was_ready_ = false;
};

// The relay and the poller, which tell each other what there is to poll and how far it is read.
// When the relay cannot go on, so cannot the daemon.
class relay_and_poller {
public:
    relay_and_poller(
        const settings& with,
        const source_providers& providers,
        std::int32_t partitions,
        journal& rows_to,
        readiness& told,
        boost::asio::io_context& control
    )
        : relay_{connection_of(with), relay_settings_of(with, providers), counts_, {.on_state = readiness_of_relay{told}, .on_step = {}}},
          poller_{
              polled_sources(with, providers),
              {.rows_to = rows_to,
               .store = relay_,
               .partition_of = [partitions](auto key) { return partition_of(key, partitions); },
               .make_fetcher = make_http_fetcher}}
    {
        relay_.set_follower(poller_);
        poller_.start();
        thread_ = std::jthread{[this, &control](std::stop_token stop) { run(stop, control); }};
    }

    /// With the flow: no more requests, then the transaction under way is finished. False where the
    /// relay had failed before.
    bool stop()
    {
        poller_.stop();
        thread_.request_stop();
        thread_.join();
        return !failure_;
    }

private:
    void run(const std::stop_token& stop, boost::asio::io_context& control)
    {
        try {
            relay_.run(stop);
        } catch (const std::exception& e) {
            failure_ = true;
            serve_log().error("the relay cannot go on", {{"error", e.what()}});
            boost::asio::post(control, [&control] { control.stop(); });
        }
    }

    relay_counts counts_;
    relay relay_;
    poller poller_;
    bool failure_ = false;  // read after the join
    std::jthread thread_;
};

// The topics as they were found at the start.
struct found_topics {
    std::vector<std::string> wrong;  // one line each
    std::int32_t partitions = 0;     // of the intake
};

// Asks until a broker answers, or a signal comes: then nothing.
std::optional<found_topics> wait_for_topics(const settings& with, boost::asio::io_context& control)
{
    admin cluster{connection_of(with)};
    while (!control.stopped()) {
        const auto findings = inspect_topics(with, cluster);
        if (findings) {
            found_topics topics;
            for (const auto& found : *findings)
                topics.wrong.insert(topics.wrong.end(), found.wrong.begin(), found.wrong.end());
            if (const auto& intake = findings->front().is)
                topics.partitions = intake->partitions;
            return topics;
        }
        serve_log().warn(
            "Kafka does not answer",
            {{"error", findings.error().message()}, {"detail", cluster.last_error()}}
        );
        control.run_for(topics_retry);
    }
    return std::nullopt;
}

// Null where the settings want none.
std::unique_ptr<spooling_journal> make_spool(const settings& with, lending_journal& kafka)
{
    if (with.spool.max_bytes == 0)
        return nullptr;
    try {
        return std::make_unique<spooling_journal>(
            kafka, spooling_journal::options{.where = {with.spool.directory, with.spool.max_bytes}}
        );
    } catch (const std::runtime_error& e) {
        throw std::runtime_error{
            std::string{"the spool cannot be used: "} + e.what() +
            " (spool.directory names another place, spool.max_bytes: 0B goes without)"};
    }
}

std::optional<std::string> shortfall_of(const spooling_journal* spool)
{
    const auto now = spool != nullptr ? spool->now() : spooling_journal::status{};
    if (!now.spooling && now.waiting.records == 0)
        return std::nullopt;
    return std::string{now.spooling ? "spooling, " : "sending on what was spooled, "} +
           std::to_string(now.waiting.records) + " records wait (" + size_text(now.waiting.bytes) +
           ")";
}

}  // namespace

int run_serve(const settings& with)
{
    // Nothing may end us but the signals below: a peer that closed its socket is an error of that
    // write.
    std::signal(SIGPIPE, SIG_IGN);
    boost::asio::io_context control{1};
    boost::asio::signal_set signals{control, SIGTERM, SIGINT};
    signals.async_wait([&control](const boost::system::error_code& ec, int number) {
        if (ec)
            return;
        serve_log().info("stopping", {{"signal", number}});
        control.stop();
    });

    const auto names = names_of(with.kafka);
    producer intake{connection_of(with), {.timeout = with.intake_timeout}};
    kafka_journal stored{intake, names.intake};
    const auto spool = make_spool(with, stored);

    readiness ready;
    ready.degraded_by([&spool] { return shortfall_of(spool.get()); });
    ops_listener ops{ready};
    http::server ops_server{http::limits{.connections = 64}, 1, {with.ops_address}, ops};

    const source_providers providers{with};
    key_keepers keepers = keepers_of(with, providers);
    webhook_listener hooks{
        hooks_of(with, providers, keepers), spool ? static_cast<journal&>(*spool) : stored};
    http::server hook_server{
        limits_of(with.limits),
        std::max(1U, std::thread::hardware_concurrency()),
        addresses_of(with),
        hooks};

    ops_server.start();
    hook_server.start();
    for (const auto& endpoint : hook_server.local_endpoints())
        serve_log().info(
            "listening",
            {{"address", endpoint.address().to_string()},
             {"port", endpoint.port()},
             {"sources", with.sources.size()}}
        );
    for (const auto& endpoint : ops_server.local_endpoints())
        serve_log().info(
            "ops", {{"address", endpoint.address().to_string()}, {"port", endpoint.port()}}
        );

    const auto topics = wait_for_topics(with, control);
    for (const auto& one : topics ? topics->wrong : std::vector<std::string>{})
        serve_log().error("a topic is not as it must be", {{"what", one}});
    bool failed = topics && !topics->wrong.empty();
    if (topics && !failed && !control.stopped()) {
        intake.warm_up(names.intake, topics_retry);
        relay_and_poller relaying{with, providers, topics->partitions, stored, ready, control};
        control.run();
        // With the flow: nothing new, what is in flight is answered, then the transaction is
        // finished.
        ready.not_ready("stopping");
        hook_server.stop(with.shutdown_timeout);
        failed = !relaying.stop();
    } else {
        hook_server.stop(with.shutdown_timeout);
    }
    if (spool)
        spool->stop();
    ops_server.stop(milliseconds{0});
    serve_log().info("stopped");
    return failed ? exit_failed : exit_done;
}

}  // namespace rollcall
