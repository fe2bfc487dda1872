#include "attendee_model.hpp"

#include "providers/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <deque>
#include <functional>
#include <stdexcept>

namespace rollcall::test {
namespace {

constexpr std::size_t page_size = 25;

std::string decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            out += static_cast<char>(std::stoi(std::string{text.substr(i + 1, 2)}, nullptr, 16));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::string encoded(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        char escape[4] = {c};
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '.' && c != '_')
            std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned char>(c));
        out += escape;
    }
    return out;
}

std::string base64(const std::string& text)
{
    std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    const int size = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(out.data()), bytes, static_cast<int>(text.size())
    );
    out.resize(static_cast<std::size_t>(size));
    return out;
}

std::multimap<std::string, std::string> query_of(std::string_view query)
{
    std::multimap<std::string, std::string> found;
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        const auto equals = pair.find('=');
        found.emplace(pair.substr(0, equals), decoded(pair.substr(equals + 1)));
    }
    return found;
}

std::string value_of(const std::multimap<std::string, std::string>& in, const std::string& name)
{
    const auto it = in.find(name);
    return it == in.end() ? std::string{} : it->second;
}

// Either form of an insertion time, to the microsecond.
std::optional<std::int64_t> microseconds_of(std::string text)
{
    if (text.size() < 20)
        return std::nullopt;
    text[10] = 'T';
    const auto at = parse_rfc3339(text);
    if (!at)
        return std::nullopt;
    std::int64_t us = at->time_since_epoch().count() * 1000;
    if (text[19] == '.') {
        std::string fraction;
        for (auto i = std::size_t{20}; i < text.size() && std::isdigit(text[i]) != 0; ++i)
            fraction += text[i];
        fraction.resize(6, '0');
        us += std::stoll(fraction.substr(3));
    }
    return us;
}

struct position {
    std::uint64_t offset = 0;
    std::optional<std::int64_t> after_us;
    std::string text;
};

poll_response answer(unsigned status, std::string body)
{
    return {status, "application/json", std::nullopt, std::move(body)};
}

std::optional<position> position_of(const std::string& cursor)
{
    const auto content = decode_base64(cursor);
    if (!content)
        return std::nullopt;
    const auto parts = query_of(*content);
    position found;
    found.text = value_of(parts, "p");
    if (const auto offset = value_of(parts, "o"); !offset.empty())
        found.offset = std::stoull(offset);
    if (found.text.empty())
        return found;
    found.after_us = microseconds_of(found.text);
    if (!found.after_us)
        return std::nullopt;
    return found;
}

// DRF's CursorPagination.get_next_link, for a walk that only goes forward.
std::string next_cursor(
    const std::vector<std::int64_t>& page, std::int64_t next_position, const position& current
)
{
    auto compare = next_position;
    std::uint64_t offset = 0;
    std::optional<std::int64_t> marker;
    for (auto it = page.rbegin(); it != page.rend() && !marker; ++it) {
        if (*it != compare)
            marker = *it;
        else
            ++offset;
        compare = *it;
    }
    std::string text;
    if (marker) {
        text = python_time(*marker);
    } else if (current.after_us) {
        offset = current.offset + page_size;
        text = current.text;
    } else {
        // No position to filter against yet; further pages of the group count on.
        offset = current.offset + page_size;
    }
    std::string content;
    if (offset != 0)
        content.append("o=").append(std::to_string(offset));
    if (!text.empty())
        content.append(content.empty() ? "p=" : "&p=").append(encoded(text));
    return base64(content);
}

bool is_visible(timestamp visible, timestamp now)
{
    return visible <= now;
}

std::string_view state_of(const model_bot& bot, timestamp now)
{
    std::string_view state = "ready";
    for (const auto& change : bot.changes)
        if (change.at <= now)
            state = change.state;
    return state;
}

std::string bot_body(const model_bot& bot, timestamp now)
{
    std::string events;
    for (const auto& change : bot.changes) {
        if (change.at > now)
            break;
        events.append(events.empty() ? "" : ",")
            .append(R"({"type":")")
            .append(change.type)
            .append(R"(","created_at":")")
            .append(to_rfc3339(change.at))
            .append(R"("})");
    }
    return R"({"id":")" + bot.id + R"(","metadata":{"room":"standup"},"state":")" +
           std::string{state_of(bot, now)} + R"(","events":[)" + events + R"(],"join_at":null})";
}

}  // namespace

std::string python_time(std::int64_t us)
{
    auto text = to_rfc3339(timestamp{milliseconds{us / 1000}});
    text[10] = ' ';
    text.pop_back();
    char rest[16];
    std::snprintf(rest, sizeof rest, "%03d+00:00", static_cast<int>(us % 1000));
    return text + rest;
}

std::string event_row(std::string_view id, std::string_view type, timestamp at)
{
    return R"({"id":")" + std::string{id} +
           R"(","participant_name":"Ada","participant_uuid":"u1","participant_user_uuid":null,)"
           R"("participant_is_host":false,"event_type":")" +
           std::string{type} + R"(","event_data":{},"timestamp_ms":)" +
           std::to_string(at.time_since_epoch().count()) + "}";
}

std::string chat_row(std::string_view id, std::string_view text, timestamp at)
{
    return R"({"id":")" + std::string{id} + R"(","text":")" + std::string{text} +
           R"(","timestamp_ms":)" + std::to_string(at.time_since_epoch().count()) +
           R"(,"to":"everyone","sender_name":"Ada","sender_uuid":"u1","additional_data":{}})";
}

std::string id_of_row(std::string_view row)
{
    constexpr std::string_view key = R"("id":")";
    const auto at = row.find(key);
    if (at == std::string_view::npos)
        return {};
    const auto rest = row.substr(at + key.size());
    return std::string{rest.substr(0, rest.find('"'))};
}

poll_response attendee_model::list(
    std::vector<listed> all,
    const std::string& path,
    const parameters& given,
    std::string_view after
) const
{
    const auto filter = value_of(given, std::string{after});
    const auto lowest = microseconds_of(filter);
    if (!filter.empty() && !lowest)
        return answer(400, R"({"error":"Invalid after format."})");
    position from;
    if (const auto cursor = value_of(given, "cursor"); !cursor.empty()) {
        const auto read = position_of(cursor);
        if (!read)
            return answer(404, R"({"detail":"Invalid cursor"})");
        from = *read;
    }
    std::erase_if(all, [&](const listed& row) {
        return (lowest && row.inserted_us <= *lowest) ||
               (from.after_us && row.inserted_us <= *from.after_us);
    });
    // No tie-breaker: the order among equals hangs on the query.
    const auto salt = std::to_string(from.offset) + from.text + filter;
    const auto by_query = [&salt](std::string_view id) {
        return std::hash<std::string>{}(std::string{id} + salt);
    };
    std::ranges::sort(all, [&](const listed& a, const listed& b) {
        return a.inserted_us != b.inserted_us ? a.inserted_us < b.inserted_us
                                              : by_query(a.id) < by_query(b.id);
    });
    const auto begin = std::min(all.size(), static_cast<std::size_t>(from.offset));
    const auto end = std::min(all.size(), begin + page_size);
    std::string results;
    std::vector<std::int64_t> times;
    for (auto i = begin; i < end; ++i) {
        results.append(results.empty() ? "" : ",").append(all[i].body);
        times.push_back(all[i].inserted_us);
    }
    std::string next = "null";
    if (end < all.size()) {
        auto url = "\"http://attendee-app.internal:8000" + path + "?";
        for (const auto& [name, value] : given)
            if (name != "cursor")
                url.append(name).append("=").append(encoded(value)).append("&");
        const auto cursor = next_cursor(times, all[end].inserted_us, from);
        next = url + "cursor=" + encoded(cursor) + "\"";
    }
    return answer(200, R"({"next":)" + next + R"(,"previous":null,"results":[)" + results + "]}");
}

poll_response attendee_model::get(std::string_view target, timestamp now)
{
    ++requests;
    const auto question = std::min(target.find('?'), target.size());
    const std::string path{target.substr(0, question)};
    const auto given = query_of(target.substr(std::min(question + 1, target.size())));
    const auto dated = [&](poll_response response) {
        response.date = std::chrono::floor<std::chrono::seconds>(now + clock_offset);
        return response;
    };
    const std::string root = "/api/v1/bots";
    if (path == root) {
        std::vector<listed> found;
        std::deque<std::string> bodies;
        const auto [first, last] = given.equal_range("states");
        for (const auto& bot : bots) {
            const bool wanted = std::any_of(first, last, [&](const auto& each) {
                return each.second == state_of(bot, now);
            });
            if (is_visible(bot.visible, now) && wanted)
                found.push_back({bot.id, bot.inserted_us, bodies.emplace_back(bot_body(bot, now))});
        }
        return dated(list(std::move(found), path, given, "none"));
    }
    for (const auto& bot : bots) {
        const auto own = root + "/" + bot.id;
        if (!path.starts_with(own) || !is_visible(bot.visible, now))
            continue;
        if (path == own)
            return dated(answer(200, bot_body(bot, now)));
        const bool chat = path == own + "/chat_messages";
        if (!chat && path != own + "/participant_events")
            continue;
        std::vector<listed> found;
        for (const auto& row : chat ? bot.chat : bot.events)
            if (is_visible(row.visible, now))
                found.push_back({row.id, row.inserted_us, row.body});
        return dated(list(std::move(found), path, given, chat ? "updated_after" : "after"));
    }
    return dated(answer(404, R"({"error":"Bot not found"})"));
}

}  // namespace rollcall::test
