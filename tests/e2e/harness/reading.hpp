#pragma once

#include "harness/deployment.hpp"
#include "simulator/attendee.hpp"
#include "support/console_reader.hpp"
#include "verifier/verifier.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace rollcall::test {

/// A participant event of a meeting that is in no world, signed by the provider: for what a test
/// sends by itself.
simulator::webhook participant_event(
    const std::string& meeting,
    const std::string& id,
    const std::string& event_type,
    std::chrono::sys_time<std::chrono::milliseconds> at
);

/// Sends it, once; the answer's status, 0 where there was none.
unsigned send(const simulator::webhook& what, const instance& to);

/// Meetings that no world has, one for each partition of the topics, by Java's partitioner.
std::vector<std::string> probe_meetings(std::int32_t partitions, const std::string& name);

/// Follows what a deployment publishes, with Kafka's own Java consumer.
class reading {
public:
    explicit reading(const deployment& of);

    /// Reads on until that many meetings are settled in all. Throws `std::runtime_error` where they
    /// are not in time.
    void until_settled(
        std::size_t meetings, std::chrono::milliseconds timeout = std::chrono::minutes{2}
    );

    /// Sends one probe into each partition through `to`, and reads on until all of them are out:
    /// whatever was taken before them is then out, too. How long that took. `name` is a new one
    /// each time.
    std::chrono::milliseconds until_probed(
        const instance& to,
        const std::string& name,
        std::chrono::milliseconds timeout = std::chrono::minutes{2}
    );

    /// Everything that was read so far, without the probes.
    published without_probes() const;

private:
    const deployment& of_;
    console_reader attendance_;
    console_reader activity_;
    published all_;
};

/// How many meetings' ends were acknowledged, or can be polled: so many are going to be settled, at
/// least.
std::size_t ended_meetings(const simulator::truth& of, bool polled = false);

/// All of them, one a line; empty where there is none.
std::string listed(const std::vector<difference>& all);

}  // namespace rollcall::test
