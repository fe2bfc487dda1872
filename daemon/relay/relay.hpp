#pragma once

#include "core/intake_record.hpp"
#include "core/log.hpp"
#include "kafka/connection.hpp"
#include "kafka/group_consumer.hpp"
#include "kafka/transactional_producer.hpp"
#include "relay/counts.hpp"
#include "relay/nameless_records.hpp"
#include "relay/privacy.hpp"
#include "relay/recaller.hpp"
#include "relay/restorer.hpp"
#include "relay/roll.hpp"
#include "relay/tracking.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

class provider;
struct awaited_meeting;
struct normalised;

struct relay_settings {
    std::string intake_topic;
    std::array<std::string, channels> output_topics;  ///< attendance, activity
    std::string deadletter_topic;
    std::string tracking_topic;  ///< empty where no source is polled
    std::string group;
    std::string transactional_id;
    milliseconds session_timeout{10'000};
    milliseconds transaction_timeout{10'000};
    std::size_t batch = 5'000;  ///< intake records in one transaction, at most
    roll_settings roll;
    /// The provider as a source's settings make it; null where there is no such source. Empty:
    /// every record is read with its provider's defaults.
    std::function<std::shared_ptr<const provider>(std::string_view source)> provider_of = {};
    /// What a source discloses of its participants; null, and empty: everything.
    std::function<std::shared_ptr<const privacy_rules>(std::string_view source)> privacy_of = {};
};

/// A partition that is being read.
struct partition_state {
    std::uint64_t unread = 0;       ///< records of the intake; transaction markers count
    std::uint64_t uncommitted = 0;  ///< with those that are held
    std::uint64_t identities = 0;   ///< of its ledger
    std::uint64_t meetings = 0;
    std::uint64_t ledger_bytes = 0;  ///< `ledger::bytes`
};

/// How far the relay is, for `/readyz`, for the log and for metrics.
struct relay_state {
    bool assigned = false;  ///< the group has decided for the first time
    std::size_t active = 0;
    std::size_t restoring = 0;
    restorer::progress restore;
    std::map<std::int32_t, partition_state> partitions;  ///< the active ones
};

/// What the relay goes by, and may go by otherwise while it runs; as in `roll_settings`.
struct relay_sources {
    source_set polled;
    std::map<std::string, match_settings, std::less<>> matched;
};

/// Places in the loop where a process may die; a test makes it die there.
enum class relay_step {
    assigned,    ///< partitions have come, nothing of them is restored
    restored,    ///< a ledger stands, its partition is about to be read
    revoked,     ///< partitions are gone, the group has not been told yet
    produced,    ///< messages are queued, offsets are not
    committing,  ///< offsets are in the transaction, the commit is about to be asked for
    committed,   ///< Kafka has committed, the ledger has not
};

/// Told what the relay does, on the relay's thread. All may be empty.
struct relay_hooks {
    std::function<void(const relay_state&)>
        on_state;  ///< whenever the state has changed, and twice a second
    std::function<void(relay_step)> on_step;
    /// Each time the loop comes round, also while Kafka is away: never longer apart than a few of
    /// the transaction time-outs.
    std::function<void()> on_turn = {};
};

/// Consume a batch, decide, one transaction of messages and offsets: the loop of design section 3.
/// Blocking; lives on the one thread that calls `run`.
class relay : private rebalance_listener, public tracking_store {
public:
    relay(kafka_connection connection, relay_settings how, relay_counts& counts, relay_hooks hooks);
    ~relay() override;

    /// Who polls what is tracked in our partitions. Before `run`; outlives it.
    void set_follower(tracking_follower& polls) { follower_ = &polls; }

    /// Other sources are polled, or otherwise. Between two transactions, on the relay's thread,
    /// `next_follower` ends what was asked until then and says who polls from now on; that one is
    /// told of every partition as if it had just become ours. Where other sources are polled or
    /// matched than before, the partitions are restored first: a ledger is made for them. Any
    /// thread; of several changes that have not been taken up only the last one is.
    void change_sources(relay_sources to, std::function<tracking_follower*()> next_follower);

    /// Works until asked to stop; then finishes the transaction under way and leaves the group.
    /// Throws only where nothing can go on (librdkafka refuses to be set up).
    void run(std::stop_token stop);

    void keep(std::int32_t partition, std::uint64_t ticket, tracked what) override;
    void forget(std::int32_t partition, std::uint64_t ticket, tracked what) override;

private:
    // A payload that could not be used. Goes out once the committed offset passes it, so that it
    // goes out once.
    struct dead_letter {
        std::int64_t offset = 0;
        std::string source;
        std::string body;
        headers with;
    };
    // A meeting that a person has asked for, by source and id. All that was ever published of it is
    // remembered from the recall until its sweep is over: the follower has forgotten it, and the
    // notice that everything lies before has been read.
    struct by_hand {
        bool recalled = false;
        bool forgotten = false;
        bool swept = false;
    };
    // One partition that is ours.
    struct work {
        std::uint64_t ticket = 0;  // of its restore
        std::uint64_t owner = 0;   // of our ownership, for the follower
        bool followed = false;     // the follower knows
        tracking_table tracked_in;
        std::uint64_t tracking_written = 0;  // records of it in the running transaction
        std::map<std::pair<std::string, std::string>, by_hand> asked_for;
        // Dropped meetings that the running transaction settles: then they need no entry any more.
        std::vector<tracked> settled_drops;
        std::unique_ptr<roll> decides;  // null while it is being restored
        std::int64_t position = 0;      // the next offset to read
        std::int64_t read_to = 0;       // the end as last reached: what lies before are markers
        std::int64_t committed = 0;
        // Offsets of what has been decided already: before the restore, or entered in the books.
        std::set<std::int64_t> decided_before;
        std::map<std::int64_t, fault> refused;  // offsets whose message Kafka does not take
        std::vector<publication> out;
        std::deque<dead_letter> dead;  // by offset
        nameless_records nameless;
        // Records whose meeting is known now, to be stored once more: under its key, where its
        // others are.
        std::vector<intake_record> forwarded;

        // What has not been entered in the books yet, and of which offsets something was decided.
        source_tallies counted;
        std::vector<std::int64_t> decided;
        // What they know of this partition: what waits, and the first offset they do not know.
        waiting_amounts entered;
        std::int64_t entered_to = 0;
        std::int64_t commit_to() const;
        bool has_work() const;
    };

    void on_assigned(std::span<const topic_partition> partitions) override;
    void on_revoked(std::span<const topic_partition> partitions) override;
    void on_lost(std::span<const topic_partition> partitions) override;
    void drop(std::span<const topic_partition> partitions, std::string_view why);

    bool renew_producer(const std::stop_token& stop);
    void activate_restored();
    void activate(work& w, restored_partition restored);
    void request_restore(std::int32_t partition, const work& w);

    bool is_polled(const std::string& source) const { return how_.roll.polled.contains(source); }
    void hand_over(std::int32_t partition, work& w);
    void track(std::int32_t partition, work& w, tracked what, tracking_sign sign);
    void take_notice(const intake_record& record, std::int32_t partition, work& w);
    void request_recall(
        std::int32_t partition, work& w, const std::string& source, const std::string& meeting
    );
    void activate_recalled();
    std::shared_ptr<const provider> provider_of(const intake_record& record) const;
    static bool awaits_recall(const work& w, const std::string& source, const std::string& meeting);
    static void forget_swept(work& w);
    void take_kept();
    void take_change();
    void make_restorer();
    void put_down(std::int32_t partition, work& w);

    void read_batch();
    void look_at_end(std::int32_t partition, work& w);
    void take(const consumed_record& record, work& w);
    void take_events(
        const intake_record& record, std::int32_t partition, std::int64_t offset, work& w
    );
    void await_meeting(
        intake_record record,
        awaited_meeting what,
        std::int32_t partition,
        std::int64_t offset,
        work& w
    );
    void take_names(const intake_record& record, const normalised& told, work& w);
    void bury_given_up(const intake_record& record, std::int64_t offset, work& w);
    void bury(
        const intake_record& record,
        std::int64_t offset,
        work& w,
        const fault& why,
        std::string_view step
    );
    static bool is_read_again(const intake_record& record, way via, const work& w);
    // The books.
    static void end_record(work& w, const std::string& source, relay_count what);
    static void end_event(
        work& w, const std::string& source, std::int64_t offset, relay_count what
    );
    static void count_duplicate(
        work& w, const std::string& source, std::int64_t offset, way first, way later
    );
    static void count_published(work& w);
    void enter(work& w);
    void enter_idle();
    void strike(work& w);
    void observe_times(const work& w);

    bool something_to_commit() const;
    void publish_batch();
    error_code transact();
    error_code produce(std::int32_t partition, work& w);
    error_code forward(const work& w);
    void count_failure(reaction to);
    error_code produce_tracked(std::int32_t partition, work& w);
    void committed();
    void count_audits(work& w);
    void count_downloads(work& w);
    void log_download(const download_audit& told) const;
    void log_published(std::int32_t partition, const work& w) const;
    void undo();
    void start_over();
    void back_off();
    milliseconds poll_time() const;
    void step(relay_step at) const;
    void turned() const;
    void report_state();
    partition_state state_of(std::int32_t partition, const work& w) const;

    kafka_connection connection_;
    relay_settings how_;
    relay_counts& counts_;
    relay_hooks hooks_;
    stage_log log_{"relay"};

    std::map<std::int32_t, work> works_;
    std::uint64_t last_ticket_ = 0;
    bool assigned_ = false;
    bool producer_ready_ = false;
    milliseconds backoff_{0};
    std::chrono::steady_clock::time_point resume_at_;
    std::chrono::steady_clock::time_point next_report_;
    std::chrono::steady_clock::time_point next_tracking_;

    tracking_follower* follower_ = nullptr;
    // What the follower wants kept, until the relay's thread takes it.
    struct kept {
        std::int32_t partition = 0;
        std::uint64_t ticket = 0;
        tracked what;
        bool forgotten = false;
    };
    std::mutex kept_mutex_;
    std::vector<kept> kept_;
    struct change {
        relay_sources to;
        std::function<tracking_follower*()> next_follower;
    };
    std::optional<change> change_;  // under the same lock

    std::unique_ptr<restorer> restorer_;
    std::unique_ptr<recaller> recaller_;
    std::unique_ptr<transactional_producer> producer_;
    std::unique_ptr<group_consumer> consumer_;
};

}  // namespace rollcall
