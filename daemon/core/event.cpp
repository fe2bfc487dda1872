#include "core/event.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

namespace rollcall {
namespace {

constexpr std::array<std::string_view, kinds> kind_names = {
    "participant.joined",
    "participant.left",
    "participant.updated",
    "participant.speech_started",
    "participant.speech_stopped",
    "participant.webcam_on",
    "participant.webcam_off",
    "participant.screenshare_on",
    "participant.screenshare_off",
    "participant.chat",
    "meeting.started",
    "meeting.ended",
    "meeting.settled",
};
constexpr std::array<std::string_view, 4> way_names = {"webhook", "poll", "download", "derived"};
constexpr std::array<std::string_view, channels> channel_names = {"attendance", "activity"};

template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view name)
{
    const auto it = std::ranges::find(names, name);
    if (it == names.end())
        return std::nullopt;
    return static_cast<Enum>(it - names.begin());
}

// A context per thread: making one costs more than hashing an identity.
EVP_MD_CTX* sha256_context()
{
    struct context {
        EVP_MD_CTX* md = EVP_MD_CTX_new();
        ~context() { EVP_MD_CTX_free(md); }
    };
    thread_local const context mine;
    return mine.md;
}

}  // namespace

std::string_view to_string(kind k)
{
    return kind_names[static_cast<std::size_t>(k)];
}
std::optional<kind> parse_kind(std::string_view name)
{
    return find_name<kind>(kind_names, name);
}
std::string_view to_string(way w)
{
    return way_names[static_cast<std::size_t>(w)];
}
std::optional<way> parse_way(std::string_view name)
{
    return find_name<way>(way_names, name);
}
std::string_view to_string(channel c)
{
    return channel_names[static_cast<std::size_t>(c)];
}

channel channel_of(kind k)
{
    switch (k) {
        case kind::participant_joined:
        case kind::participant_left:
        case kind::participant_updated:
        case kind::meeting_started:
        case kind::meeting_ended:
        case kind::meeting_settled:
            return channel::attendance;
        default:
            return channel::activity;
    }
}

bool is_speech(kind k)
{
    return k == kind::participant_speech_started || k == kind::participant_speech_stopped;
}

int rank(kind k)
{
    switch (k) {
        case kind::meeting_started:
            return 0;
        case kind::participant_joined:
            return 1;
        case kind::participant_left:
            return 3;
        case kind::meeting_ended:
            return 4;
        case kind::meeting_settled:
            return 5;
        default:
            return 2;
    }
}

event_id make_event_id(std::string_view source, std::string_view identity)
{
    EVP_MD_CTX* md = sha256_context();
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_DigestInit_ex(md, EVP_sha256(), nullptr) != 1 ||
        EVP_DigestUpdate(md, source.data(), source.size()) != 1 ||
        EVP_DigestUpdate(md, "", 1) != 1 ||
        EVP_DigestUpdate(md, identity.data(), identity.size()) != 1 ||
        EVP_DigestFinal_ex(md, digest.data(), &size) != 1)
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    event_id id;
    std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

std::string to_hex(const event_id& id)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * id.bytes.size());
    for (const auto byte : id.bytes) {
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

std::optional<event_id> parse_event_id(std::string_view hex)
{
    static constexpr auto digits = [] {
        std::array<std::int8_t, 256> values{};
        values.fill(-1);
        for (int i = 0; i < 16; ++i)
            values[static_cast<unsigned char>("0123456789abcdef"[i])] = static_cast<std::int8_t>(i);
        return values;
    }();
    event_id id;
    if (hex.size() != 2 * id.bytes.size())
        return std::nullopt;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) {
        const int high = digits[static_cast<unsigned char>(hex[2 * i])];
        const int low = digits[static_cast<unsigned char>(hex[2 * i + 1])];
        if ((high | low) < 0)
            return std::nullopt;
        id.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return id;
}

}  // namespace rollcall
