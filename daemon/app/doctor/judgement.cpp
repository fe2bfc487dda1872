#include "app/doctor/judgement.hpp"

#include "settings/quantities.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace rollcall {
namespace {

std::string seconds_text(milliseconds length)
{
    const auto whole = std::chrono::round<std::chrono::seconds>(length);
    return duration_text(whole < std::chrono::seconds{0} ? -whole : whole);
}

// Without the topic's name in front, which the step says already.
std::string without_name(const std::string& line, const std::string& topic)
{
    const auto prefix = topic + ": ";
    return line.starts_with(prefix) ? line.substr(prefix.size()) : line;
}

std::string all_of(const std::vector<std::string>& lines, const std::string& topic)
{
    std::string text;
    for (const auto& line : lines)
        text.append(text.empty() ? "" : "; ").append(without_name(line, topic));
    return text;
}

std::string value_of(const topic_state& of, const char* name)
{
    const auto it = of.config.find(name);
    return it == of.config.end() ? std::string{} : it->second;
}

std::int32_t in_sync_needed(const topic_state& of)
{
    const auto text = value_of(of, "min.insync.replicas");
    std::int32_t needed = 1;
    std::from_chars(text.data(), text.data() + text.size(), needed);
    return needed;
}

std::string replicas_text(const topic_state& is)
{
    return std::to_string(is.replication_factor) +
           (is.replication_factor == 1 ? " replica" : " replicas") + ", min.insync.replicas " +
           std::to_string(in_sync_needed(is));
}

std::string partitions_text(std::int32_t count)
{
    return std::to_string(count) + (count == 1 ? " partition" : " partitions");
}

std::string kept_text(const topic_state& is)
{
    auto policy = value_of(is, "cleanup.policy");
    if (policy == "compact")
        return policy;
    const auto text = value_of(is, "retention.ms");
    std::int64_t ms = -1;
    std::from_chars(text.data(), text.data() + text.size(), ms);
    return policy + ", kept " + (ms < 0 ? "for ever" : duration_text(milliseconds{ms}));
}

// Of a whole disk nobody wants to know the last KiB.
std::string about(std::uint64_t bytes)
{
    std::uint64_t unit = 1;
    while (bytes / unit >= 10'240)
        unit *= 1024;
    return size_text(bytes / unit * unit);
}

finding judge_replicas(finding made, const topic_plan& plan, const topic_state& is)
{
    const auto needed = in_sync_needed(is);
    if (needed > is.replication_factor) {
        made.is = verdict::warn;  // newer brokers ask for as many as there can be
        made.advice =
            "brokers before Kafka 4 refuse every record with acks=all: lower "
            "min.insync.replicas, or add replicas (kafka-reassign-partitions)";
    } else if (is.replication_factor < plan.replication_factor) {
        made.is = verdict::warn;
        made.advice = "kafka.topics.replication_factor is " +
                      std::to_string(plan.replication_factor) +
                      ": add replicas (kafka-reassign-partitions), or lower the setting";
    } else if (is.replication_factor > 1 && needed == 1) {
        made.is = verdict::warn;
        made.advice =
            "what is acknowledged may be on one broker alone: set "
            "min.insync.replicas=2 on the topic";
    } else if (is.replication_factor > 1 && needed == is.replication_factor) {
        made.is = verdict::warn;
        made.advice =
            "one broker down stops all writing: set min.insync.replicas one below the "
            "number of replicas";
    }
    return made;
}

}  // namespace

milliseconds clock_skew(const clock_reading& read)
{
    constexpr milliseconds half_a_second{500};
    return read.date + half_a_second - (read.sent + (read.came - read.sent) / 2);
}

finding judge_clock(const std::string& step, const clock_reading& read, milliseconds tolerance)
{
    const auto skew = clock_skew(read);
    const auto apart = std::chrono::abs(skew);
    finding made{verdict::ok, step, {}, {}};
    if (apart <= clock_warned) {
        made.seen = "within " + duration_text(clock_warned) + " of ours";
        return made;
    }
    made.seen = "the provider's is " + seconds_text(apart) +
                (skew > milliseconds{0} ? " ahead of ours" : " behind ours");
    made.advice = "set this machine's clock (`timedatectl`, `chronyc tracking`)";
    if (apart > tolerance) {
        made.is = verdict::fail;
        made.advice += ": what is signed with a time further away than webhook.tolerance, " +
                       duration_text(tolerance) + ", is refused";
    } else {
        made.is = verdict::warn;
        made.advice += ", or ask the provider about theirs";
    }
    return made;
}

finding judge_budget(
    const std::string& step,
    unsigned status,
    const rate_notice& told,
    std::optional<milliseconds> retry_after
)
{
    finding made{verdict::ok, step, {}, {}};
    const auto wait = retry_after ? retry_after : told.resets_in;
    const auto until = wait ? " for another " + seconds_text(*wait) : std::string{};
    if (status == 429 || told.left == 0U) {
        made.is = verdict::warn;
        made.seen = "nothing is left of it" + until +
                    (status == 429 ? ": requests are answered with 429" : "");
        made.advice =
            "who else uses this key? Lower poll.requests_a_minute, or give Rollcall a "
            "key of its own";
    } else if (told.left) {
        made.seen = std::to_string(*told.left) + " requests left" +
                    (told.a_minute ? " of " + std::to_string(*told.a_minute) + " a minute" : "");
    } else {
        made.seen = "the provider's answers tell none";
    }
    return made;
}

finding judge_topic(const topic_plan& plan, const topic_finding& found)
{
    finding made{verdict::ok, "topic " + plan.name, {}, {}};
    if (!found.is) {
        made.is = verdict::fail;
        made.seen = "does not exist";
        made.advice = "`rollcall topics --create` makes it";
        return made;
    }
    const auto& is = *found.is;
    if (!found.wrong.empty()) {
        made.is = verdict::fail;
        made.seen = all_of(found.wrong, plan.name);
        made.advice =
            "`kafka-configs --alter` for what is configured. Partitions of a topic with messages "
            "are "
            "never altered: docs/operations.md, \"Moving to more partitions\"";
        return made;
    }
    if (is.partitions != plan.partitions) {
        made.is = verdict::warn;
        made.seen = partitions_text(is.partitions) + ", " + std::to_string(plan.partitions) +
                    " by kafka.topics.partitions";
        made.advice =
            "set it to what is there: a topic that is made anew would not go with the "
            "others";
        return made;
    }
    if (!found.notes.empty()) {
        made.is = verdict::warn;
        made.seen = all_of(found.notes, plan.name);
        made.advice = "alter the topic, or the setting";
        return made;
    }
    made.seen = partitions_text(is.partitions) + ", " + replicas_text(is) + ", " + kept_text(is);
    return judge_replicas(std::move(made), plan, is);
}

finding judge_expiry(const std::string& step, timestamp expires, timestamp now, milliseconds soon)
{
    finding made{verdict::ok, step, "counts until " + to_rfc3339(expires), {}};
    if (now >= expires) {
        made.is = verdict::fail;
        made.seen = "expired at " + to_rfc3339(expires);
    } else if (now + soon >= expires) {
        made.is = verdict::warn;
        made.seen += ", " + seconds_text(expires - now) + " from now";
    }
    if (made.is != verdict::ok)
        made.advice = "renew it: files that are replaced are taken over without a restart";
    return made;
}

finding judge_room(const std::string& step, const std::string& directory, const spool_room& room)
{
    const auto all = room.max_bytes + room.reserve;
    const auto missing = all - std::min(all, room.used);
    finding made{verdict::ok, step, directory + ": " + about(room.free) + " free", {}};
    const auto needed = size_text(room.max_bytes) + " of spool.max_bytes and " +
                        size_text(room.reserve) + " of reserve";
    if (room.free >= missing)
        made.seen += ", enough for the " + needed;
    else
        made.seen += ", not enough for the " + needed;
    if (room.free >= missing)
        return made;
    // Where even the reserve is not to be had, nothing is stored at all.
    made.is = room.free + room.used < room.reserve ? verdict::fail : verdict::warn;
    made.advice =
        "make room there, or name a larger disk in spool.directory, or lower "
        "spool.max_bytes: with a full disk webhooks are answered with 503 while Kafka is "
        "away";
    return made;
}

finding judge_readiness(const std::string& step, unsigned status, const std::string& body)
{
    auto said = body.substr(0, body.find('\n'));
    finding made{verdict::ok, step, std::move(said), {}};
    if (status != 200) {
        made.is = verdict::fail;
        made.seen = "not ready: " + made.seen;
        made.advice = "it says why; its log tells more";
    } else if (made.seen.starts_with("degraded")) {
        made.is = verdict::warn;
        made.advice = "it works, without what it names";
    }
    return made;
}

finding judge_route(const std::string& step, const route_answer& answer)
{
    const auto status = std::to_string(answer.status);
    finding made{verdict::ok, step, {}, {}};
    if (!answer.signature_known && answer.status == 401) {
        made.seen =
            "refuses what is not signed with 401; only the provider can sign, so no more "
            "can be tried";
        return made;
    }
    if (answer.signature_known && answer.status == answer.accepted) {
        made.seen = answer.proof + ": taken with " + status;
        return made;
    }
    made.is = verdict::fail;
    made.seen = (answer.signature_known ? answer.proof : std::string{"what is not signed"}) +
                ": answered with " + status;
    switch (answer.status) {
        case 401:
            made.advice =
                "the daemon has another secret, query token or clock: reload it "
                "(SIGHUP) if the settings are right, else mend webhook.secrets";
            break;
        case 404:
            made.advice = "the daemon does not know this source: reload it (SIGHUP)";
            break;
        case 503:
            made.advice = answer.signature_known
                              ? "it can be stored neither in Kafka nor in the spool: see there"
                              : "the daemon has no key of the provider's: see its log";
            break;
        default:
            made.advice = answer.signature_known ? "does another program listen there?"
                                                 : "it should have been refused with 401: does "
                                                   "another program listen there?";
    }
    return made;
}

}  // namespace rollcall
