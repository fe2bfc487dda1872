#include "verifier/verifier.hpp"

#include "verifier/message.hpp"
#include "verifier/partitioner.hpp"

#include <rapidjson/pointer.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <tuple>

namespace rollcall::test {
namespace {

using simulator::truth;
using std::chrono::milliseconds;

bool is_activity(const std::string& kind)
{
    constexpr std::array<std::string_view, 7> kinds{
        "participant.speech_started",
        "participant.speech_stopped",
        "participant.webcam_on",
        "participant.webcam_off",
        "participant.screenshare_on",
        "participant.screenshare_off",
        "participant.chat"};
    return std::ranges::find(kinds, kind) != kinds.end();
}

/// Among events of one time: started, joined, everything else, left, ended.
int rank(const std::string& kind)
{
    if (kind == "meeting.started")
        return 0;
    if (kind == "participant.joined")
        return 1;
    if (kind == "participant.left")
        return 3;
    return kind == "meeting.ended" ? 4 : 2;
}

bool is_presence(const message& of)
{
    return of.kind == "participant.joined" || of.kind == "participant.left";
}

std::string or_null(const std::optional<std::string>& text)
{
    return text ? "\"" + *text + "\"" : "null";
}

/// What makes an event itself, by the provider's own facts: its id where it has one, else who and
/// when; the start and the end of a meeting are one each.
using identity =
    std::tuple<std::string, std::string, std::string, std::string>;  // meeting, kind, id, text

identity identity_of(const truth::event& sent)
{
    if (sent.one_of_several)
        return {sent.meeting, sent.kind, "", ""};
    const auto by_facts = (sent.who ? sent.who->id : "") + "@" + sent.occurred_at;
    return {sent.meeting, sent.kind, sent.provider_id.value_or(by_facts), sent.text};
}

/// A row of a page or of a file: it has other particulars than a webhook.
bool is_row(const message& of)
{
    const auto via = of.text("/via");
    return via == "poll" || via == "download";
}

/// As the provider's file has it.
identity filed(truth::event told)
{
    told.occurred_at = *told.archived;
    return identity_of(told);
}

identity identity_of(const message& published)
{
    if (published.kind.starts_with("meeting."))
        return {published.meeting, published.kind, "", ""};
    const auto by_facts = published.participant + "@" + published.occurred_at;
    const auto text = published.text("/data/text").value_or("");
    // A file's ids are in no webhook.
    if (published.text("/via") == "download")
        return {published.meeting, published.kind, by_facts, text};
    return {
        published.meeting,
        published.kind,
        published.text("/provider_event/id").value_or(by_facts),
        text};
}

/// Compares the two sides and collects what differs.
class comparison {
public:
    comparison(const truth& sent, const published& found, const expectations& expected)
        : truth_{sent}, expected_{expected}
    {
        for (const auto& each : truth_.events) {
            if (each.kind.empty() || (each.needs_api && !expected_.polled))
                continue;
            const auto as = identity_of(each);
            sent_[as].push_back(&each);
            if (expected_.matched && each.archived)
                by_file_.emplace(filed(each), as);
        }
        read(found.attendance, "attendance");
        read(found.activity, "activity");
    }

    std::vector<difference> run()
    {
        for (const auto& each : messages_)
            check_alone(each);
        check_twice();
        check_lost();
        for (const auto& [meeting, all] : by_meeting_)
            check_meeting(meeting, all);
        return std::move(found_);
    }

private:
    using messages = std::vector<const message*>;

    void add(wrong what, const std::string& where, std::string details)
    {
        found_.push_back({what, where, std::move(details)});
    }

    /// Records of one partition come in their order; those of several may come mixed.
    void read(const std::vector<console_record>& records, const std::string& topic)
    {
        for (const auto& record : records) {
            const auto where = topic + "-" + std::to_string(record.partition) + "@" +
                               std::to_string(record.offset);
            if (expected_.schema_fault)
                if (const auto fault = expected_.schema_fault(record); !fault.empty())
                    add(wrong::schema, where, fault);
            auto parsed = read_message(record, topic);
            if (!parsed) {
                add(wrong::schema, where, "not a message: " + record.value.value_or("null"));
                continue;
            }
            messages_.push_back(std::move(*parsed));
        }
        by_meeting_.clear();
        for (const auto& each : messages_)
            by_meeting_[each.meeting].push_back(&each);
    }

    /// By a webhook that somebody may have taken, or by the API.
    bool was_told(const truth::event& each) const { return !each.lost || expected_.polled; }

    /// Somebody took the webhook, or the API tells it for good.
    bool has_to_be_there(const truth::event& each) const
    {
        return each.acknowledged() || (expected_.polled && each.lasting);
    }

    /// Which of the events that were sent it is.
    identity known_as(const message& m) const
    {
        const auto as = identity_of(m);
        const auto filed = by_file_.find(as);
        return m.text("/via") == "download" && filed != by_file_.end() ? filed->second : as;
    }

    // ---- each message by itself

    void check_alone(const message& m)
    {
        for (auto& fault : header_faults(m, expected_.provider, expected_.source))
            add(wrong::header, m.where(), std::move(fault));
        if (m.record->key != m.meeting)
            add(wrong::place, m.where(), "the key is " + or_null(m.record->key));
        if (m.topic != (is_activity(m.kind) ? "activity" : "attendance"))
            add(wrong::place, m.where(), "does not belong into this topic");
        expect(m, "source", m.text("/source"), expected_.source);
        expect(m, "provider", m.text("/provider"), expected_.provider);
        if (m.derived || m.kind == "meeting.settled")
            return;
        const auto sent = sent_.find(known_as(m));
        const auto was_sent = [this](const truth::event* each) { return was_told(*each); };
        if (sent == sent_.end() || std::ranges::none_of(sent->second, was_sent))
            return add(
                wrong::unknown, m.where(), "nobody has sent it: " + m.record->value.value_or("")
            );
        check_values(m, sent->second);
    }

    void expect(
        const message& m,
        const std::string& member,
        const std::optional<std::string>& is,
        const std::optional<std::string>& should
    )
    {
        if (is != should)
            add(wrong::value,
                m.where(),
                member + " is " + or_null(is) + ", was sent as " + or_null(should));
    }

    void check_values(const message& m, const std::vector<const truth::event*>& signs)
    {
        const auto type = m.text("/provider_event/type");
        const auto same_time = [&](const auto* each) {
            const bool by_file = expected_.matched && m.text("/via") == "download";
            const auto at = by_file && each->archived ? *each->archived : each->occurred_at;
            return was_told(*each) && at == m.occurred_at;
        };
        const auto same = [&](const auto* each) {
            return same_time(each) && each->provider_type == type;
        };
        auto sign = std::ranges::find_if(signs, same);
        if (sign == signs.end())
            sign = std::ranges::find_if(signs, same_time);
        if (sign == signs.end())
            return add(
                wrong::value,
                m.where(),
                "occurred_at is " + m.occurred_at + ", was sent as " + signs.front()->occurred_at
            );
        const truth::event& sent = **sign;
        const auto via = m.text("/via");
        if (!is_row(m) || !expected_.polled)
            expect(m, "via", via, sent.lost ? "poll" : "webhook");
        if (via != "download")
            expect(m, "provider_event.id", m.text("/provider_event/id"), sent.provider_id);
        expect(m, "provider_event.type", type, sent.provider_type);
        check_participant(m, sent);
        check_meeting_facts(m);
    }

    void check_participant(const message& m, const truth::event& sent)
    {
        const auto not_empty = [](const std::optional<std::string>& text) {
            return text && text->empty() ? std::nullopt : text;
        };
        if (!sent.who) {
            const auto* who = m.value.HasMember("participant") ? &m.value["participant"] : nullptr;
            if (who == nullptr || !who->IsNull())
                add(wrong::value, m.where(), "participant is not null");
            return;
        }
        expect(m, "participant.id", m.participant, sent.who->id);
        expect(
            m, "participant.user_id", m.text("/participant/user_id"), not_empty(sent.who->user_id)
        );
        expect(m, "participant.name", m.text("/participant/name"), not_empty(sent.who->name));
        const auto* host = rapidjson::Pointer{"/participant/is_host"}.Get(m.value);
        const auto is_host =
            host != nullptr && host->IsBool() ? std::optional{host->GetBool()} : std::nullopt;
        if (is_host != sent.who->host)
            add(wrong::value, m.where(), "participant.is_host differs");
    }

    void check_meeting_facts(const message& m)
    {
        const auto meeting = truth_.meetings.find(m.meeting);
        if (meeting == truth_.meetings.end())
            return;
        const auto& names = meeting->second.names;
        // A file's row names the recording alone.
        const auto bot = m.text("/meeting/bot_id");
        if (bot || m.text("/via") != "download")
            expect(m, "meeting.bot_id", bot, names.bot_id);
        expect(m, "meeting.recording_id", m.text("/meeting/recording_id"), names.recording_id);
        expect(m, "meeting.session_id", m.text("/meeting/session_id"), names.session_id);
        rapidjson::Document should;
        should.Parse(meeting->second.metadata.data(), meeting->second.metadata.size());
        const auto* is = rapidjson::Pointer{"/meeting/metadata"}.Get(m.value);
        if (is != nullptr && is_row(m) && is->IsObject() && is->ObjectEmpty())
            return;
        if (is == nullptr || *is != should)
            add(wrong::value, m.where(), "meeting.metadata was sent as " + meeting->second.metadata
            );
    }

    // ---- all messages together

    void check_twice()
    {
        std::map<std::string, const message*> ids;
        std::map<identity, const message*> identities;
        for (const auto& m : messages_) {
            if (const auto [first, fresh] = ids.try_emplace(m.id, &m); !fresh)
                add(wrong::doubled,
                    m.where(),
                    "ce_id " + m.id + " is also at " + first->second->where());
            if (m.derived)
                continue;
            if (const auto [first, fresh] = identities.try_emplace(known_as(m), &m); !fresh)
                add(wrong::doubled, m.where(), "the same event is also at " + first->second->where()
                );
        }
    }

    void check_lost()
    {
        std::set<identity> there;
        for (const auto& m : messages_)
            if (!m.derived)
                there.insert(known_as(m));
        for (const auto& [what, signs] : sent_) {
            const auto told = std::ranges::find_if(signs, [this](const auto* each) {
                return has_to_be_there(*each);
            });
            if (told == signs.end() || there.contains(what))
                continue;
            const auto& deliveries = (*told)->deliveries;
            add(wrong::lost,
                (*told)->meeting,
                (*told)->kind + " " + (*told)->provider_id.value_or("") + " at " +
                    (*told)->occurred_at +
                    ((*told)->acknowledged() ? ", acknowledged at " + deliveries.front().over
                                             : ", polled"));
        }
    }

    // ---- one meeting

    void check_meeting(const std::string& meeting, const messages& all)
    {
        messages in_topic[2];
        std::set<std::int32_t> partitions;
        for (const auto* m : all) {
            in_topic[m->topic == "attendance" ? 0 : 1].push_back(m);
            partitions.insert(m->record->partition);
        }
        const auto should = expected_.partitions > 0 ? java_partition(meeting, expected_.partitions)
                                                     : *partitions.begin();
        if (!partitions.contains(should))
            add(wrong::place, meeting, "is not in partition " + std::to_string(should));
        if (partitions.size() != 1)
            add(wrong::place,
                meeting,
                "stands in " + std::to_string(partitions.size()) + " partitions");
        for (auto& topic : in_topic) {
            std::ranges::sort(topic, {}, [](const auto* m) { return m->record->offset; });
            check_sequence(topic);
            if (expected_.mode == promise::event_time)
                check_event_time(topic);
            else
                check_arrival(topic);
        }
        if (expected_.mode == promise::causal)
            check_causal(in_topic[0]);
        check_late_marks(all, in_topic);
        check_settlement(meeting, all);
    }

    void check_sequence(const messages& topic)
    {
        std::int64_t next = 1;
        for (const auto* m : topic) {
            if (m->sequence != next)
                add(wrong::sequence,
                    m->where(),
                    "ce_sequence is " + std::to_string(m->sequence) + ", expected " +
                        std::to_string(next));
            next = m->sequence + 1;
        }
    }

    void check_event_time(const messages& topic)
    {
        const message* last = nullptr;
        for (const auto* m : topic) {
            if (m->late || m->derived)
                continue;
            const bool backwards = last != nullptr && m->occurred_at < last->occurred_at;
            // One of the same time that came after the hold stands behind the others, and is not
            // late.
            const bool wrong_rank = last != nullptr && !expected_.late_allowed &&
                                    m->occurred_at == last->occurred_at &&
                                    rank(m->kind) < rank(last->kind);
            if (backwards || wrong_rank)
                add(wrong::order,
                    m->where(),
                    m->occurred_at + " stands after " + last->where() + " of " + last->occurred_at);
            last = m;
        }
    }

    /// As it arrived: by the place in the intake. In causal mode a leave may have waited.
    void check_arrival(const messages& topic)
    {
        const message* last = nullptr;
        for (const auto* m : topic) {
            if (m->derived || (expected_.mode == promise::causal && m->kind == "participant.left"))
                continue;
            if (last != nullptr && m->intake_offset < last->intake_offset)
                add(wrong::order,
                    m->where(),
                    "arrived before " + last->where() + ", which stands before it");
            last = m;
        }
    }

    /// A leave stands behind the joining it ends, if that one came within the hold.
    void check_causal(const messages& attendance)
    {
        for (std::size_t i = 0; i < attendance.size(); ++i) {
            const auto& left = *attendance[i];
            if (left.kind != "participant.left" || left.derived)
                continue;
            const auto until = read_time(left.received_at) + expected_.hold;
            const message* before = nullptr;
            const message* within_hold = nullptr;
            for (std::size_t j = 0; j < attendance.size(); ++j) {
                const auto& other = *attendance[j];
                if (j == i || other.derived || !is_presence(other) ||
                    other.participant != left.participant || other.occurred_at > left.occurred_at)
                    continue;
                const auto later = [&](const message* than) {
                    return than == nullptr || than->occurred_at <= other.occurred_at;
                };
                if (j < i && later(before))
                    before = &other;
                if ((j < i || read_time(other.received_at) < until) && later(within_hold))
                    within_hold = &other;
            }
            const auto is_in = [](const message* last) {
                return last != nullptr && last->kind == "participant.joined";
            };
            if (!is_in(before) && is_in(within_hold))
                add(wrong::order,
                    left.where(),
                    "stands before its joining at " + within_hold->where());
        }
    }

    /// Late is what is older than something published before it, in either topic, and what follows
    /// the settling.
    void check_late_marks(const messages& all, const messages (&in_topic)[2])
    {
        const auto settled = std::ranges::find(all, "meeting.settled", &message::kind);
        for (const auto& topic : in_topic)
            for (std::size_t i = 0; i < topic.size(); ++i) {
                const auto& m = *topic[i];
                bool must = false;  // by what certainly stands before it
                bool may =
                    false;  // by what may stand before it: the other topic in the same millisecond
                for (const auto* other : all) {
                    const bool older = m.occurred_at < other->occurred_at;
                    if (other->topic == m.topic) {
                        must = must || (older && other->record->offset < m.record->offset);
                        continue;
                    }
                    must = must || (older && other->record->timestamp_ms < m.record->timestamp_ms);
                    may = may || (older && other->record->timestamp_ms == m.record->timestamp_ms);
                }
                if (settled != all.end() &&
                    m.record->timestamp_ms > (*settled)->record->timestamp_ms)
                    must = true;
                if (must && !m.late)
                    add(wrong::late_mark, m.where(), "is late and not marked so");
                if (m.late && !must && !may)
                    add(wrong::late_mark, m.where(), "is marked late and is not");
                if (m.late && !expected_.late_allowed)
                    add(wrong::order, m.where(), "is late; nothing should be");
            }
    }

    // ---- settling

    void check_settlement(const std::string& meeting, const messages& all)
    {
        messages settled;
        const message* ended = nullptr;
        for (const auto* m : all) {
            if (m->kind == "meeting.settled")
                settled.push_back(m);
            if (m->kind == "meeting.ended")
                ended = m;
        }
        if (settled.size() > 1 || (settled.size() == 1 && ended == nullptr))
            return add(
                wrong::settlement, meeting, "settled " + std::to_string(settled.size()) + " times"
            );
        if (settled.empty()) {
            if (ended != nullptr && expected_.settled)
                add(wrong::settlement, meeting, "ended, but not settled");
            for (const auto* m : all)
                if (m->derived)
                    add(wrong::derived, m->where(), "derived without a settling");
            return;
        }
        const auto& last = *settled.front();
        if (!last.derived || last.occurred_at != ended->occurred_at)
            add(wrong::settlement,
                last.where(),
                "is not derived at the end's time " + ended->occurred_at);

        messages before;
        messages after;
        for (const auto* m : all)
            if (m != &last)
                (stands_before(*m, last) ? before : after).push_back(m);
        check_derived(meeting, *ended, before, after);
        check_counts(meeting, last, before);
        if (after.empty())
            check_final_roll(meeting, last, before);
    }

    /// Within a topic the offset tells; across topics the time does, as a settling has a
    /// millisecond of its own.
    static bool stands_before(const message& m, const message& settled)
    {
        return m.topic == settled.topic ? m.record->offset < settled.record->offset
                                        : m.record->timestamp_ms < settled.record->timestamp_ms;
    }

    /// Who is in by what was published, each by their latest coming or going.
    static std::set<std::string> present(const messages& among)
    {
        std::map<std::string, const message*> latest;
        for (const auto* m : among) {
            if (m->derived || !is_presence(*m))
                continue;
            auto& last = latest[m->participant];
            if (last == nullptr || std::pair{last->occurred_at, rank(last->kind)} <=
                                       std::pair{m->occurred_at, rank(m->kind)})
                last = m;
        }
        std::set<std::string> in;
        for (const auto& [who, last] : latest)
            if (last->kind == "participant.joined")
                in.insert(who);
        return in;
    }

    void check_derived(
        const std::string& meeting,
        const message& ended,
        const messages& before,
        const messages& after
    )
    {
        std::multiset<std::string> derived;
        for (const auto* m : before)
            if (m->derived) {
                derived.insert(m->participant);
                if (m->kind != "participant.left" || m->occurred_at != ended.occurred_at)
                    add(wrong::derived,
                        m->where(),
                        "is not a leave at the end's time " + ended.occurred_at);
            }
        for (const auto* m : after)
            if (m->derived)
                add(wrong::derived, m->where(), "stands behind the settling");
        const auto in = present(before);
        for (const auto& who : in)
            if (derived.count(who) != 1)
                add(wrong::derived,
                    meeting,
                    who + " was still in, and left " + std::to_string(derived.count(who)) + " times"
                );
        for (const auto& who : std::set<std::string>(derived.begin(), derived.end()))
            if (!in.contains(who))
                add(wrong::derived, meeting, who + " was not in, and left all the same");
    }

    void check_counts(const std::string& meeting, const message& settled, const messages& before)
    {
        std::set<std::string> people;
        std::int64_t events = 0;
        std::int64_t derived = 0;
        std::int64_t recovered = 0;
        for (const auto* m : before) {
            if (!m->participant.empty())
                people.insert(m->participant);
            ++(m->derived ? derived : events);
            const auto via = m->text("/via");
            recovered += via == "poll" || via == "download" ? 1 : 0;
        }
        const auto expect_count = [&](const char* path, std::int64_t should) {
            if (settled.number(path) != should)
                add(wrong::settlement,
                    meeting,
                    std::string{path} + " is " + std::to_string(settled.number(path).value_or(-1)) +
                        ", expected " + std::to_string(should));
        };
        expect_count("/data/participants", static_cast<std::int64_t>(people.size()));
        expect_count("/data/events", events);
        expect_count("/data/recovered", recovered);
        expect_count("/data/derived", derived);
    }

    /// Where nothing was missing, all by one clock, and nothing came after the settling, the roll
    /// is the world's own.
    void check_final_roll(
        const std::string& meeting, const message& settled, const messages& before
    )
    {
        const auto known = truth_.meetings.find(meeting);
        const auto missing = [&](const truth::event& each) {
            return each.meeting == meeting && each.who && !has_to_be_there(each);
        };
        if (expected_.matched || known == truth_.meetings.end() ||
            std::ranges::any_of(truth_.events, missing))
            return;
        const std::set<std::string> should(
            known->second.present_at_end.begin(), known->second.present_at_end.end()
        );
        if (present(before) != should)
            add(wrong::derived, meeting, "who was in at the end differs from the truth");
        if (settled.number("/data/participants") !=
            static_cast<std::int64_t>(known->second.participants))
            add(wrong::settlement, meeting, "the number of participants differs from the truth");
    }

    const truth& truth_;
    const expectations& expected_;
    std::map<identity, std::vector<const truth::event*>> sent_;
    std::map<identity, identity> by_file_;  ///< in `sent_`, by what a file says
    std::vector<message> messages_;
    std::map<std::string, messages> by_meeting_;
    std::vector<difference> found_;
};

}  // namespace

std::string_view to_string(wrong what)
{
    constexpr std::array<std::string_view, 12> names{
        "schema",
        "header",
        "place",
        "sequence",
        "lost",
        "doubled",
        "unknown",
        "value",
        "order",
        "late mark",
        "derived",
        "settlement"};
    return names[static_cast<std::size_t>(what)];
}

std::ostream& operator<<(std::ostream& out, const difference& found)
{
    return out << to_string(found.what) << ": " << found.where << ": " << found.details;
}

std::vector<difference> differences(
    const truth& truth, const published& found, const expectations& expected
)
{
    return comparison{truth, found, expected}.run();
}

}  // namespace rollcall::test
