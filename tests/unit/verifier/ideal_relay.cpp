#include "ideal_relay.hpp"

#include "simulator/attendee.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <set>

namespace rollcall::test {
namespace {

using simulator::instant;
using simulator::value;

/// What happened as the truth file has it, as if every delivery had been answered with 202.
simulator::truth told_and_acknowledged(
    const simulator::performance& what, const simulator::dialect& by
)
{
    const temp_dir directory;
    const auto file = directory.path() / "truth.ndjson";
    simulator::truth_log log{file};
    log.begin(what, by);
    for (std::size_t i = 0; i < what.planned.deliveries.size(); ++i) {
        simulator::outcome how;
        how.delivery = i;
        how.attempts.push_back({what.when.start, 202, {}});
        how.acknowledged = true;
        log.record(what, how);
    }
    log.over({});
    return simulator::read_truth(file);
}

/// Publishes one meeting after the other, each sorted by time, into one partition.
class ideal_relay {
public:
    explicit ideal_relay(const simulator::truth& sent) : truth_{sent} {}

    published publish()
    {
        for (const auto& [id, meeting] : truth_.meetings)
            publish_meeting(id);
        return std::move(found_);
    }

private:
    static int rank(const std::string& kind)
    {
        return kind == "meeting.started"      ? 0
               : kind == "participant.joined" ? 1
               : kind == "meeting.ended"      ? 3
                                              : 2;
    }

    void publish_meeting(const std::string& id)
    {
        std::vector<const simulator::truth::event*> events;
        std::set<std::string> signs;
        for (const auto& each : truth_.events)
            if (each.meeting == id && !each.kind.empty() &&
                (!each.one_of_several || signs.insert(each.kind).second))
                events.push_back(&each);
        std::ranges::stable_sort(events, [](const auto* a, const auto* b) {
            return std::pair{a->occurred_at, rank(a->kind)} <
                   std::pair{b->occurred_at, rank(b->kind)};
        });
        sequence_ = {};
        people_.clear();
        for (const auto* each : events) {
            if (each->who)
                people_.insert(each->who->id);
            ++clock_;
            append(*each, "webhook", "{\"text\":" + to_python_json(value{each->text}) + "}");
        }
        settle(id, *events.back(), events.size());
    }

    void settle(const std::string& id, simulator::truth::event end, std::size_t events)
    {
        ++clock_;
        const auto& present = truth_.meetings.at(id).present_at_end;
        for (const auto& who : present) {
            auto left = end;
            left.kind = "participant.left";
            left.who.emplace();
            left.who->id = who;
            append(left, "derived", "{}");
        }
        end.kind = "meeting.settled";
        ++clock_;
        append(
            end,
            "derived",
            "{\"participants\":" + std::to_string(people_.size()) +
                ",\"events\":" + std::to_string(events) +
                ",\"recovered\":0,\"derived\":" + std::to_string(present.size()) + "}"
        );
    }

    static std::string quoted(const std::optional<std::string>& text)
    {
        return text && !text->empty() ? to_python_json(value{*text}) : "null";
    }

    std::string json(
        const simulator::truth::event& e, const std::string& via, const std::string& data
    ) const
    {
        const auto& meeting = truth_.meetings.at(e.meeting);
        std::string who = "null";
        if (e.who)
            who = "{\"id\":" + quoted(e.who->id) + ",\"user_id\":" + quoted(e.who->user_id) +
                  ",\"name\":" + quoted(e.who->name) +
                  ",\"is_host\":" + (e.who->host ? (*e.who->host ? "true" : "false") : "null") +
                  "}";
        const bool derived = via == "derived";
        return "{\"source\":\"demo\",\"provider\":\"attendee\",\"kind\":\"" + e.kind +
               "\",\"meeting\":{\"id\":\"" + e.meeting +
               "\",\"bot_id\":" + (meeting.names.bot_id ? quoted(*meeting.names.bot_id) : "null") +
               ",\"metadata\":" + meeting.metadata + "},\"participant\":" + who +
               ",\"occurred_at\":\"" + e.occurred_at + "\",\"received_at\":\"" + e.occurred_at +
               "\",\"via\":\"" + via +
               "\",\"provider_event\":{\"id\":" + (derived ? "null" : quoted(e.provider_id)) +
               ",\"type\":" + (derived ? "null" : quoted(e.provider_type)) + "},\"data\":" + data +
               "}";
    }

    void append(const simulator::truth::event& e, const std::string& via, const std::string& data)
    {
        const bool activity =
            e.kind == "participant.chat" || e.kind.starts_with("participant.speech");
        auto& topic = activity ? found_.activity : found_.attendance;
        console_record record;
        record.partition = 3;
        record.offset = static_cast<std::int64_t>(topic.size());
        record.timestamp_ms = clock_;
        record.key = e.meeting;
        record.value = json(e, via, data);
        std::array<char, 64> text{};
        std::snprintf(text.data(), text.size(), "%010d", ++sequence_[activity ? 1 : 0]);
        const std::string sequence = text.data();
        std::snprintf(text.data(), text.size(), "%032d", ++count_);
        record.headers = {
            {"ce_specversion", "1.0"},
            {"content-type", "application/json"},
            {"ce_id", text.data()},
            {"ce_source", "urn:rollcall:attendee:demo"},
            {"ce_type", "rollcall." + e.kind},
            {"ce_subject", e.who ? e.who->id : e.meeting},
            {"ce_time", e.occurred_at},
            {"ce_recordedtime", e.occurred_at},
            {"ce_sequence", sequence},
            {"traceparent", "00-" + std::string(32, 'a') + "-" + std::string(16, 'b') + "-01"},
        };
        if (via != "derived")
            record.headers.emplace_back("rollcall-intake", "3:" + std::to_string(count_));
        topic.push_back(std::move(record));
    }

    const simulator::truth& truth_;
    published found_;
    std::array<int, 2> sequence_{};
    std::set<std::string> people_;
    std::int64_t clock_ = 1'000;
    int count_ = 0;
};

}  // namespace

ideal make_ideal()
{
    const simulator::attendee provider{"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="};
    simulator::world_options options;
    options.seed = 5;
    options.meetings = 8;
    options.events = 200;
    const auto what = simulator::prepare(
        options, provider, {instant{std::chrono::seconds{1'786'698'000}}, 1}, {}
    );
    ideal made;
    made.truth = told_and_acknowledged(what, provider);
    made.found = ideal_relay{made.truth}.publish();
    return made;
}

void set_header(
    console_record& of, const std::string& name, const std::optional<std::string>& content
)
{
    std::erase_if(of.headers, [&](const auto& each) { return each.first == name; });
    if (content)
        of.headers.emplace_back(name, *content);
}

}  // namespace rollcall::test
