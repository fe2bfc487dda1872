#include "providers/recall/identity.hpp"

#include "providers/hex.hpp"
#include "providers/hmac_sha256.hpp"

#include <span>

namespace rollcall::recall {
namespace {

std::string of_recording(std::string_view region, std::string_view recording)
{
    return std::string{"recall:"}.append(region).append(":").append(recording).append(":");
}

std::string of_action(
    std::string_view region,
    std::string_view recording,
    std::string_view action,
    std::string_view participant
)
{
    return of_recording(region, recording).append(action).append(":").append(participant);
}

// The length before the text keeps the two apart.
std::string hash_of(const chat_words& said)
{
    const auto digest =
        sha256(std::to_string(said.text.size()).append(":").append(said.text).append(said.to));
    return to_hex(std::span{digest}.first<16>());
}

}  // namespace

std::string action_identity(
    std::string_view region,
    std::string_view recording,
    std::string_view action,
    std::string_view participant,
    const moment& at,
    const std::optional<chat_words>& said
)
{
    auto identity = of_action(region, recording, action, participant).append(":");
    if (at.absolute)
        identity.append(std::to_string(at.absolute->time_since_epoch().count()));
    else
        identity.append("relative:").append(std::to_string(at.relative_ms));
    if (said)
        identity.append(":").append(hash_of(*said));
    return identity;
}

std::string timeless_identity(
    std::string_view region,
    std::string_view recording,
    std::string_view action,
    std::string_view participant,
    const moment& at,
    const std::optional<chat_words>& said
)
{
    if (!at.absolute)
        return {};
    auto identity = of_action(region, recording, action, participant);
    if (said)
        identity.append(":").append(hash_of(*said));
    return identity;
}

std::string knowledge_identity(
    std::string_view region,
    std::string_view recording,
    std::string_view participant,
    std::string_view name,
    std::string_view email
)
{
    return of_action(region, recording, "known", participant)
        .append(":")
        .append(hash_of({name, email}));
}

std::string meeting_identity(std::string_view region, std::string_view recording, kind what)
{
    return of_recording(region, recording).append(to_string(what));
}

}  // namespace rollcall::recall
