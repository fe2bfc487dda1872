#include "simulator/recall.hpp"

#include "simulator/api.hpp"
#include "simulator/base64.hpp"
#include "simulator/calendar.hpp"
#include "simulator/dice.hpp"
#include "simulator/recall_api.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <stdexcept>

namespace rollcall::simulator {
namespace {

std::string decode_secret(std::string_view text)
{
    constexpr std::string_view prefix = "whsec_";
    if (!text.starts_with(prefix))
        throw std::invalid_argument{"a secret of Recall.ai begins with whsec_"};
    return decode_base64(text.substr(prefix.size()));
}

std::string hmac(std::string_view key, std::string_view content)
{
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    HMAC(
        EVP_sha256(),
        key.data(),
        static_cast<int>(key.size()),
        reinterpret_cast<const unsigned char*>(content.data()),
        content.size(),
        reinterpret_cast<unsigned char*>(digest.data()),
        &length
    );
    digest.resize(length);
    return digest;
}

/// The id of something that each meeting has one of.
std::string id_of(const world& of, std::string_view what, std::size_t meeting)
{
    return dice::for_purpose(of.options.seed, what, meeting).uuid();
}

std::string participant_number(const meeting& of, std::size_t participant)
{
    return of.where == platform::zoom ? of.participants[participant].id
                                      : std::to_string(100 * (participant + 1));
}

/// The account's id where the platform tells one that lasts.
std::optional<std::string> account_of(const meeting& where, const participant& who)
{
    return where.where == platform::teams ? std::optional{who.id} : who.account_id;
}

bool is_status(const telling& what)
{
    const auto* const data = what.content.find("data");
    const auto* const inner = data != nullptr ? data->find("data") : nullptr;
    return inner == nullptr || inner->find("participant") == nullptr;
}

std::string_view event_name(const telling& what)
{
    const auto* const name = what.content.find("event");
    return name != nullptr ? name->text() : std::string_view{};
}

value named(std::string_view id, value metadata)
{
    value::object members;
    members.emplace_back("id", id);
    members.emplace_back("metadata", std::move(metadata));
    return members;
}

/// As status webhooks have times: always with an offset.
std::string updated_at(stamp at)
{
    return python_datetime(at) + "+00:00";
}

/// Tells a world from its beginning to its end, and knows everybody's name on the way.
class narrator {
public:
    narrator(const world& of, const timeline& when, const recall& by)
        : world_{of}, when_{when}, by_{by}, starts_(of.meetings.size())
    {
        for (const auto& each : of.facts)
            if (each.what == recording_fact(each))
                starts_[each.meeting] = precise(each.at, each.meeting);
    }

    std::vector<telling> tell()
    {
        for (now_ = 0; now_ < world_.facts.size(); ++now_) {
            const auto& what = world_.facts[now_];
            if (what.participant == nobody)
                tell_states(what);
            else
                tell_action(what);
        }
        return std::move(told_);
    }

private:
    const meeting& where(const fact& what) const { return world_.meetings[what.meeting]; }

    /// What the recording of such a fact's meeting begins with.
    happening recording_fact(const fact& of) const
    {
        return where(of).botless ? happening::bot_admitted : happening::recording_started;
    }

    /// With microseconds, which no message has.
    stamp precise(milliseconds at, std::size_t number) const
    {
        auto chance = dice::for_purpose(world_.options.seed, "microseconds", number);
        return stamp{when_.at(at)} + std::chrono::microseconds{chance.between(0, 999)};
    }

    // ---- what is in every body

    value bot_metadata(std::size_t meeting) const { return some_metadata(meeting, 0); }
    value recording_metadata(std::size_t meeting) const { return some_metadata(meeting, 1); }

    /// The meeting's metadata are divided between the bot and the recording; without a bot it is
    /// all the recording's.
    value some_metadata(std::size_t number, std::size_t half) const
    {
        const auto& of = world_.meetings[number];
        value::object members;
        for (std::size_t i = 0; of.metadata && i < of.metadata->size(); ++i)
            if (of.botless || i % 2 == half)
                members.emplace_back((*of.metadata)[i].first, (*of.metadata)[i].second);
        return members;
    }

    void add_recording_and_bot(value::object& to, std::size_t meeting, bool recording) const
    {
        const auto names = by_.names_of(world_, meeting);
        if (recording)
            to.emplace_back(
                "recording", named(by_.meeting_id(world_, meeting), recording_metadata(meeting))
            );
        if (names.bot_id)
            to.emplace_back("bot", named(*names.bot_id, bot_metadata(meeting)));
    }

    telling& add(const fact& what, std::string_view event, value::object data)
    {
        auto& next = told_.emplace_back();
        next.fact = now_;
        next.noticed = what.noticed;
        next.meeting_id = by_.meeting_id(world_, what.meeting);
        value::object body;
        body.emplace_back("event", event);
        body.emplace_back("data", std::move(data));
        next.content = std::move(body);
        return next;
    }

    // ---- states

    void tell_states(const fact& what)
    {
        switch (what.what) {
            case happening::bot_requested:
                return tell_bot(what, "joining_call");
            case happening::bot_in_lobby:
                return tell_bot(what, "in_waiting_room");
            case happening::bot_admitted:
                return where(what).botless ? tell_start(what)
                                           : tell_bot(what, "in_call_not_recording");
            case happening::recording_started:
                tell_bot(what, "in_call_recording");
                return tell_start(what);
            case happening::meeting_over:
                return tell_bot(what, "call_ended", "timeout_exceeded_everyone_left");
            case happening::bot_removed:
                return tell_bot(what, "call_ended", "bot_kicked_from_call");
            case happening::bot_refused:
                return tell_bot(what, "fatal", "timeout_exceeded_waiting_room");
            case happening::bot_crashed:
                tell_bot(what, "fatal", "bot_errored");
                return tell_end(what, "failed", "bot_errored");
            case happening::processed:
                tell_end(what, "done", "");
                return tell_bot(what, "done");
            default:
                return;
        }
    }

    value::object state(const fact& what, std::string_view code, std::string_view sub_code) const
    {
        value::object inner;
        inner.emplace_back("code", code);
        inner.emplace_back("sub_code", sub_code.empty() ? value{} : value{sub_code});
        inner.emplace_back("updated_at", updated_at(precise(what.at, now_)));
        value::object data;
        data.emplace_back("data", std::move(inner));
        return data;
    }

    void tell_bot(const fact& what, std::string_view code, std::string_view sub_code = {})
    {
        if (where(what).botless)
            return;
        auto data = state(what, code, sub_code);
        add_recording_and_bot(data, what.meeting, false);
        add(what, std::string{"bot."}.append(code), std::move(data));
        const bool starts = code == "in_call_recording";
        const bool ends = code == "call_ended" || code == "done" || code == "fatal";
        if ((!starts && !ends) || starts_[what.meeting] == stamp{})
            return;  // no end of what was never recorded
        expect_change(starts ? "meeting.started" : "meeting.ended", what);
        told_.back().expected->needs_api = true;  // it names no recording
    }

    void tell_of_recording(
        const fact& what, std::string_view object, std::string_view code, std::string_view sub_code
    )
    {
        auto data = state(what, code, sub_code);
        if (object != "recording")
            data.emplace_back(object, named(id_of(world_, object, what.meeting), value::object{}));
        add_recording_and_bot(data, what.meeting, true);
        add(what, std::string{object}.append(".").append(code), std::move(data));
    }

    void tell_start(const fact& what)
    {
        tell_of_recording(what, "recording", "processing", "");
        expect_change("meeting.started", what);
        tell_of_recording(what, "participant_events", "processing", "");
        tell_of_recording(what, "realtime_endpoint", "running", "");
    }

    void tell_end(const fact& what, std::string_view code, std::string_view sub_code)
    {
        tell_of_recording(what, "recording", code, sub_code);
        expect_change("meeting.ended", what);
        tell_of_recording(what, "participant_events", code, sub_code);
        tell_of_recording(what, "realtime_endpoint", "done", "");
    }

    void expect_change(std::string_view kind, const fact& what)
    {
        expected_event event;
        event.kind = kind;
        event.one_of_several = true;
        event.occurred_at = when_.at(what.at);
        event.provider_type = event_name(told_.back());
        told_.back().expected = std::move(event);
    }

    // ---- what participants do

    void tell_action(const fact& what)
    {
        const std::pair who{what.meeting, what.participant};
        auto chance = dice::for_purpose(world_.options.seed, "cameras", now_);
        switch (what.what) {
            case happening::joined:
                tell_participant(what, "join", "participant.joined");
                if (chance.chance(0.5))
                    tell_participant(what, "webcam_on", "participant.webcam_on");
                break;
            case happening::left:
                sharing_.erase(who);
                return tell_participant(what, "leave", "participant.left");
            case happening::renamed:
                names_[who] = what.text;
                return tell_participant(what, "update", "participant.updated");
            case happening::speech_started:
                tell_participant(what, "speech_on", "participant.speech_started");
                if (chance.chance(0.1) && sharing_.insert(who).second)
                    tell_participant(what, "screenshare_on", "participant.screenshare_on");
                break;
            case happening::speech_stopped:
                tell_participant(what, "speech_off", "participant.speech_stopped");
                if (sharing_.erase(who) != 0)
                    tell_participant(what, "screenshare_off", "participant.screenshare_off");
                if (chance.chance(0.05))
                    tell_participant(what, "webcam_off", "participant.webcam_off");
                break;
            case happening::chat_sent:
                return tell_participant(what, "chat_message", "participant.chat");
            default:
                return;  // Recall.ai tells nothing of edited messages
        }
    }

    void tell_participant(const fact& what, std::string_view action, std::string_view kind)
    {
        const auto at = precise(what.at, now_);
        value::object inner;
        inner.emplace_back("participant", participant_of(what));
        inner.emplace_back("timestamp", timestamp(what.meeting, at));
        inner.emplace_back("data", chat(what));
        value::object data;
        data.emplace_back("data", std::move(inner));
        // Each subscription has an endpoint of its own: `render` says which.
        data.emplace_back("realtime_endpoint", value{});
        data.emplace_back(
            "participant_events",
            named(id_of(world_, "participant_events", what.meeting), value::object{})
        );
        add_recording_and_bot(data, what.meeting, true);
        auto& next = add(what, std::string{"participant_events."}.append(action), std::move(data));
        expect_action(next, what, kind);
    }

    void expect_action(telling& of, const fact& what, std::string_view kind) const
    {
        expected_event event;
        event.kind = kind;
        event.one_of_several = false;
        event.occurred_at = when_.at(what.at);
        event.provider_type = event_name(of);
        event.text = kind == "participant.chat" ? what.text : "";
        event.who = where(what).participants[what.participant];
        event.who->account_id = account_of(where(what), *event.who);
        event.who->id = by_.participant_id(world_, what.meeting, what.participant);
        event.who->name = name_of(what);
        of.expected = std::move(event);
    }

    /// The present one.
    std::optional<std::string> name_of(const fact& what) const
    {
        const auto changed = names_.find({what.meeting, what.participant});
        return changed != names_.end() ? changed->second
                                       : where(what).participants[what.participant].name;
    }

    value participant_of(const fact& what) const
    {
        const auto& who = where(what).participants[what.participant];
        constexpr std::array<std::string_view, 4> clients{
            "desktop", "mobile_app", "dial_in", "unknown"};
        value::object members;
        members.emplace_back(
            "id", value::number{participant_number(where(what), what.participant)}
        );
        members.emplace_back("name", name_of(what));
        members.emplace_back("is_host", who.host);
        members.emplace_back("platform", clients[who.person % clients.size()]);
        members.emplace_back("extra_data", extra_data(where(what), who));
        if (who.person % 3 != 0)  // the key may be missing
            members.emplace_back("email", value{});
        return members;
    }

    static value extra_data(const meeting& where, const participant& who)
    {
        value::object facts;
        std::string_view platform = "google_meet";
        if (where.where == platform::zoom) {
            platform = "zoom";
            facts.emplace_back("conf_user_id", who.account_id);
            facts.emplace_back("guest", !who.account_id || who.account_id->empty());
        } else if (where.where == platform::teams) {
            platform = "microsoft_teams";
            facts.emplace_back("user_id", who.id);
            facts.emplace_back("role", who.host ? "organizer" : "attendee");
        } else {
            facts.emplace_back("static_participant_id", who.id);
        }
        value::object members;
        members.emplace_back(platform, std::move(facts));
        return members;
    }

    /// Mostly with microseconds and Z, but not always.
    value timestamp(std::size_t meeting, stamp at) const
    {
        auto chance = dice::for_purpose(world_.options.seed, "precision", now_);
        auto absolute = python_datetime(at);
        if (chance.chance(0.1))
            absolute = python_datetime(std::chrono::floor<milliseconds>(at));
        absolute += chance.chance(0.1) ? "+00:00" : "Z";
        value::object members;
        members.emplace_back("absolute", std::move(absolute));
        members.emplace_back("relative", value::number{seconds_since(starts_[meeting], at)});
        return members;
    }

    static std::string seconds_since(stamp start, stamp at)
    {
        const auto micros = (at - start).count();
        const auto size = micros < 0 ? -micros : micros;
        auto fraction = std::to_string(1'000'000 + size % 1'000'000).substr(1);
        return (micros < 0 ? "-" : "") + std::to_string(size / 1'000'000) + "." + fraction;
    }

    static value chat(const fact& what)
    {
        if (what.what != happening::chat_sent)
            return {};
        value::object members;
        members.emplace_back("text", what.text);
        members.emplace_back("to", what.message % 7 == 3 ? "only_bot" : "everyone");
        return members;
    }

    using presence = std::pair<std::size_t, std::size_t>;  // meeting and participant

    const world& world_;
    const timeline& when_;
    const recall& by_;
    std::vector<stamp> starts_;  ///< of each recording
    std::vector<telling> told_;
    std::size_t now_ = 0;                    ///< the fact that is being told
    std::map<presence, std::string> names_;  ///< of those who changed theirs
    std::set<presence> sharing_;
};

}  // namespace

std::string real_time_endpoint(std::string_view recording_id, unsigned subscription)
{
    const auto purpose = std::string{recording_id} + "/realtime_endpoint";
    return dice::for_purpose(0, purpose, subscription).uuid();
}

recall::recall(std::string_view secrets)
{
    const auto first = secrets.substr(0, secrets.find_first_of(",\n"));
    const auto second = secrets.substr(std::min(secrets.size(), first.size() + 1));
    real_time_ = {"webhook-", decode_secret(first)};
    status_ = second.empty() ? real_time_ : signer{"svix-", decode_secret(second)};
}

std::string recall::meeting_id(const world& of, std::size_t meeting) const
{
    return id_of(of, "recording", meeting);
}

meeting_names recall::names_of(const world& of, std::size_t meeting) const
{
    meeting_names names;
    names.recording_id = meeting_id(of, meeting);
    if (!of.meetings[meeting].botless)
        names.bot_id = id_of(of, "bot", meeting);
    return names;
}

std::string recall::participant_id(const world& of, std::size_t meeting, std::size_t participant)
    const
{
    return participant_number(of.meetings[meeting], participant);
}

std::vector<telling> recall::tell(const world& of, const timeline& when) const
{
    return narrator{of, when, *this}.tell();
}

webhook recall::post(const value& content, bool is_status, std::string message_id) const
{
    webhook made;
    made.headers = {
        {"Content-Type", "application/json"},
        {"User-Agent", is_status ? "Svix-Webhooks/1.62.0" : "Recall.ai/1.0"},
        {std::string{(is_status ? status_ : real_time_).prefix} + "id", message_id},
    };
    made.body = to_compact_json(content);
    made.delivery_id = std::move(message_id);
    return made;
}

webhook recall::render(const telling& what, unsigned subscription) const
{
    constexpr std::string_view letters_and_digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const auto message_id = [&](unsigned copy) {
        const auto purpose = what.meeting_id + std::string{event_name(what)};
        auto chance = dice::for_purpose(what.fact, purpose, copy);
        return "msg_" + chance.characters(letters_and_digits, 27);
    };
    if (is_status(what))
        return post(what.content, true, message_id(0));
    const auto* const data = what.content.find("data");
    const auto to = named(endpoint(what, subscription), value::object{});
    return post(
        what.content.with("data", data->with("realtime_endpoint", to)),
        false,
        message_id(subscription)
    );
}

void recall::sign(webhook& attempt, instant now) const
{
    const auto id = std::ranges::find_if(attempt.headers, [](const auto& header) {
        return header.first == "webhook-id" || header.first == "svix-id";
    });
    if (id == attempt.headers.end())
        throw std::invalid_argument{"no delivery of Recall.ai's"};
    const auto& by = id->first == "svix-id" ? status_ : real_time_;
    const auto seconds =
        std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
    const auto signature = hmac(by.key, id->second + "." + seconds + "." + attempt.body);
    const std::string prefix{by.prefix};
    attempt.headers.emplace_back(prefix + "timestamp", seconds);
    attempt.headers.emplace_back(prefix + "signature", "v1," + encode_base64(signature));
}

const retry_schedule& recall::retries(const telling& of) const
{
    // 60 attempts a second apart. Its time-out is not published.
    static const retry_schedule real_time{.waits = {59, {1, 1}}};
    static const retry_schedule status{
        .waits =
            {{5, 5},
             {300, 300},
             {1'800, 1'800},
             {7'200, 7'200},
             {18'000, 18'000},
             {36'000, 36'000},
             {36'000, 36'000}},
        .answer_timeout = milliseconds{15'000}};
    return is_status(of) ? status : real_time;
}

std::string recall::endpoint(const telling& what, unsigned subscription) const
{
    if (is_status(what))
        return {};
    return real_time_endpoint(what.meeting_id, subscription);
}

std::optional<telling> recall::endpoint_failed(
    const telling& what, unsigned subscription, instant at
) const
{
    value::object error;
    error.emplace_back("code", "INTERNAL_ERROR");
    error.emplace_back("message", "Delivery attempts exhausted");
    value::object inner;
    inner.emplace_back("code", "failed");
    inner.emplace_back("sub_code", "internal_error");
    inner.emplace_back("updated_at", updated_at(at));
    inner.emplace_back("error", std::move(error));
    value::object data;
    data.emplace_back("data", std::move(inner));
    data.emplace_back("realtime_endpoint", named(endpoint(what, subscription), value::object{}));
    for (const std::string_view each : {"recording", "bot"})
        if (const auto* const object = what.content.find("data")->find(each))
            data.emplace_back(each, *object);
    value::object body;
    body.emplace_back("event", "realtime_endpoint.failed");
    body.emplace_back("data", std::move(data));
    telling last = what;
    last.expected.reset();
    last.content = std::move(body);
    return last;
}

std::unique_ptr<api> recall::open_api(api_account account) const
{
    return std::make_unique<recall_api>(std::move(account));
}

}  // namespace rollcall::simulator
