#include "app/explanation_text.hpp"

#include "app/tail_line.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace rollcall {
namespace {

using fate = explained_event::fate;

std::string_view to_string(fate became)
{
    switch (became) {
        case fate::published:
            return "published";
        case fate::told_again:
            return "duplicate";
        case fate::matched:
            return "matched";
        case fate::held:
            return "held";
        case fate::dead_letter:
            return "dead letter";
        case fate::stood_in:
            return "stood in";
        case fate::passed_over:
            break;
    }
    return "passed over";
}

std::string place_text(const topic_partition& at)
{
    return at.topic + ' ' + std::to_string(at.partition) + ':' + std::to_string(at.offset);
}

std::string message_text(const published_message& m)
{
    return place_text(m.at) + ", sequence " + std::to_string(m.sequence) + ", event " +
           to_hex(m.id) + ", " + to_rfc3339(m.published_at) + (m.late ? ", late" : "");
}

std::string head_of(kind what, const std::string& participant, timestamp at)
{
    std::string text{rollcall::to_string(what)};
    if (!participant.empty())
        text += ' ' + printable(participant);
    return text + " at " + to_rfc3339(at);
}

std::string first_text(const explained_event& told)
{
    if (told.first)
        return "of the record " + to_string(*told.first) + ", which is held";
    if (!told.message)
        return "of one that is known";
    const auto& first = *told.message;
    return "of the one told first by " + std::string{rollcall::to_string(first.via)} +
           (first.intake ? " (" + to_string(*first.intake) + ")" : "") + ": " + message_text(first);
}

std::string fate_text(const explained_event& told)
{
    const auto published = told.message ? message_text(*told.message) : std::string{};
    switch (told.became) {
        case fate::published:
            return "published: " + published;
        case fate::told_again:
            return "a duplicate " + first_text(told);
        case fate::matched:
            return "told with another time " + first_text(told);
        case fate::held:
            return told.until ? "held until " + to_rfc3339(*told.until) + " by the intake's time"
                              : "not read yet, or held";
        case fate::dead_letter:
            return published.empty() ? "a dead letter"
                                     : "a dead letter; published since: " + published;
        case fate::stood_in:
            return "left out: other events tell it better";
        case fate::passed_over:
            break;
    }
    return "not published: known from before the time that was read, or left out";
}

std::string record_text(const explained_record& one, const topic_names& names)
{
    const auto& stored = one.record;
    const auto& what = stored.what;
    std::string text = names.intake + ' ' + to_string(stored.at) + "  ";
    if (stored.unreadable)
        return text + "not written by Rollcall: " + stored.unreadable->where;
    text += std::string{rollcall::to_string(what.via)} + " of " + printable(what.source) +
            ", meeting " + printable(what.key) + ", received " + to_rfc3339(what.received_at) +
            ", stored " + to_rfc3339(stored.stored_at);
    if (!what.delivery_id.empty())
        text += ", delivery " + printable(what.delivery_id);
    if (!stored.replayed.empty())
        text += ", replayed from " + printable(stored.replayed);
    if (what.notice != tracking_sign::none)
        text += ", a notice: " + std::string{rollcall::to_string(what.notice)};
    return text;
}

std::string letter_text(const dead_letter& letter)
{
    return "dead letter: " + printable(why_text(letter)) + ", " + place_text(letter.at) + ", " +
           to_rfc3339(letter.buried_at);
}

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write(writer& to, const char* name, std::string_view text)
{
    to.Key(name);
    to.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write_place(writer& to, std::string_view topic, std::int32_t partition, std::int64_t offset)
{
    write(to, "topic", topic);
    to.Key("partition");
    to.Int(partition);
    to.Key("offset");
    to.Int64(offset);
}

void write_message(writer& to, const published_message& m)
{
    to.StartObject();
    write_place(to, m.at.topic, m.at.partition, m.at.offset);
    write(to, "event", to_hex(m.id));
    write(to, "kind", rollcall::to_string(m.kind));
    write(to, "meeting", m.meeting);
    write(to, "participant", m.participant);
    write(to, "occurred_at", to_rfc3339(m.occurred_at));
    write(to, "published_at", to_rfc3339(m.published_at));
    write(to, "via", rollcall::to_string(m.via));
    to.Key("sequence");
    to.Uint64(m.sequence);
    to.Key("late");
    to.Bool(m.late);
    if (m.intake)
        write(to, "intake", to_string(*m.intake));
    to.EndObject();
}

void write_letter(writer& to, const dead_letter& letter)
{
    to.StartObject();
    write_place(to, letter.at.topic, letter.at.partition, letter.at.offset);
    write(to, "buried_at", to_rfc3339(letter.buried_at));
    write(to, "reason", letter.reason);
    write(to, "where", letter.where);
    write(to, "step", letter.step);
    to.EndObject();
}

void write_event(writer& to, const explained_event& told)
{
    to.StartObject();
    write(to, "kind", rollcall::to_string(told.what.kind));
    write(to, "participant", told.what.participant ? told.what.participant->id : "");
    write(to, "occurred_at", to_rfc3339(told.what.occurred_at));
    write(to, "fate", to_string(told.became));
    if (told.first)
        write(to, "duplicate_of", to_string(*told.first));
    if (told.until)
        write(to, "until", to_rfc3339(*told.until));
    if (told.message) {
        to.Key("message");
        write_message(to, *told.message);
    }
    to.EndObject();
}

void write_record(writer& to, const explained_record& one, const topic_names& names)
{
    const auto& stored = one.record;
    to.StartObject();
    write_place(to, names.intake, stored.at.partition, stored.at.offset);
    write(to, "stored_at", to_rfc3339(stored.stored_at));
    write(to, "received_at", to_rfc3339(stored.what.received_at));
    write(to, "source", stored.what.source);
    write(to, "via", rollcall::to_string(stored.what.via));
    write(to, "meeting", stored.what.key);
    write(to, "delivery", stored.what.delivery_id);
    write(to, "replayed_from", stored.replayed);
    if (stored.what.notice != tracking_sign::none)
        write(to, "notice", rollcall::to_string(stored.what.notice));
    write(to, "without_events", one.without);
    to.Key("passed");
    to.Bool(!one.unpassed);
    if (one.unpassed) {
        to.Key("committed");
        to.Int64(one.unpassed->committed);
        to.Key("end");
        to.Int64(one.unpassed->end);
    }
    if (one.letter) {
        to.Key("dead_letter");
        write_letter(to, *one.letter);
    }
    to.Key("events");
    to.StartArray();
    for (const auto& told : one.events)
        write_event(to, told);
    to.EndArray();
    to.EndObject();
}

}  // namespace

std::string explanation_text(const explanation& all, const topic_names& names)
{
    std::string text;
    for (const auto& one : all.records) {
        text += record_text(one, names) + '\n';
        if (one.letter)
            text += "  " + letter_text(*one.letter) + '\n';
        else if (!one.without.empty())
            text += "  " + printable(one.without) + '\n';
        if (one.unpassed)
            text += "  not passed: the relay has committed " +
                    std::to_string(one.unpassed->committed) + ", the partition ends at " +
                    std::to_string(one.unpassed->end) + '\n';
        for (const auto& told : one.events)
            text += "  " +
                    head_of(
                        told.what.kind,
                        told.what.participant ? told.what.participant->id : std::string{},
                        told.what.occurred_at
                    ) +
                    ": " + fate_text(told) + '\n';
    }
    for (const auto& m : all.derived)
        text += head_of(m.kind, m.participant, m.occurred_at) + ": " +
                (m.intake ? "published from " + names.intake + ' ' + to_string(*m.intake) +
                                ", which was stored earlier: "
                          : "derived by Rollcall: ") +
                message_text(m) + '\n';
    for (const auto& letter : all.letters)
        text += letter_text(letter) + '\n';
    return text;
}

std::string explanation_json(
    const explanation& all, const std::string& id, const topic_names& names
)
{
    rapidjson::StringBuffer buffer;
    writer to{buffer};
    to.StartObject();
    write(to, "id", id);
    to.Key("known");
    to.Bool(all.is_known());
    to.Key("records");
    to.StartArray();
    for (const auto& one : all.records)
        write_record(to, one, names);
    to.EndArray();
    to.Key("messages");
    to.StartArray();
    for (const auto& m : all.derived)
        write_message(to, m);
    to.EndArray();
    to.Key("dead_letters");
    to.StartArray();
    for (const auto& letter : all.letters)
        write_letter(to, letter);
    to.EndArray();
    to.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace rollcall
