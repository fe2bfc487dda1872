#include "providers/recall/webhooks.hpp"

#include <algorithm>
#include <iterator>

namespace rollcall::recall {
namespace {

constexpr webhook action(std::string_view name, kind becomes)
{
    return {name, webhook_shape::action, becomes, tracking_sign::seen};
}

constexpr webhook starts(std::string_view name)
{
    return {name, webhook_shape::state, kind::meeting_started, tracking_sign::seen};
}

constexpr webhook ends(std::string_view name)
{
    return {name, webhook_shape::state, kind::meeting_ended, tracking_sign::ended};
}

constexpr webhook tells(
    std::string_view name,
    tracking_sign sign,
    webhook_shape shape = webhook_shape::state,
    std::string_view warning = {}
)
{
    return {name, shape, std::nullopt, sign, warning};
}

// The start and the end have several signs: they have one identity, so that the ledger keeps one,
// and no single webhook need arrive. `recording.processing` is sent when a recording starts, and
// again when it goes on after a pause. What is deleted is deleted long after the end, when
// everything about the meeting has been forgotten: that is no sign of anything.
constexpr webhook known[] = {
    action("participant_events.join", kind::participant_joined),
    action("participant_events.leave", kind::participant_left),
    action("participant_events.update", kind::participant_updated),
    action("participant_events.speech_on", kind::participant_speech_started),
    action("participant_events.speech_off", kind::participant_speech_stopped),
    action("participant_events.webcam_on", kind::participant_webcam_on),
    action("participant_events.webcam_off", kind::participant_webcam_off),
    action("participant_events.screenshare_on", kind::participant_screenshare_on),
    action("participant_events.screenshare_off", kind::participant_screenshare_off),
    action("participant_events.chat_message", kind::participant_chat),
    tells("transcript.data", tracking_sign::seen, webhook_shape::other),
    tells("transcript.partial_data", tracking_sign::seen, webhook_shape::other),
    tells("transcript.provider_data", tracking_sign::seen, webhook_shape::other),

    starts("recording.processing"),
    starts("recording.paused"),
    ends("recording.done"),
    ends("recording.failed"),
    tells("recording.deleted", tracking_sign::none),
    starts("bot.in_call_recording"),
    ends("bot.call_ended"),
    ends("bot.done"),
    ends("bot.fatal"),
    tells("participant_events.processing", tracking_sign::seen),
    tells("participant_events.done", tracking_sign::ended),
    tells("participant_events.failed", tracking_sign::ended),
    tells("participant_events.deleted", tracking_sign::none),
    tells("realtime_endpoint.running", tracking_sign::seen),
    tells("realtime_endpoint.done", tracking_sign::seen),
    tells(
        "realtime_endpoint.failed",
        tracking_sign::seen,
        webhook_shape::state,
        "real-time endpoint gave up: no more webhooks of this meeting"
    ),
};

}  // namespace

const webhook* find_webhook(std::string_view name)
{
    const auto* const found = std::ranges::find(known, name, &webhook::name);
    return found == std::end(known) ? nullptr : found;
}

std::string_view action_of(std::string_view name)
{
    return name.substr(name.rfind('.') + 1);
}

}  // namespace rollcall::recall
