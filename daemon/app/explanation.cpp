#include "app/explanation.hpp"

#include "relay/message.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <set>
#include <utility>

namespace rollcall {
namespace {

using fate = explained_event::fate;

std::string json_text(const std::string& text)
{
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> to{buffer};
    to.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

sought::sought(std::string id, std::string source)
    : id_{std::move(id)},
      quoted_{json_text(id_)},
      as_event_{parse_event_id(id_)},
      source_{std::move(source)}
{
}

bool sought::is_of_source(std::string_view source) const
{
    return source_.empty() || source == source_;
}

bool sought::is_in(std::string_view text) const
{
    return text.find(quoted_) != std::string_view::npos;
}

bool sought::may_mean(const stored_record& record) const
{
    return means(record, true);
}

bool sought::means(const stored_record& record, bool unusable) const
{
    const auto& what = record.what;
    if (!is_of_source(what.source) && !record.unreadable)
        return false;
    const bool in_headers = std::ranges::any_of(what.signed_headers, [&](const auto& header) {
        return header.second == id_;
    });
    return what.key == id_ || what.delivery_id == id_ || in_headers ||
           (unusable && is_in(what.body));
}

bool sought::means(const event& told) const
{
    const auto& meeting = told.meeting;
    return is_of_source(told.source) &&
           (told.provider_event_id == id_ || meeting.id == id_ || meeting.bot_id == id_ ||
            meeting.recording_id == id_ || meeting.session_id == id_);
}

bool sought::means(const published_message& message) const
{
    return is_of_source(message.source) && (message.meeting == id_ || message.id == as_event_);
}

bool sought::means(const published_message& message, std::string_view value) const
{
    if (means(message))
        return true;
    if (!is_of_source(message.source))
        return false;
    for (const auto* const name :
         {R"("provider_event":{"id":)", R"("bot_id":)", R"("recording_id":)", R"("session_id":)"})
        if (value.find(name + quoted_) != std::string_view::npos)
            return true;
    return false;
}

bool sought::means(const dead_letter& letter) const
{
    return is_of_source(letter.source) &&
           (letter.meeting == id_ || find_header(letter.with, "rollcall-delivery") == id_ ||
            is_in(letter.body));
}

namespace {

// One question, answered record by record, in their order.
class answering {
public:
    answering(const sought& what, const evidence& from, const explaining_rules& by)
        : what_{what}, from_{from}, by_{by}
    {
        for (const auto& letter : from_.letters)
            if (letter.intake)
                letters_.emplace(*letter.intake, &letter);
    }

    explanation answer()
    {
        for (const auto& record : from_.records)
            take(record);
        for (const auto& message : from_.published.all())
            if (is_meant(message) && !told_.contains(message.id))
                all_.derived.push_back(message);
        for (const auto& letter : from_.letters)
            if (what_.means(letter) && !(letter.intake && recorded_.contains(*letter.intake)))
                all_.letters.push_back(letter);
        return std::move(all_);
    }

private:
    bool is_meant(const published_message& message) const { return from_.meant.contains(&message); }

    void take(const stored_record& record)
    {
        auto made = record.is_payload() ? normalise(record.what, by_.providers) : made_of_record{};
        const bool unusable = made.unusable || record.unreadable;
        explained_record one{.record = record};
        one.record.what.body.clear();
        if (waits(record.at))
            one.unpassed = from_.standings.at(record.at.partition);
        if (const auto letter = letters_.find(record.at); letter != letters_.end())
            one.letter = *letter->second;
        one.without = without_events(made);
        const bool whole = what_.means(record, unusable);
        for (auto& e : made.told.events) {
            auto told = explain_event(record, std::move(e), one.letter.has_value());
            const bool meant =
                whole || what_.means(told.what) || (told.message && what_.means(*told.message));
            if (told.message && meant)
                told_.insert(told.message->id);
            if (meant)
                one.events.push_back(std::move(told));
        }
        recorded_.insert(record.at);
        if (whole || !one.events.empty())
            all_.records.push_back(std::move(one));
    }

    explained_event explain_event(const stored_record& record, event e, bool is_dead)
    {
        using as = sighting::as;
        const auto seen = from_.published.find(e, record.at);
        explained_event told{.what = std::move(e)};
        if (seen.message != nullptr && seen.what != as::perhaps)
            told.message = *seen.message;
        const bool is_held = waits(record.at);
        if (seen.what == as::itself)
            told.became = fate::published;
        else if (is_dead)
            told.became = fate::dead_letter;
        else if (seen.what == as::told_again)
            told.became = fate::told_again;
        else if (seen.what == as::matched)
            told.became = fate::matched;
        else if (is_held)
            explain_held(record, told);
        else if (seen.what == as::perhaps) {
            told.became = fate::told_again;
            told.message = *seen.message;
        } else if (told.what.stands_in)
            told.became = fate::stood_in;
        return told;
    }

    void explain_held(const stored_record& record, explained_event& told)
    {
        told.became = fate::held;
        // A download's rows wait for its end, whenever that is.
        if (by_.hold > milliseconds{0} && told.what.via != way::download)
            told.until = told.what.received_at + by_.hold;
        for (const auto& id : from_.published.ids_of(told.what)) {
            const auto [first, is_new] = held_.emplace(id, record.at);
            if (is_new || told.what.counts_occurrences || told.what.content != 0)
                continue;
            told.became = fate::told_again;
            told.first = first->second;
        }
    }

    static std::string without_events(const made_of_record& made)
    {
        if (made.unusable)
            return fault_text(*made.unusable);
        if (made.told.waits_for)
            return "waits for the provider to tell the meeting it belongs to";
        return made.told.events.empty() && !made.told.ignored.empty()
                   ? "ignored: " + made.told.ignored
                   : std::string{};
    }

    bool waits(const intake_place& place) const
    {
        const auto in = from_.standings.find(place.partition);
        return in != from_.standings.end() && place.offset >= in->second.committed;
    }

    const sought& what_;
    const evidence& from_;
    const explaining_rules& by_;
    explanation all_;
    std::map<intake_place, const dead_letter*> letters_;
    std::set<event_id> told_;          // messages that a record tells
    std::set<intake_place> recorded_;  // records that were read
    std::map<event_id, intake_place> held_;
};

}  // namespace

explanation explain(const sought& what, const evidence& from, const explaining_rules& by)
{
    return answering{what, from, by}.answer();
}

}  // namespace rollcall
