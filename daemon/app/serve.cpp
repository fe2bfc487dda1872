#include "app/serve.hpp"

#include "app/configuration.hpp"
#include "app/connection.hpp"
#include "app/current_privacy.hpp"
#include "app/exit_code.hpp"
#include "app/listener_identities.hpp"
#include "app/listening_places.hpp"
#include "app/metrics/daemon_metrics.hpp"
#include "app/relay_progress.hpp"
#include "app/relaying.hpp"
#include "app/reloading.hpp"
#include "app/shortfall.hpp"
#include "app/source_providers.hpp"
#include "app/status_line.hpp"
#include "app/topic_names.hpp"
#include "app/topic_plan.hpp"
#include "app/webhook_hooks.hpp"
#include "core/listed.hpp"
#include "core/log.hpp"
#include "http/server.hpp"
#include "intake/kafka_journal.hpp"
#include "intake/spooling_journal.hpp"
#include "kafka/admin.hpp"
#include "kafka/producer.hpp"
#include "kafka/statistics.hpp"
#include "listener/webhook_listener.hpp"
#include "ops/life_signs.hpp"
#include "ops/ops_listener.hpp"
#include "ops/passed_sockets.hpp"
#include "ops/readiness.hpp"
#include "ops/service_manager.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
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

std::int64_t seconds_now()
{
    return std::chrono::floor<std::chrono::seconds>(wall_clock()).time_since_epoch().count();
}

http::limits limits_of(const limit_settings& with)
{
    http::limits allowed;
    allowed.header_bytes = static_cast<std::uint32_t>(with.header_bytes);
    allowed.body_bytes = with.body_bytes;
    allowed.connections = with.connections;
    allowed.handshake_time = with.handshake_time;
    allowed.header_time = with.header_time;
    allowed.body_time = with.body_time;
    allowed.idle_time = with.idle_time;
    return allowed;
}

// The topics as they were found at the start.
struct found_topics {
    std::vector<std::string> wrong;  // one line each
    std::int32_t partitions = 0;     // of the intake
};

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

std::string variable(const environment& from, const std::string& name)
{
    const auto found = from.find(name);
    return found == from.end() ? std::string{} : found->second;
}

// What runs from the first log line to the last, in the order in which it is made; it goes the
// other way round.
class daemon {
public:
    daemon(const settings& with, settings_source again);
    /// Nobody may ask about what is gone.
    ~daemon() { ops_server_.stop(milliseconds{0}); }
    daemon(const daemon&) = delete;
    daemon& operator=(const daemon&) = delete;
    /// The exit code.
    int run();

private:
    void announce();
    std::optional<found_topics> wait_for_topics();
    bool relay_until_stopped(std::int32_t partitions);
    void wait_for_hangup();
    void reload();
    void refuse(const std::vector<std::string>& faults);
    void put_in_force(const settings& next);
    void expect_sources(const settings& with);
    life_signs signs();
    observed_parts parts() const;
    std::string status() const;
    spooling_journal::status spooled() const
    {
        return spool_ ? spool_->now() : spooling_journal::status{};
    }
    std::optional<std::string> shortfall() const;

    settings with_;  // in force; changed by a reload
    const settings_source again_;
    const environment variables_ = process_environment();
    const topic_names names_ = names_of(with_.kafka);
    boost::asio::io_context control_{1};
    boost::asio::signal_set signals_{control_, SIGTERM, SIGINT};
    boost::asio::signal_set hangups_{control_, SIGHUP};
    std::atomic<std::size_t> sources_{with_.sources.size()};
    const std::shared_ptr<client_statistics> statistics_{std::make_shared<client_statistics>()};
    producer intake_{connection_of(with_, statistics_), {.timeout = with_.intake_timeout}};
    kafka_journal stored_{intake_, names_.intake};
    std::unique_ptr<spooling_journal> spool_{make_spool(with_, stored_)};
    readiness ready_;
    relay_progress progress_{ready_};
    relay_counts counts_;
    current_poller polls_;
    reload_counts reloads_;
    metrics_page metrics_;
    ops_listener ops_{ready_, metrics_};
    http::server ops_server_{http::limits{.connections = 64}, 1, {with_.ops_address}, ops_};
    std::shared_ptr<const source_providers> made_{std::make_shared<source_providers>(with_)};
    current_providers providers_;
    current_privacy privacy_{with_};
    kept_keys keys_{kept_keys_of(with_, made_, {})};
    webhook_listener hooks_{
        hooks_of(with_, made_, keys_), spool_ ? static_cast<journal&>(*spool_) : stored_};
    listener_identities identities_{with_};
    http::server hook_server_;
    relaying* relaying_ = nullptr;  // while there is one
    service_manager manager_;
};

daemon::daemon(const settings& with, settings_source again)
    : with_{with},
      again_{std::move(again)},
      hook_server_{
          limits_of(with_.limits),
          std::max(1U, std::thread::hardware_concurrency()),
          listening_places(
              with_,
              passed_sockets(
                  [this](const auto& name) { return variable(variables_, name); }, ::getpid()
              ),
              identities_.all()
          ),
          hooks_},
      manager_{
          service_environment::read(
              [this](const auto& name) { return variable(variables_, name); }, ::getpid()
          ),
          signs(),
          [this] { return status(); }}
{
    providers_.replace(made_);
    expect_sources(with_);
    reloads_.last_success_s = seconds_now();
    add_daemon_metrics(metrics_, parts());
    ready_.degraded_by([this] { return shortfall(); });
    wait_for_hangup();
    identities_.watch(control_, [this](std::string what) { manager_.remark(std::move(what)); });
    signals_.async_wait([this](const boost::system::error_code& ec, int number) {
        if (ec)
            return;
        serve_log().info("stopping", {{"signal", number}});
        control_.stop();
    });
}

void daemon::wait_for_hangup()
{
    hangups_.async_wait([this](const boost::system::error_code& ec, int) {
        if (ec)
            return;
        reload();
        wait_for_hangup();
    });
}

// All of it, or nothing: what may fail comes first.
void daemon::reload()
{
    manager_.reloading();
    const auto read = again_();
    if (!read) {
        std::vector<std::string> faults;
        for (const auto& fault : read.error())
            faults.push_back(to_string(fault));
        return refuse(faults);
    }
    identities_.tell(with_);  // the files may have brought them another certificate since
    const auto [next, fixed] = plan_reload(with_, *read);
    try {
        put_in_force(next);
    } catch (const std::exception& e) {
        return refuse({e.what()});
    }
    ++reloads_.succeeded;
    reloads_.last_succeeded = true;
    reloads_.last_success_s = seconds_now();
    serve_log().info("reloaded", {{"sources", with_.sources.size()}});
    for (const auto& path : fixed)
        serve_log().warn("a setting stays as it is until a restart", {{"setting", path}});
    manager_.remark(fixed.empty() ? "" : "only a restart changes " + listed(fixed));
    manager_.ready();
}

void daemon::refuse(const std::vector<std::string>& faults)
{
    ++reloads_.failed;
    reloads_.last_succeeded = false;
    for (const auto& fault : faults)
        serve_log().error("the settings are not reloaded", {{"fault", fault}});
    manager_.remark("the settings were refused: " + listed(faults, "; "));
    manager_.ready();
}

void daemon::expect_sources(const settings& with)
{
    for (const auto& source : with.sources)
        counts_.books.expect(source.name);
}

// The relay knows a source before its first webhook can come.
void daemon::put_in_force(const settings& next)
{
    const auto made = std::make_shared<const source_providers>(next);
    auto keys = kept_keys_of(next, made, keys_);
    auto hooks = hooks_of(next, made, keys);
    auto identities = identities_.prepare(next);
    expect_sources(next);
    if (relaying_ != nullptr && polls_differ(with_, next))
        relaying_->change(next, made);
    providers_.replace(made);
    privacy_.replace(next);
    hooks_.replace(std::move(hooks));
    identities_.put_in_force(std::move(identities));
    hook_server_.allow(limits_of(next.limits));
    configure_logging(next.format, next.level);
    with_ = next;
    made_ = made;
    keys_ = std::move(keys);
    sources_ = next.sources.size();
}

life_signs daemon::signs()
{
    life_signs all;
    all.expect("relay", [this] { return progress_.turns.has_turned(); });
    for (std::size_t n = 0; n < hook_server_.threads(); ++n)
        all.expect("hooks " + std::to_string(n), [this, n] { return hook_server_.has_turned(n); });
    return all;
}

observed_parts daemon::parts() const
{
    return {
        .hooks = hooks_,
        .connections = hook_server_.counted(),
        .relay = counts_,
        .progress = progress_,
        .polls = polls_,
        .kafka = *statistics_,
        .spool = [this] { return spooled(); },
        .spool_max_bytes = with_.spool.max_bytes,
        .reloads = reloads_,
        .sources = [this] { return std::uint64_t{sources_}; },
        .ready = [this] { return !ready_.why_not(); }};
}

std::string daemon::status() const
{
    return status_line(
        {.not_ready = ready_.why_not(),
         .relay = progress_.now(),
         .sources = sources_,
         .spooled = spooled().waiting.records}
    );
}

std::optional<std::string> daemon::shortfall() const
{
    std::vector<std::string> refused;
    const auto polls = polls_.get();
    for (const auto& source : polls ? polls->states() : std::vector<source_state>{})
        if (source.denied)
            refused.push_back(source.source);
    return shortfall_text(
        {.spooled = spooled(),
         .relay = progress_.now(),
         .ready = !ready_.why_not(),
         .keyless = hooks_.without_key(),
         .refused = std::move(refused)}
    );
}

void daemon::announce()
{
    for (const auto& endpoint : hook_server_.local_endpoints())
        serve_log().info(
            "listening",
            {{"address", endpoint.address().to_string()},
             {"port", endpoint.port()},
             {"sources", with_.sources.size()}}
        );
    for (const auto& endpoint : ops_server_.local_endpoints())
        serve_log().info(
            "ops", {{"address", endpoint.address().to_string()}, {"port", endpoint.port()}}
        );
    manager_.ready();  // webhooks are taken from now on, whatever Kafka does
}

// Asks until a broker answers, or a signal comes: then nothing.
std::optional<found_topics> daemon::wait_for_topics()
{
    admin cluster{connection_of(with_)};
    while (!control_.stopped()) {
        progress_.turns.turn();
        const auto findings = inspect_topics(with_, cluster);
        if (findings) {
            found_topics topics;
            for (const auto& found : *findings) {
                topics.wrong.insert(topics.wrong.end(), found.wrong.begin(), found.wrong.end());
                for (const auto& note : found.notes)
                    serve_log().warn("a topic differs from the settings", {{"topic", note}});
            }
            if (const auto& intake = findings->front().is)
                topics.partitions = intake->partitions;
            return topics;
        }
        ready_.not_ready("waiting for Kafka");
        serve_log().warn(
            "Kafka does not answer",
            {{"error", findings.error().message()}, {"detail", cluster.last_error()}}
        );
        control_.run_for(topics_retry);
    }
    return std::nullopt;
}

// False where the relay has failed.
bool daemon::relay_until_stopped(std::int32_t partitions)
{
    intake_.warm_up(names_.intake, topics_retry);
    relaying both{
        with_,
        made_,
        {.providers = providers_,
         .privacy = privacy_,
         .partitions = partitions,
         .rows_to = stored_,
         .told = progress_,
         .counts = counts_,
         .polls = polls_,
         .statistics = statistics_,
         .on_failure = [this] { boost::asio::post(control_, [this] { control_.stop(); }); }}};
    relaying_ = &both;
    control_.run();
    relaying_ = nullptr;
    // With the flow: nothing new, what is in flight is answered, then the transaction is finished.
    ready_.not_ready("stopping");
    manager_.stopping();
    hook_server_.stop(with_.shutdown_timeout);
    return both.stop();
}

int daemon::run()
{
    ops_server_.start("ops");
    hook_server_.start("hooks");
    announce();
    const auto topics = wait_for_topics();
    for (const auto& one : topics ? topics->wrong : std::vector<std::string>{})
        serve_log().error("a topic is not as it must be", {{"what", one}});
    bool failed = topics && !topics->wrong.empty();
    if (topics && !failed && !control_.stopped()) {
        failed = !relay_until_stopped(topics->partitions);
    } else {
        ready_.not_ready("stopping");
        manager_.stopping();
        hook_server_.stop(with_.shutdown_timeout);
    }
    if (spool_)
        spool_->stop();
    ops_server_.stop(milliseconds{0});
    serve_log().info("stopped");
    return failed ? exit_failed : exit_done;
}

}  // namespace

int run_serve(const settings& with, settings_source again)
{
    // Nothing may end us but the signals that are waited for: a peer that closed its socket is an
    // error of that write.
    std::signal(SIGPIPE, SIG_IGN);
    return daemon{with, std::move(again)}.run();
}

}  // namespace rollcall
