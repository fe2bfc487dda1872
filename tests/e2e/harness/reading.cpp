#include "harness/reading.hpp"

#include "harness/private_texts.hpp"
#include "simulator/realtimekit.hpp"
#include "simulator/recall.hpp"
#include "simulator/truth.hpp"
#include "support/http_client.hpp"
#include "verifier/partitioner.hpp"

#include <algorithm>
#include <set>
#include <sstream>
#include <stdexcept>

namespace rollcall::test {
namespace {

constexpr std::string_view probe_prefix = "bot_probe_";

using simulator::instant;
using simulator::value;

bool is_probe(const console_record& record)
{
    return record.key && record.key->starts_with(probe_prefix);
}

void append(std::vector<console_record>& to, std::vector<console_record> more)
{
    to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Reads on until each of the meetings stands in the topic.
std::vector<console_record> read_probes(
    console_reader& from,
    const std::vector<std::string>& meetings,
    std::chrono::milliseconds timeout
)
{
    std::set<std::string> missing(meetings.begin(), meetings.end());
    return from.read_until(
        [&](const std::vector<console_record>& read) {
            if (!read.empty() && read.back().key)
                missing.erase(*read.back().key);
            return missing.empty();
        },
        timeout
    );
}

/// The same of Recall.ai's. There it is no id that makes it an event of its own, but the meeting.
simulator::webhook recall_action(
    const deployment& of, const std::string& meeting, const std::string& action, instant at
)
{
    value::object participant;
    participant.emplace_back("id", 100);
    value::object time;
    time.emplace_back("absolute", simulator::to_text(at));
    value::object inner;
    inner.emplace_back("participant", std::move(participant));
    inner.emplace_back("timestamp", std::move(time));
    value::object recording;
    recording.emplace_back("id", meeting);
    value::object data;
    data.emplace_back("data", std::move(inner));
    data.emplace_back("recording", std::move(recording));
    value::object body;
    body.emplace_back("event", "participant_events." + action);
    body.emplace_back("data", std::move(data));
    const auto secrets = of.recall_secrets();
    const simulator::recall by{secrets.substr(0, secrets.find('\n'))};
    auto made = by.post(std::move(body), false, "msg_" + meeting + action);
    by.sign(made, std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
    return made;
}

/// A join of RealtimeKit's.
simulator::webhook peer_joined(const std::string& session, instant at)
{
    value::object meeting;
    meeting.emplace_back("sessionId", session);
    value::object participant;
    participant.emplace_back("peerId", "probe");
    participant.emplace_back("joinedAt", simulator::to_text(at));
    value::object body;
    body.emplace_back("event", "meeting.participantJoined");
    body.emplace_back("meeting", std::move(meeting));
    body.emplace_back("participant", std::move(participant));
    const simulator::realtimekit by{deployment::secrets_of("realtimekit")};
    auto made = simulator::realtimekit::post(simulator::to_compact_json(body), "of " + session);
    by.sign(made, at);
    return made;
}

/// Two events of a meeting, one for each topic; RealtimeKit has none for `activity`.
std::vector<simulator::webhook> probe(const deployment& of, const std::string& meeting, instant at)
{
    if (of.how().provider == "recall")
        return {
            recall_action(of, meeting, "join", at), recall_action(of, meeting, "speech_on", at)};
    if (of.how().provider == "realtimekit")
        return {peer_joined(meeting, at)};
    return {
        participant_event(meeting, "pe_" + meeting + "join", "join", at),
        participant_event(meeting, "pe_" + meeting + "speech_start", "speech_start", at)};
}

}  // namespace

simulator::webhook participant_event(
    const std::string& meeting,
    const std::string& id,
    const std::string& event_type,
    std::chrono::sys_time<std::chrono::milliseconds> at
)
{
    constexpr std::string_view name = "Zoë 山田 🎉";
    forbid_in_logs(name);
    value::object data;
    data.emplace_back("id", id);
    data.emplace_back("event_data", value::object{});
    data.emplace_back("event_type", event_type);
    data.emplace_back("timestamp_ms", std::int64_t{at.time_since_epoch().count()});
    data.emplace_back("participant_name", name);
    data.emplace_back("participant_uuid", "16778240");
    data.emplace_back("participant_is_host", false);
    data.emplace_back("participant_user_uuid", value{});
    value::object envelope;
    envelope.emplace_back("idempotency_key", "key-of-" + id);
    envelope.emplace_back("bot_id", meeting);
    envelope.emplace_back("bot_metadata", value{});
    envelope.emplace_back(
        "trigger",
        event_type.starts_with("speech") ? "participant_events.speech_start_stop"
                                         : "participant_events.join_leave"
    );
    envelope.emplace_back("data", std::move(data));
    return simulator::attendee{deployment::secret}.post(std::move(envelope));
}

unsigned send(const simulator::webhook& what, const instance& to)
{
    return post(to.webhook_url(), what.headers, what.body).status;
}

std::vector<std::string> probe_meetings(std::int32_t partitions, const std::string& name)
{
    std::vector<std::string> meetings(static_cast<std::size_t>(partitions));
    for (std::size_t i = 0, found = 0; found < meetings.size(); ++i) {
        auto meeting = std::string{probe_prefix} + name + "_" + std::to_string(i);
        auto& place = meetings[static_cast<std::size_t>(java_partition(meeting, partitions))];
        if (place.empty()) {
            place = std::move(meeting);
            ++found;
        }
    }
    return meetings;
}

reading::reading(const deployment& of)
    : of_{of},
      attendance_{of.kafka(), of.topic("attendance")},
      activity_{of.kafka(), of.topic("activity")}
{
}

void reading::until_settled(std::size_t meetings, std::chrono::milliseconds timeout)
{
    const auto is_settlement = [](const console_record& record) {
        return record.header("ce_type") == "rollcall.meeting.settled";
    };
    auto left = meetings -
                std::min(
                    meetings,
                    static_cast<std::size_t>(std::ranges::count_if(all_.attendance, is_settlement))
                );
    if (left == 0)
        return;
    append(
        all_.attendance,
        attendance_.read_until(
            [&](const auto& read) {
                left -= !read.empty() && is_settlement(read.back()) ? 1 : 0;
                return left == 0;
            },
            timeout
        )
    );
}

std::chrono::milliseconds reading::until_probed(
    const instance& to, const std::string& name, std::chrono::milliseconds timeout
)
{
    const auto begun = std::chrono::steady_clock::now();
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto meetings = probe_meetings(of_.how().partitions, name);
    for (const auto& meeting : meetings)
        for (const auto& each : probe(of_, meeting, now))
            if (send(each, to) / 100 != 2)
                throw std::runtime_error{"a probe was refused"};
    append(all_.attendance, read_probes(attendance_, meetings, timeout));
    if (of_.how().provider != "realtimekit")
        append(all_.activity, read_probes(activity_, meetings, timeout));
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begun
    );
}

published reading::without_probes() const
{
    auto rest = all_;
    std::erase_if(rest.attendance, is_probe);
    std::erase_if(rest.activity, is_probe);
    return rest;
}

std::size_t ended_meetings(const simulator::truth& of, bool polled)
{
    std::set<std::string> ended;
    for (const auto& each : of.events)
        if (each.kind == "meeting.ended" && (polled || (each.acknowledged() && !each.needs_api)))
            ended.insert(each.meeting);
    return ended.size();
}

std::string listed(const std::vector<difference>& all)
{
    std::ostringstream text;
    for (const auto& each : all)
        text << each << '\n';
    return text.str();
}

}  // namespace rollcall::test
