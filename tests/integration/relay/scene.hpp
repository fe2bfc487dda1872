#pragma once

#include "core/intake_record.hpp"
#include "kafka/record.hpp"
#include "relay/tracking.hpp"
#include "support/process.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace rollcall {
class producer;
}

namespace rollcall::test {

inline constexpr std::int32_t partitions = 4;

/// A message that a `read_committed` reader saw.
struct seen {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::string key;
    std::string value;
    headers with;
};

/// A webhook that was stored.
struct delivery_body {
    std::string meeting;
    std::string body;
};

/// Topics of their own on the shared broker, an intake that is filled with Attendee's joins and
/// leaves, and what must come out of them.
class scene {
public:
    scene();
    ~scene();

    /// Meetings of joins and leaves, a tenth of them twice, in a slightly shuffled order, stored in
    /// the intake now. Every meeting ends.
    std::vector<delivery_body> feed(int meetings, int people);
    /// Stores one body as it stands.
    void store(const std::string& meeting, const std::string& body, timestamp received_at);
    void store_join(const std::string& meeting, const std::string& id, timestamp at);
    void store_end(const std::string& meeting);
    /// Stores a polled row.
    void store_row(const std::string& meeting, const std::string& item, const std::string& body);
    /// What the poller or a person says about a meeting.
    void notice(const std::string& meeting, tracking_sign sign);
    /// Stores a webhook (`download` is empty), a download's row or, with a `sign`, what the poller
    /// says, of the source `recall-test`.
    void store_recall(
        const std::string& meeting,
        const std::string& body,
        const std::string& download = {},
        tracking_sign sign = tracking_sign::none
    );

    /// Stores what a relay has kept of a meeting.
    void keep(const tracking_entry& entry);

    /// A relay in a process of its own; `fate` is empty or {"kill" or "stop", step, nth}.
    process start(const std::string& id, std::vector<std::string> fate = {}) const;

    /// Everything a `read_committed` reader sees now.
    std::vector<seen> read(const std::string& topic) const;
    /// Waits until everything fed is out and every meeting settled, then holds it against what was
    /// fed: nothing lost, nothing twice, no gap in the sequences, in order, the settling last.
    void expect_everything_once() const;

    const std::string& prefix() const { return prefix_; }

private:
    void append(const intake_record& record);
    void append_as(const std::string& source, const std::string& provider, intake_record record);
    void produce(const outgoing_record& record);
    bool all_settled() const;

    std::string bootstrap_;
    std::string prefix_;
    std::unique_ptr<boost::asio::io_context> io_;
    std::unique_ptr<producer> intake_;
    std::mt19937 dice_{20261121};
    std::map<std::string, std::map<std::string, std::string>>
        fed_;  // meeting → provider's event id → kind
    int next_meeting_ = 0;
};

}  // namespace rollcall::test
