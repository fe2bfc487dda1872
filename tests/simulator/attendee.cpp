#include "simulator/attendee.hpp"

#include "simulator/attendee_api.hpp"
#include "simulator/base64.hpp"
#include "simulator/calendar.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdio>
#include <map>
#include <stdexcept>

namespace rollcall::simulator {
namespace {

/// Python's `datetime.isoformat()` in UTC.
std::string isoformat(instant at, unsigned microseconds)
{
    return python_datetime(at + std::chrono::microseconds{microseconds}) + "+00:00";
}

/// A change of a bot's state, as Attendee names it.
struct change {
    std::string_view event_type;
    std::string_view new_state;
    std::string_view sub_type;  ///< empty: null
    std::string_view kind;      ///< what it means to others; empty: nothing
};

change bot_change(happening what)
{
    switch (what) {
        case happening::bot_requested:
            return {"join_requested", "joining", "", ""};
        case happening::bot_in_lobby:
            return {"put_in_waiting_room", "waiting_room", "", ""};
        case happening::bot_admitted:
            return {"joined_meeting", "joined_not_recording", "", "meeting.started"};
        case happening::recording_started:
            return {"recording_permission_granted", "joined_recording", "", "meeting.started"};
        case happening::bot_leaving:
            return {"leave_requested", "leaving", "user_requested", ""};
        case happening::meeting_over:
        case happening::bot_removed:
            return {"meeting_ended", "post_processing", "", "meeting.ended"};
        case happening::bot_crashed:
            return {"fatal_error", "fatal_error", "heartbeat_timeout", "meeting.ended"};
        case happening::bot_refused:
            return {
                "could_not_join_meeting",
                "fatal_error",
                "waiting_room_timeout_exceeded",
                "meeting.ended"};
        default:
            return {"post_processing_completed", "ended", "", "meeting.ended"};
    }
}

change app_session_change(happening what)
{
    switch (what) {
        case happening::bot_requested:
            return {"app_session_connection_requested", "connecting", "", ""};
        case happening::bot_admitted:
            return {"app_session_connected", "connected", "", "meeting.started"};
        case happening::bot_leaving:
            return {"app_session_disconnect_requested", "disconnecting", "", ""};
        case happening::meeting_over:
            return {"app_session_disconnected", "post_processing", "", "meeting.ended"};
        default:
            return bot_change(what);
    }
}

struct people_event {
    std::string_view trigger, event_type, kind;
};

std::optional<people_event> participant_event(happening what)
{
    constexpr std::string_view presence = "participant_events.join_leave";
    constexpr std::string_view speech = "participant_events.speech_start_stop";
    switch (what) {
        case happening::joined:
            return people_event{presence, "join", "participant.joined"};
        case happening::left:
            return people_event{presence, "leave", "participant.left"};
        case happening::speech_started:
            return people_event{speech, "speech_start", "participant.speech_started"};
        case happening::speech_stopped:
            return people_event{speech, "speech_stop", "participant.speech_stopped"};
        default:
            return std::nullopt;
    }
}

/// Tells a world from its beginning to its end, and knows each bot's state on the way.
class narrator {
public:
    narrator(const world& of, const timeline& when, const dialect& by)
        : world_{of}, when_{when}, dialect_{by}, states_(of.meetings.size())
    {
    }

    std::vector<telling> tell()
    {
        const auto last_words = latest_texts();
        std::vector<telling> told;
        for (std::size_t i = 0; i < world_.facts.size(); ++i) {
            const auto& what = world_.facts[i];
            if (what.what == happening::renamed)
                continue;  // Attendee keeps the name of first sight, and neither stores nor sends
                           // updates
            telling next;
            next.fact = i;
            next.noticed = what.noticed;
            next.meeting_id = dialect_.meeting_id(world_, what.meeting);
            if (const auto event = participant_event(what.what))
                tell_participant(next, what, *event);
            else if (what.what == happening::chat_sent || what.what == happening::chat_edited)
                tell_chat(next, what, last_words.at({what.meeting, what.message}) == i);
            else
                tell_change(next, what);
            told.push_back(std::move(next));
        }
        return told;
    }

private:
    const meeting& where(const fact& what) const { return world_.meetings[what.meeting]; }
    const participant& who(const fact& what) const
    {
        return where(what).participants[what.participant];
    }

    /// Of each message, by meeting and number: the fact that gave it the text it has at the end.
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> latest_texts() const
    {
        std::map<std::pair<std::size_t, std::size_t>, std::size_t> latest;
        for (std::size_t i = 0; i < world_.facts.size(); ++i)
            if (const auto& what = world_.facts[i];
                what.what == happening::chat_sent || what.what == happening::chat_edited)
                latest[{what.meeting, what.message}] = i;
        return latest;
    }

    std::string id(std::string_view prefix, std::uint64_t number) const
    {
        return attendee_id(prefix, dice::for_purpose(world_.options.seed, prefix, number));
    }

    static value epoch(instant at) { return std::int64_t{at.time_since_epoch().count()}; }

    void wrap(telling& into, const fact& what, std::string_view trigger, value::object data) const
    {
        const bool botless = where(what).botless;
        value metadata;
        if (const auto& given = where(what).metadata) {
            value::object members;
            for (const auto& [name, text] : *given)
                members.emplace_back(name, text);
            metadata = in_jsonb_order(std::move(members));
        }
        value::object envelope;
        envelope.emplace_back(
            "idempotency_key", value{}
        );  // given by `render`: one for each subscription
        envelope.emplace_back(botless ? "app_session_id" : "bot_id", into.meeting_id);
        envelope.emplace_back(
            botless ? "app_session_metadata" : "bot_metadata", std::move(metadata)
        );
        envelope.emplace_back("trigger", trigger);
        envelope.emplace_back("data", in_jsonb_order(std::move(data)));
        into.content = std::move(envelope);
        if (into.expected)
            into.expected->provider_type = trigger;
    }

    void expect(
        telling& into,
        std::string_view kind,
        const fact& what,
        std::optional<std::string> provider_id
    ) const
    {
        expected_event event;
        event.kind = kind;
        event.one_of_several = what.participant == nobody;
        event.host_known = kind != "participant.chat";
        event.occurred_at = when_.at(what.at);
        event.provider_id = std::move(provider_id);
        event.text = what.text;
        if (what.participant != nobody)
            event.who = who(what);
        into.expected = std::move(event);
    }

    void tell_participant(telling& into, const fact& what, const people_event& event) const
    {
        const auto event_id = id("pe_", into.fact);
        value::object data;
        data.emplace_back("id", event_id);
        data.emplace_back("event_data", value::object{});
        data.emplace_back("event_type", event.event_type);
        data.emplace_back("timestamp_ms", epoch(when_.at(what.at)));
        data.emplace_back("participant_name", who(what).name);
        data.emplace_back("participant_uuid", who(what).id);
        data.emplace_back("participant_is_host", who(what).host);
        data.emplace_back("participant_user_uuid", who(what).account_id);
        expect(into, event.kind, what, event_id);
        wrap(into, what, event.trigger, std::move(data));
    }

    /// The API has the latest text of a message and no other, and none of an app session's.
    void tell_chat(telling& into, const fact& what, bool latest) const
    {
        into.lasting = latest && !where(what).botless;
        const auto at = when_.at(what.at);
        const auto message_id = id("msg_", (what.meeting << 32U) + what.message);
        value::object data;
        data.emplace_back("id", message_id);
        data.emplace_back("to", what.message % 7 == 3 ? "only_bot" : "everyone");
        data.emplace_back("text", what.text);
        data.emplace_back("timestamp", epoch_seconds(at));
        data.emplace_back("sender_name", who(what).name);
        data.emplace_back("sender_uuid", who(what).id);
        data.emplace_back("timestamp_ms", epoch(at));
        data.emplace_back("additional_data", value::object{});
        data.emplace_back("sender_user_uuid", who(what).account_id);
        expect(into, "participant.chat", what, message_id);
        wrap(into, what, "chat_messages.update", std::move(data));
    }

    static value epoch_seconds(instant at)
    {
        return std::int64_t{
            std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count()};
    }

    void tell_change(telling& into, const fact& what)
    {
        const bool botless = where(what).botless;
        const auto next = botless ? app_session_change(what.what) : bot_change(what.what);
        auto& state = states_[what.meeting];
        auto chance = dice::for_purpose(world_.options.seed, "microseconds", into.fact);
        const auto microseconds =
            chance.chance(0.2) ? 0U : static_cast<unsigned>(chance.below(1000));
        value::object data;
        data.emplace_back("new_state", next.new_state);
        data.emplace_back("old_state", state.empty() ? std::string_view{"ready"} : state);
        data.emplace_back("created_at", isoformat(when_.at(what.at), microseconds));
        data.emplace_back("event_type", event_type(what, state, next));
        data.emplace_back("event_metadata", change_metadata(what));
        data.emplace_back("event_sub_type", next.sub_type.empty() ? value{} : value{next.sub_type});
        state = next.new_state;
        if (!next.kind.empty())
            expect(into, next.kind, what, std::nullopt);
        wrap(into, what, "bot.state_change", std::move(data));
    }

    /// A bot that was told to leave has left; one that was not has seen the meeting end.
    static std::string_view event_type(const fact& what, std::string_view from, const change& next)
    {
        return what.what == happening::meeting_over && from == "leaving" ? "left_meeting"
                                                                         : next.event_type;
    }

    value change_metadata(const fact& what) const
    {
        value::object members;
        if (what.what == happening::bot_requested) {
            members.emplace_back("source", "api");
        } else if (what.what == happening::bot_removed) {
            const auto& remover = where(what).participants.front();
            members.emplace_back("remover_name", remover.name);
            members.emplace_back("remover_uuid", remover.id);
            members.emplace_back("remover_is_host", remover.host);
            members.emplace_back("remover_user_uuid", remover.account_id);
        } else if (what.what == happening::processed || what.what == happening::bot_refused) {
            const auto seconds = std::chrono::floor<std::chrono::seconds>(what.at).count();
            members.emplace_back("credits_consumed", value::number{credits(seconds)});
            members.emplace_back("bot_duration_seconds", std::int64_t{seconds});
        }
        return in_jsonb_order(std::move(members));
    }

    /// One credit an hour as Python prints a float of two decimals: `1.0`, `0.26`.
    static std::string credits(std::int64_t seconds)
    {
        const auto hundredths = seconds * 100 / 3600;
        const auto rest = hundredths % 100;
        std::string text = std::to_string(hundredths / 100) + "." + std::to_string(rest / 10);
        return rest % 10 == 0 ? text : text + std::to_string(rest % 10);
    }

    const world& world_;
    const timeline& when_;
    const dialect& dialect_;
    std::vector<std::string_view>
        states_;  ///< of each meeting's bot; empty before its first change
};

}  // namespace

attendee::attendee(std::string_view secret) : key_{decode_base64(secret)} {}

std::string attendee_id(std::string_view prefix, dice chance)
{
    constexpr std::string_view letters_and_digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    return std::string{prefix} + chance.characters(letters_and_digits, 16);
}

std::string attendee::meeting_id(const world& of, std::size_t meeting) const
{
    return attendee_id(
        of.meetings[meeting].botless ? "app_" : "bot_",
        dice::for_purpose(of.options.seed, "bot", meeting)
    );
}

meeting_names attendee::names_of(const world& of, std::size_t meeting) const
{
    meeting_names names;
    if (!of.meetings[meeting].botless)
        names.bot_id = meeting_id(of, meeting);
    return names;
}

std::string attendee::participant_id(const world& of, std::size_t meeting, std::size_t participant)
    const
{
    return of.meetings[meeting].participants[participant].id;
}

std::vector<telling> attendee::tell(const world& of, const timeline& when) const
{
    return narrator{of, when, *this}.tell();
}

std::string attendee::signature(const value& content) const
{
    const auto canonical = to_canonical_json(content);
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    HMAC(
        EVP_sha256(),
        key_.data(),
        static_cast<int>(key_.size()),
        reinterpret_cast<const unsigned char*>(canonical.data()),
        canonical.size(),
        reinterpret_cast<unsigned char*>(digest.data()),
        &length
    );
    digest.resize(length);
    return encode_base64(digest);
}

webhook attendee::post(const value& content) const
{
    webhook made;
    made.headers = {
        {"User-Agent", "Attendee-Webhook/1.0"},
        {"Accept-Encoding", "gzip, deflate"},
        {"Accept", "*/*"},
        {"Connection", "keep-alive"},
        {"Content-Type", "application/json"},
        {"X-Webhook-Signature", signature(content)},
    };
    made.body = to_python_json(content);
    return made;
}

webhook attendee::render(const telling& what, unsigned subscription) const
{
    auto chance = dice::for_purpose(what.fact, what.meeting_id, subscription);
    const auto key = chance.uuid();
    auto made = post(what.content.with("idempotency_key", key));
    made.delivery_id = key;
    return made;
}

const retry_schedule& attendee::retries(const telling& /*of*/) const
{
    static const retry_schedule schedule{.waits = {{0, 1}, {0, 2}}};
    return schedule;
}

std::unique_ptr<api> attendee::open_api(api_account account) const
{
    return std::make_unique<attendee_api>(std::move(account));
}

}  // namespace rollcall::simulator
