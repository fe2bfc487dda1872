#pragma once

#include "support/metrics_page.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "verifier/verifier.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::test {

/// What a service manager gives the daemon at its start.
struct launch {
    std::map<std::string, std::string> environment;
    /// Passed as the only one (LISTEN_FDS), under the name `hooks`; stays the caller's. -1: none.
    int socket = -1;
};

/// One instance of the daemon: the same ports, name and log through every restart.
class instance {
public:
    instance(std::string name, std::filesystem::path settings, std::string listen, std::string ops);

    void start(const launch& how = {});
    /// SIGKILL.
    void kill();
    void signal(int number) { daemon_->signal(number); }
    /// SIGTERM, and how it ended; nothing where it did not within `timeout`.
    std::optional<exit_status> stop(std::chrono::milliseconds timeout = std::chrono::seconds{30});
    bool running() { return daemon_ && daemon_->running(); }

    /// True once `/readyz` says 200, false where it does not within `timeout`.
    [[nodiscard]] bool ready(std::chrono::milliseconds timeout = std::chrono::seconds{60});
    /// True once the listener answers, ready or not.
    [[nodiscard]] bool listening(std::chrono::milliseconds timeout = std::chrono::seconds{30});

    const std::string& name() const { return name_; }
    int process_id() const { return daemon_->id(); }
    const std::string& listen_address() const { return listen_; }
    const std::filesystem::path& settings() const { return settings_; }
    /// Where the webhooks of a source go.
    std::string webhook_url(std::string_view source = "demo") const
    {
        return "http://" + listen_ + "/hooks/" + std::string{source};
    }
    /// Ends it as `stop` does, and starts it with the settings that there are then.
    [[nodiscard]] bool restart();
    const std::string& ops_at() const { return ops_; }
    std::string ops_url(std::string_view path) const
    {
        return "http://" + ops_ + std::string{path};
    }
    /// What `/metrics` tells now; nothing where it does not answer.
    std::optional<metrics_page_read> metrics() const;
    std::filesystem::path log() const { return settings_.string() + ".log"; }
    /// How much memory it has now; 0 where it does not run.
    std::uint64_t resident_bytes() const;
    /// How long it has kept a processor busy, on all its threads; 0 where it does not run.
    double processor_seconds() const;

private:
    std::string name_;
    std::filesystem::path settings_;
    std::string listen_;
    std::string ops_;
    std::unique_ptr<process> daemon_;  ///< null while it does not run
};

/// How a source's API is polled: everything happens within seconds.
struct polling {
    std::string base_url;
    std::chrono::milliseconds interval{300};
    std::chrono::milliseconds discovery_interval{1'000};
    std::chrono::milliseconds overlap{30'000};
    std::chrono::milliseconds late_sweep{4'000};
    std::chrono::milliseconds answer_timeout{1'000};
    std::uint32_t requests_a_minute = 60'000;
    std::uint32_t concurrency = 8;
    std::string downloads;  ///< more of these settings, each behind a comma
    std::string more;       ///< more settings, each behind a comma
};

/// One installation of Rollcall for one test: its settings, topics of its own, and its instances.
class deployment {
public:
    struct options {
        std::string provider = "attendee";  ///< of the source `demo`
        promise mode = promise::event_time;
        std::chrono::milliseconds hold{2'000};
        std::chrono::milliseconds settle_after{5'000};
        std::chrono::milliseconds session_timeout{3'000};
        std::int32_t partitions = 4;
        std::string spool_bytes = "1GiB";  ///< 0B: no spool
        std::filesystem::path
            spool_directory;          ///< where the spools are; empty: beside the settings
        std::string log_level = {};   ///< of all instances; empty: the daemon's own
        std::optional<polling> poll;  ///< of the source `demo`
        /// Of Recall.ai, where it is not `secrets_of`: one a line.
        std::string secrets;
        std::string key_url;                    ///< where a provider's published key is
        std::map<std::string, polling> others;  ///< more sources
        /// Further sources as the settings have them, two blanks before their names. The secret of
        /// `demo` is in attendee-0.secret, beside the settings.
        std::string more_sources;
    };

    static constexpr auto source = "demo";
    static constexpr auto secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    /// What a provider signs with, one secret a line: Recall.ai has one for each family of
    /// webhooks. RealtimeKit's are the private keys, in PEM, and in no settings.
    static std::string secrets_of(const std::string& provider);

    /// Makes the topics with `rollcall topics --create`; throws `std::runtime_error` where that
    /// fails.
    deployment(std::string kafka, const options& how);
    /// Adds up the books of every instance that still runs (`imbalances`): where they do not
    /// balance, or a log has what it must not have (`forbid_in_logs`), the test fails. Shows the
    /// end of every log where the test has failed.
    ~deployment();

    /// From now on the installation is like this, but for its topics; who runs already, only after
    /// its next start.
    void change(const options& how);
    /// Runs a command of the executable with the settings of that instance, to its end.
    completed rollcall(
        const instance& with,
        const std::vector<std::string>& words,
        std::chrono::milliseconds timeout = std::chrono::seconds{60}
    ) const;
    /// Starts one, its output to a file of that name.
    process start(
        const instance& with, const std::vector<std::string>& words, const std::string& output
    ) const;

    /// An instance that is not started yet; lives as long as the deployment. It polls with a key of
    /// its own: `key-` and its name.
    instance& add(const std::string& name);

    const std::string& kafka() const { return kafka_; }
    std::string topic(std::string_view name) const { return prefix_ + std::string{name}; }
    const options& how() const { return how_; }
    /// What Recall.ai signs with here, one a line.
    std::string recall_secrets() const;
    std::filesystem::path file(const std::string& name) const { return directory_.path() / name; }

    /// How many instances the partitions of the intake are shared by, as Kafka's own tool sees it;
    /// 0 where one of them is nobody's.
    std::size_t owners() const;

    /// Whether nothing of the intake waits to be decided or published.
    bool is_done() const;

    /// What the verifier is to expect of it.
    expectations expected() const;

private:
    struct standing {
        std::string lag, owner;
    };
    std::vector<standing> standings() const;
    std::string settings_of(
        const std::string& name, const std::string& listen, const std::string& ops
    ) const;

    std::string source_settings_of(
        const std::string& of,
        const std::string& provider,
        const std::optional<polling>& poll,
        const std::string& name
    ) const;
    std::filesystem::path secret_file(const std::string& provider, std::size_t number) const;
    void write_secrets() const;
    void write_settings(const instance& of) const;

    std::string kafka_;
    options how_;
    std::string prefix_;
    temp_dir directory_;
    std::list<instance> instances_;
};

}  // namespace rollcall::test
