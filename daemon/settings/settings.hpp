#pragma once

#include "core/allowed_host.hpp"
#include "core/disclosure.hpp"
#include "core/errors.hpp"
#include "core/log.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollcall {

// What stands in `rollcall.yaml`, with the defaults it need not say. Read once, passed down by
// value.

/// How long `rollcall topics --create` has Kafka keep what is in the topics.
struct retention_settings {
    milliseconds intake = std::chrono::hours{7 * 24};      ///< what providers have sent, as it came
    milliseconds published = std::chrono::hours{30 * 24};  ///< attendance and activity
    milliseconds deadletter = std::chrono::hours{30 * 24};

    bool operator==(const retention_settings&) const = default;
};

struct kafka_settings {
    std::string bootstrap_servers;
    /// librdkafka's own, as text. Secrets among them have been read, so never print a value.
    std::map<std::string, std::string> properties;
    std::string topic_prefix = "rollcall.";
    std::int32_t partitions = 12;
    std::int32_t replication_factor = 1;
    retention_settings retention;
    milliseconds session_timeout{10'000};
    milliseconds transaction_timeout{10'000};

    bool operator==(const kafka_settings&) const = default;
};

/// Whether a listener asks its clients who they are.
enum class client_certificates { none, request, require };

/// What a listener proves itself with. What the files hold has been read, so that two of these
/// differ where a file has changed.
struct tls_settings {
    std::string certificate_file;  ///< its own certificate first, then those between it and a root
    std::string key_file;          ///< empty where the key comes from a variable
    std::string client_ca_file;    ///< empty: clients are not asked
    std::string certificate;       ///< PEM, as the others
    std::string key;               ///< never to be shown
    std::string client_ca;
    client_certificates clients = client_certificates::none;
    bool only_1_3 = false;  ///< otherwise 1.2 as well

    bool operator==(const tls_settings&) const = default;
};

struct listen_settings {
    std::string address;                ///< host and port: `0.0.0.0:8080`, `[::]:8080`
    std::optional<tls_settings> tls{};  ///< absent: plain HTTP

    bool operator==(const listen_settings&) const = default;
};

/// What one listener allows its clients. Every limit has a test.
struct limit_settings {
    std::uint64_t header_bytes = 16 * 1024;
    std::uint64_t body_bytes = 1024 * 1024;
    std::uint32_t connections = 10'000;
    milliseconds handshake_time{10'000};
    milliseconds header_time{10'000};
    milliseconds body_time{20'000};
    milliseconds idle_time{60'000};

    bool operator==(const limit_settings&) const = default;
};

enum class order_mode { event_time, causal, arrival };

struct order_settings {
    order_mode mode = order_mode::event_time;
    milliseconds hold{2'000};
    milliseconds settle_after{60'000};  ///< counted from the receipt of the end

    bool operator==(const order_settings&) const = default;
};

/// What a source's downloads may be.
struct download_settings {
    std::vector<allowed_host> hosts;  ///< besides the API's own, and those the provider names
    std::uint64_t max_bytes = 256ULL * 1024 * 1024;
    milliseconds timeout{600'000};  ///< from the request to the end of the file
    std::uint32_t at_once = 2;
    milliseconds match_window{0};         ///< 0: the ways' events are the same by exact keys only
    milliseconds match_distance{60'000};  ///< how far apart the ways' clocks are looked for
    milliseconds match_wait{30'000};      ///< of webhooks that come after a download, for others
    std::uint32_t elements = 1'000'000;   ///< of one file, at most
    std::uint64_t element_bytes = 64ULL * 1024;
    std::uint32_t depth = 32;

    bool operator==(const download_settings&) const = default;
};

/// How a source's REST API is polled.
struct poll_settings {
    /// `https://host[:port][/path]`, without a slash at its end; empty: the provider's own.
    std::string base_url;
    std::string api_key;  ///< already read from file, environment or credential
    std::string ca_file;  ///< PEM; empty: the system's roots
    std::string owner;    ///< whose budget it is, where several keys share one; empty: the key's
    std::vector<std::string> filters;  ///< details of participants to ask for
    milliseconds interval{3'000};
    milliseconds discovery_interval{20'000};
    milliseconds overlap{120'000};
    milliseconds late_sweep{180'000};
    std::uint32_t requests_a_minute = 0;  ///< the credential's budget; 0: the provider's own
    std::uint32_t concurrency = 8;        ///< requests in flight, at most
    milliseconds connect_timeout{5'000};
    milliseconds answer_timeout{15'000};  ///< from the request to the end of the answer
    std::uint64_t body_bytes = 8 * 1024 * 1024;
    download_settings downloads;
    bool speaker_timeline = false;             ///< stands in for speech that nothing else has told
    std::map<std::string, std::string> marks;  ///< texts with places; empty: nothing is written

    bool operator==(const poll_settings&) const = default;
};

/// The key of a provider that publishes it: where it is, and how long it counts.
struct published_key_settings {
    std::string url;      ///< without a slash at its end; empty: the provider's own
    std::string ca_file;  ///< PEM; empty: the system's roots
    milliseconds refresh{std::chrono::hours{1}};
    milliseconds refetch{60'000};                ///< when a check has failed, at most once in this
    milliseconds grace{std::chrono::hours{24}};  ///< for a key after another has taken its place

    bool operator==(const published_key_settings&) const = default;
};

/// How CloudEvents come, and who may ask whether he may send them.
struct cloudevents_settings {
    bool structured = true;
    bool binary = false;
    bool batch = false;
    std::vector<std::string> allowed_origins;  ///< `*`: everybody
    std::uint32_t allowed_rate = 0;            ///< requests a minute; 0: any

    bool operator==(const cloudevents_settings&) const = default;
};

/// Where in a body the facts are, as JSON Pointers. Empty: nowhere, but for `time`, which then is
/// where the form of the bodies has it.
struct mapping_settings {
    std::string type = "/type";
    /// By the sender's type; nothing: ignored.
    std::map<std::string, std::optional<std::string>> kinds;
    std::string time;
    std::vector<std::string> identity;
    std::string data;
    struct meeting_places {
        std::string id, bot_id, recording_id, session_id, title, metadata;
        bool operator==(const meeting_places&) const = default;
    } meeting;
    struct participant_places {
        std::string id, user_id, name, email, is_host, platform;
        bool operator==(const participant_places&) const = default;
    } participant;
    std::vector<std::string> examples;  ///< paths of bodies that `check` tries

    bool operator==(const mapping_settings&) const = default;
};

/// What a source's webhooks prove themselves with.
struct webhook_settings {
    /// As text, already read from file, environment or credential.
    std::vector<std::string> secrets;
    milliseconds tolerance{300'000};  ///< how far a signed time may be from now
    /// What the headers of a signature begin with, lower case; empty: the provider's own.
    std::vector<std::string> header_prefixes;
    published_key_settings key;  ///< for a provider that publishes its key; of no use with secrets
    std::string query_token;     ///< already read; empty: none is asked for
    bool unsigned_allowed = false;  ///< the token alone suffices where there is no signature
    std::optional<cloudevents_settings> cloudevents;  ///< absent: bodies of any other form

    bool operator==(const webhook_settings&) const = default;
};

/// What a source discloses of its participants in what is published.
struct privacy_settings {
    disclosure name = disclosure::keep;
    disclosure email = disclosure::keep;
    disclosure user_id = disclosure::keep;
    std::string key;  ///< already read; of the pseudonyms

    bool operator==(const privacy_settings&) const = default;
};

/// Where accepted webhooks wait while Kafka does not take them.
struct spool_settings {
    std::string directory = "/var/lib/rollcall";
    std::uint64_t max_bytes = 1ULL << 30;  ///< 0: no spool

    bool operator==(const spool_settings&) const = default;
};

struct source_settings {
    std::string name;
    std::string provider;
    webhook_settings webhook;
    std::optional<poll_settings> poll;        ///< absent: not polled
    std::string region;                       ///< empty where the provider has none
    std::optional<mapping_settings> mapping;  ///< for a provider that knows no bodies of its own
    privacy_settings privacy;

    bool operator==(const source_settings&) const = default;
};

struct settings {
    kafka_settings kafka;
    std::vector<listen_settings> listen{{"127.0.0.1:8080"}};
    limit_settings limits;
    std::string ops_address = "127.0.0.1:9464";
    /// Names the transactional.id, so unique and stable; default: host name and first port.
    std::string instance;
    order_settings order;
    milliseconds dedupe_window{std::chrono::hours{80}};
    /// Rows of downloads that are remembered in one partition, and events that wait with them.
    std::uint32_t dedupe_gathered = 100'000;
    /// How long a webhook waits for Kafka's acknowledgement before it goes to the spool, or 503.
    milliseconds intake_timeout{1'000};
    spool_settings spool;
    /// How long requests in flight are given at SIGTERM.
    milliseconds shutdown_timeout{10'000};
    /// Absent (`auto`): text on a terminal, JSON otherwise.
    std::optional<log_format> format;
    log_level level = log_level::info;
    std::vector<source_settings> sources;  ///< in the order of the file

    bool operator==(const settings&) const = default;
};

}  // namespace rollcall
