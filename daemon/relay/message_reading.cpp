#include "relay/message_reading.hpp"

#include <rapidjson/document.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace rollcall {
namespace {

// The text of a string member into `into`, which stays empty where the member is null.
result<void> read_optional_text(
    const rapidjson::Value& object, const char* name, std::optional<std::string>& into
)
{
    const auto it = object.FindMember(name);
    if (it == object.MemberEnd())
        return errc::missing_field;
    if (it->value.IsNull())
        return boost::system::in_place_value;
    if (!it->value.IsString())
        return errc::wrong_type;
    into.emplace(it->value.GetString(), it->value.GetStringLength());
    return boost::system::in_place_value;
}

result<std::string> text(const rapidjson::Value& object, const char* name)
{
    const auto it = object.FindMember(name);
    if (it == object.MemberEnd())
        return errc::missing_field;
    if (!it->value.IsString())
        return errc::wrong_type;
    return std::string{it->value.GetString(), it->value.GetStringLength()};
}

constexpr auto parse_flags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;

// What both `meeting` and `participant` have: an id, and texts that may be null.
struct facts_document {
    explicit facts_document(std::string_view written)
    {
        json.Parse<parse_flags>(written.data(), written.size());
        id = json.HasParseError() || !json.IsObject() ? result<std::string>{errc::not_json}
                                                      : text(json, "id");
    }
    /// The first that is missing, or no text, is the error.
    template <class... Name>
    result<std::array<std::optional<std::string>, sizeof...(Name)>> texts(Name... names) const
    {
        std::array<std::optional<std::string>, sizeof...(Name)> read;
        std::size_t n = 0;
        for (const char* const name : {names...}) {
            if (const auto one = read_optional_text(json, name, read[n++]); !one)
                return one.error();
        }
        return read;
    }

    rapidjson::Document json;
    result<std::string> id{errc::not_json};
};

template <class Integer>
bool parse_number(std::string_view digits, Integer& into, int base = 10)
{
    const auto [end, ec] =
        std::from_chars(digits.data(), digits.data() + digits.size(), into, base);
    return ec == std::errc{} && end == digits.data() + digits.size() && !digits.empty();
}

// The first quote or backslash from `from` on, eight bytes at a time: most of a message is text.
std::size_t find_quote_or_escape(std::string_view json, std::size_t from)
{
    constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    const auto has_zero = [](std::uint64_t x) { return ((x - ones) & ~x & highs) != 0; };
    for (; from + 8 <= json.size(); from += 8) {
        std::uint64_t eight;
        std::memcpy(&eight, json.data() + from, sizeof eight);
        if (has_zero(eight ^ (ones * '"')) || has_zero(eight ^ (ones * '\\')))
            break;
    }
    while (from < json.size() && json[from] != '"' && json[from] != '\\')
        ++from;
    return from;
}

// The place of the quote that ends the string which begins at `from`.
std::size_t end_of_string(std::string_view json, std::size_t from)
{
    std::size_t i = find_quote_or_escape(json, from);
    while (i < json.size() && json[i] == '\\')
        i = find_quote_or_escape(json, i + 2);
    return i;
}

// One past the JSON value that begins at `from`, by its structure; the end of the text where the
// value has none.
std::size_t end_of_value(std::string_view json, std::size_t from)
{
    int depth = 0;
    for (std::size_t i = from; i < json.size(); ++i) {
        switch (json[i]) {
            case '"':
                i = end_of_string(json, i + 1);
                break;
            case '{':
            case '[':
                ++depth;
                break;
            case '}':
            case ']':
                if (--depth == 0)
                    return i + 1;
                if (depth < 0)
                    return i;
                break;
            case ',':
                if (depth == 0)
                    return i;
                break;
            default:
                break;
        }
    }
    return json.size();
}

// One past `what` where it stands at `from`; npos where something else does, or `from` is npos.
std::size_t past(std::string_view json, std::size_t from, std::string_view what)
{
    const bool stands = from <= json.size() && json.substr(from).starts_with(what);
    return stands ? from + what.size() : std::string_view::npos;
}

// Where the first value under `name` begins. `name` with its quotes cannot stand within a string,
// whose quotes are escaped; so the first is the one that `write_value` and `write_facts` wrote, as
// long as nobody else's JSON comes before it.
std::size_t first_value(std::string_view json, std::string_view name)
{
    const std::size_t at = json.find(name);
    return at == std::string_view::npos ? at : at + name.size();
}

// The raw text of `metadata` in what `write_facts` wrote of a meeting; empty where there is none.
std::string_view metadata_of(std::string_view json)
{
    const std::size_t from = first_value(json, R"(,"metadata":)");
    if (from == std::string_view::npos)
        return {};
    return json.substr(from, end_of_value(json, from) - from);
}

// The raw texts of `meeting` and `participant` in what `write_value` wrote; empty where they are
// not as it writes them. A restore reads millions of these: it jumps from landmark to landmark, and
// looks at every byte of the metadata only, which is somebody else's JSON.
struct raw_facts {
    std::string_view meeting;
    std::string_view participant;
};
raw_facts facts_of(std::string_view json)
{
    const std::size_t meeting = first_value(json, R"(,"meeting":)");
    const auto metadata = metadata_of(json);
    if (meeting == std::string_view::npos || metadata.empty())
        return {};
    const auto metadata_end =
        static_cast<std::size_t>(metadata.data() + metadata.size() - json.data());
    const std::size_t meeting_end = past(json, metadata_end, "}");
    const std::size_t participant = past(json, meeting_end, R"(,"participant":)");
    const std::size_t participant_end = json.find(R"(,"occurred_at":")", participant);
    if (participant_end == std::string_view::npos)
        return {};
    return {
        json.substr(meeting, meeting_end - meeting),
        json.substr(participant, participant_end - participant)};
}

}  // namespace

result<meeting_facts> read_meeting(std::string_view json)
{
    const facts_document doc{json};
    if (!doc.id)
        return doc.id.error();
    auto texts = doc.texts("bot_id", "recording_id", "session_id", "title");
    if (!texts)
        return texts.error();
    const auto metadata = metadata_of(json);
    if (metadata.empty())
        return errc::missing_field;
    auto& [bot, recording, session, title] = *texts;
    return meeting_facts{
        *doc.id,
        std::move(bot),
        std::move(recording),
        std::move(session),
        std::move(title),
        std::string{metadata}};
}

result<participant_facts> read_participant(std::string_view json)
{
    const facts_document doc{json};
    if (!doc.id)
        return doc.id.error();
    auto texts = doc.texts("user_id", "name", "email", "platform");
    if (!texts)
        return texts.error();
    std::optional<bool> is_host;
    const auto& json_of_it = doc.json;
    if (const auto it = json_of_it.FindMember("is_host");
        it != json_of_it.MemberEnd() && it->value.IsBool())
        is_host = it->value.GetBool();
    auto& [user, name, email, platform] = *texts;
    return participant_facts{
        *doc.id, std::move(user), std::move(name), std::move(email), is_host, std::move(platform)};
}

boost::system::result<read_back, fault> read(const message_parts& parts)
{
    const auto id = parse_event_id(parts.id);
    if (!id)
        return fault{errc::bad_record, "ce_id"};
    constexpr std::string_view urn = "urn:rollcall:", type = "rollcall.";
    const auto colon = parts.source.find(':', urn.size());
    if (!parts.source.starts_with(urn) || colon == std::string_view::npos)
        return fault{errc::bad_record, "ce_source"};
    const auto what =
        parts.type.starts_with(type) ? parse_kind(parts.type.substr(type.size())) : std::nullopt;
    if (!what)
        return fault{errc::bad_record, "ce_type"};
    const auto at = parse_rfc3339(parts.time);
    if (!at)
        return fault{errc::bad_record, "ce_time"};
    const auto via = parse_way(parts.via);
    if (!via)
        return fault{errc::bad_record, "rollcall-via"};
    std::uint64_t sequence = 0;
    if (!parse_number(parts.sequence, sequence))
        return fault{errc::bad_record, "ce_sequence"};

    read_back back;
    std::string_view facts;
    std::string_view meeting;
    timestamp received_at{};
    if (*what == kind::participant_joined) {
        facts = facts_of(parts.value).participant;
        if (facts.empty())
            return fault{errc::bad_record, "value.participant"};
    } else if (*what == kind::meeting_ended) {
        meeting = facts_of(parts.value).meeting;
        rapidjson::Document doc;
        doc.Parse<parse_flags>(parts.value.data(), parts.value.size());
        if (meeting.empty() || doc.HasParseError() || !doc.IsObject())
            return fault{errc::bad_record, "value.meeting"};
        const auto received = text(doc, "received_at");
        const auto when = received ? parse_rfc3339(*received) : result<timestamp>{errc::bad_time};
        if (!when)
            return fault{errc::bad_record, "value.received_at"};
        received_at = *when;
    }

    if (const auto separator = parts.intake.find(':'); separator != std::string_view::npos) {
        std::int64_t offset = 0;
        if (!parse_number(parts.intake.substr(separator + 1), offset))
            return fault{errc::bad_record, "rollcall-intake"};
        back.intake_offset = offset;
    }
    std::uint16_t occurrence = 1;
    if (!parts.occurrence.empty() && !parse_number(parts.occurrence, occurrence))
        return fault{errc::bad_record, "rollcall-occurrence"};
    std::uint32_t content = 0;
    if (!parts.content.empty() && !parse_number(parts.content, content, 16))
        return fault{errc::bad_record, "rollcall-content"};
    std::uint64_t alike = 0;
    if (!parts.alike.empty() && !parse_number(parts.alike, alike, 16))
        return fault{errc::bad_record, "rollcall-alike"};
    const bool ended = *what == kind::meeting_ended;
    back.entry = {
        .id = *id,
        .source = parts.source.substr(colon + 1),
        .meeting = parts.key,
        .kind = *what,
        .participant = *what < kind::meeting_started ? parts.subject : std::string_view{},
        .occurred_at = *at,
        .via = *via,
        .sequence = sequence,
        .published_at = parts.published_at,
        .received_at = received_at,
        .provider =
            ended ? parts.source.substr(urn.size(), colon - urn.size()) : std::string_view{},
        .meeting_facts = meeting,
        .facts = facts,
        .occurrence = occurrence,
        .alias = parts.alias,
        .content = content,
        .alike = alike,
        .stands_in = parts.stands_in == "true"};
    return back;
}

}  // namespace rollcall
