#include "simulator/attendee_api.hpp"

#include "simulator/attendee.hpp"
#include "simulator/calendar.hpp"

#include <algorithm>
#include <array>

namespace rollcall::simulator {
namespace {

constexpr std::string_view base_path = "/api/v1/";
constexpr std::size_t performances_kept = 100;

constexpr std::array<std::string_view, 19> states{
    "ready",
    "joining",
    "joined_not_recording",
    "joined_recording",
    "leaving",
    "post_processing",
    "fatal_error",
    "waiting_room",
    "ended",
    "data_deleted",
    "scheduled",
    "staged",
    "joined_recording_paused",
    "joining_breakout_room",
    "leaving_breakout_room",
    "joined_recording_permission_denied",
    "connecting",
    "connected",
    "disconnecting"};

api_answer answer_with(unsigned status, std::string body)
{
    api_answer made;
    made.status = status;
    made.body = std::move(body);
    return made;
}

api_answer error(unsigned status, std::string_view text)
{
    value::object members;
    members.emplace_back("error", text);
    return answer_with(status, to_compact_json(members));
}

api_answer detail(unsigned status, std::string_view text)
{
    value::object members;
    members.emplace_back("detail", text);
    return answer_with(status, to_compact_json(members));
}

api_answer unauthorised(std::string_view text)
{
    auto made = detail(401, text);
    made.headers.emplace_back("WWW-Authenticate", "Token");
    return made;
}

api_answer server_error()
{
    api_answer made;
    made.status = 500;
    made.content_type = "text/html; charset=utf-8";
    made.body =
        "<!doctype html>\n<html lang=\"en\"><head><title>Server Error (500)</title></head><body>"
        "<h1>Server Error (500)</h1></body></html>\n";
    return made;
}

api_answer not_found()
{
    return error(404, "Not found");
}

api_answer bad_time(std::string_view parameter)
{
    return error(
        400,
        "Invalid " + std::string{parameter} +
            " format. Use ISO 8601 format (e.g., 2024-01-18T12:34:56Z)"
    );
}

/// A filter by time, as the client sent it.
struct time_filter {
    std::optional<stamp> at;
    std::optional<api_answer> refused;
};

time_filter read_filter(const parameters& with, std::string_view name)
{
    const auto sent = last(with, name);
    if (!sent || sent->empty())
        return {};
    const auto at = parse_datetime(*sent);
    if (!at)
        return {std::nullopt, bad_time(name)};
    constexpr std::chrono::sys_days first_day{std::chrono::year{1} / 1 / 1};
    if (*at < first_day)  // beyond what the server's language can hold
        return {std::nullopt, server_error()};
    return {at, std::nullopt};
}

/// The members of that name in that order; what is missing is null.
template <std::size_t Count>
value::object in_order(const value& of, const std::array<std::string_view, Count>& names)
{
    value::object members;
    for (const auto name : names) {
        const auto* found = of.find(name);
        members.emplace_back(name, found == nullptr ? value{} : *found);
    }
    return members;
}

value of_member(const value& object, std::string_view name)
{
    const auto* found = object.find(name);
    return found == nullptr ? value{} : *found;
}

bool is_true(const value& of)
{
    return to_compact_json(of) == "true";
}

std::string url_of(platform where, const std::string& bot_id)
{
    const auto code = bot_id.substr(bot_id.size() - 10);
    switch (where) {
        case platform::teams:
            return "https://teams.microsoft.com/meet/" + code + "?p=abc";
        case platform::zoom:
            return "https://zoom.us/j/" + code;
        case platform::meet:
            break;
    }
    return "https://meet.google.com/" + code.substr(0, 3) + "-" + code.substr(3, 4) + "-" +
           code.substr(7);
}

/// A row that is in no world: for pages without end.
row invented_row(std::uint64_t number, stamp at)
{
    const auto id = attendee_id("pe_", dice::for_purpose(number, "invented"));
    const auto ms = std::chrono::floor<milliseconds>(at).time_since_epoch();
    value::object members;
    members.emplace_back("id", id);
    members.emplace_back("participant_name", "Nobody");
    members.emplace_back("participant_uuid", std::to_string(number));
    members.emplace_back("participant_user_uuid", value{});
    members.emplace_back("participant_is_host", false);
    members.emplace_back("event_type", "join");
    members.emplace_back("event_data", value::object{});
    members.emplace_back("timestamp_ms", std::int64_t{ms.count()});
    return {id, to_compact_json(members)};
}

std::string deep_arrays()
{
    constexpr std::size_t depth = 100'000;
    return R"({"next":null,"previous":null,"results":)" + std::string(depth, '[') +
           std::string(depth, ']') + "}";
}

}  // namespace

attendee_api::attendee_api(api_account account) : account_{std::move(account)} {}

// ---- what is in it

void attendee_api::show(const performance& what, steady_time begin, bool at_once)
{
    auto& ids = shown_.emplace_back();
    std::vector<std::string> urls(what.of.meetings.size());
    for (const auto& each : what.told) {
        const auto meeting = what.of.facts[each.fact].meeting;
        if (urls[meeting].empty()) {
            urls[meeting] = url_of(what.of.meetings[meeting].where, each.meeting_id);
            ids.push_back(each.meeting_id);
        }
        pending_.emplace(
            at_once ? begin : begin + each.stored,
            pending{each.meeting_id, urls[meeting], each.inserted, each.content}
        );
    }
    clock_.reset();
    if (!at_once)
        clock_ = running_clock{begin, what.when, what.clock};
    while (shown_.size() > performances_kept)
        forget_oldest();
}

void attendee_api::forget_oldest()
{
    for (const auto& id : shown_.front())
        if (const auto found = by_id_.find(id); found != by_id_.end()) {
            std::erase_if(bots_, [&](const auto& each) { return each.second.id == id; });
            by_id_.erase(found);
        }
    shown_.pop_front();
}

void attendee_api::catch_up(steady_time now)
{
    while (!pending_.empty() && pending_.begin()->first <= now) {
        apply(pending_.begin()->second);
        pending_.erase(pending_.begin());
    }
}

attendee_api::bot& attendee_api::bot_of(const pending& what)
{
    auto [at, fresh] = by_id_.try_emplace(what.bot_id);
    auto& found = at->second;
    if (fresh) {
        found.id = what.bot_id;
        found.meeting_url = what.meeting_url;
        const auto* metadata = what.content.find("bot_metadata");
        found.metadata =
            metadata != nullptr ? *metadata : of_member(what.content, "app_session_metadata");
        found.listed = &bots_.emplace(what.inserted, row{what.bot_id, {}})->second;
    }
    return found;
}

void attendee_api::apply(const pending& what)
{
    auto& of = bot_of(what);
    of.last_inserted = what.inserted;
    const auto data = of_member(what.content, "data");
    const auto trigger = of_member(what.content, "trigger");
    if (trigger.text() == "bot.state_change")
        change_state(of, data);
    else if (trigger.text() == "chat_messages.update")
        add_message(of, what, data);
    else
        add_participant(of, what, data);
}

void attendee_api::change_state(bot& of, const value& data)
{
    std::string at{of_member(data, "created_at").text()};
    at.replace(at.find("+00:00"), 6, "Z");
    value::object event;
    event.emplace_back("type", of_member(data, "event_type"));
    event.emplace_back("created_at", std::move(at));
    if (const auto sub_type = of_member(data, "event_sub_type"); !sub_type.text().empty())
        event.emplace_back("sub_type", sub_type);
    of.events.emplace_back(std::move(event));
    of.state = of_member(data, "new_state").text();
    of.recorded = of.recorded || of.state == "joined_recording" || of.state == "connected";

    const bool over = of.state == "post_processing" || of.state == "ended" ||
                      of.state == "fatal_error" || of.state == "data_deleted";
    const auto* recording = !of.recorded ? "not_started" : over ? "complete" : "in_progress";
    value::object members;
    members.emplace_back("id", of.id);
    members.emplace_back("metadata", of.metadata);
    members.emplace_back("meeting_url", of.meeting_url);
    members.emplace_back("state", of.state);
    members.emplace_back("events", of.events);
    members.emplace_back("transcription_state", recording);
    members.emplace_back("recording_state", recording);
    members.emplace_back("join_at", value{});
    members.emplace_back("deduplication_key", value{});
    of.listed->text = to_compact_json(members);
}

void attendee_api::add_participant(bot& to, const pending& what, const value& data)
{
    constexpr std::array<std::string_view, 8> fields{
        "id",
        "participant_name",
        "participant_uuid",
        "participant_user_uuid",
        "participant_is_host",
        "event_type",
        "event_data",
        "timestamp_ms"};
    to.participant_events.emplace(
        what.inserted,
        row{std::string{of_member(data, "id").text()}, to_compact_json(in_order(data, fields))}
    );
    const std::string uuid{of_member(data, "participant_uuid").text()};
    if (!to.seen.insert(uuid).second)
        return;
    const auto id = attendee_id("par_", dice::for_purpose(to.seen.size(), to.id));
    value::object members;
    members.emplace_back("id", id);
    members.emplace_back("name", of_member(data, "participant_name"));
    members.emplace_back("uuid", uuid);
    members.emplace_back("user_uuid", of_member(data, "participant_user_uuid"));
    members.emplace_back("is_host", of_member(data, "participant_is_host"));
    to.participants.emplace(what.inserted, row{id, to_compact_json(members)});
    if (is_true(of_member(data, "participant_is_host")))
        to.hosts.insert(id);
}

void attendee_api::add_message(bot& to, const pending& what, const value& data)
{
    constexpr std::array<std::string_view, 9> fields{
        "id",
        "text",
        "timestamp_ms",
        "timestamp",
        "to",
        "sender_name",
        "sender_uuid",
        "sender_user_uuid",
        "additional_data"};
    const std::string id{of_member(data, "id").text()};
    auto& message = to.said[id];
    if (message == nullptr)
        message = &to.chat_messages.emplace(what.inserted, row{id, {}})->second;
    message->text = to_compact_json(in_order(data, fields));
}

// ---- what is asked

attendee_api::route attendee_api::find_route(std::string_view path)
{
    if (!path.starts_with(base_path))
        return {"other", {}};
    path.remove_prefix(base_path.size());
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        parts.push_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    const bool bots = parts[0] == "bots";
    if (bots && parts.size() == 1)
        return {"bots", {}};
    if (parts.size() < 2 || parts[1].empty() || !(bots || parts[0] == "app_sessions"))
        return {"other", {}};
    auto id = decode_path(parts[1]);
    if (bots && parts.size() == 2)
        return {"bot", std::move(id)};
    if (parts.size() == 3 && parts[2] == "participant_events")
        return {"participant_events", std::move(id)};
    if (bots && parts.size() == 3 && parts[2] == "participants")
        return {"participants", std::move(id)};
    if (bots && parts.size() == 3 && parts[2] == "chat_messages")
        return {"chat_messages", std::move(id)};
    return {"other", {}};
}

std::string_view attendee_api::path_class(const api_request& asked) const
{
    return find_route(asked.target.substr(0, asked.target.find('?'))).path_class;
}

bool attendee_api::is_authorised(const api_request& asked) const
{
    return !refused(asked);
}

/// A header of exactly two words, the scheme `Token` in any case, with a key that is known.
std::optional<api_answer> attendee_api::refused(const api_request& asked) const
{
    if (!asked.authorization)
        return unauthorised("Missing Authorization header");
    const auto& sent = *asked.authorization;
    const auto space = sent.find(' ');
    auto scheme = sent.substr(0, space);
    std::ranges::transform(scheme, scheme.begin(), [](char c) {
        return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (scheme != "token" || space == std::string::npos || space + 1 == sent.size() ||
        sent.find(' ', space + 1) != std::string::npos)
        return unauthorised("Invalid Authorization header. Should have this format: Token <api_key>"
        );
    if (std::ranges::find(account_.keys, sent.substr(space + 1)) == account_.keys.end())
        return unauthorised("Invalid or disabled API key");
    return std::nullopt;
}

api_answer attendee_api::answer(const api_request& asked, steady_time now, hostility how)
{
    catch_up(now);
    const auto question = std::min(asked.target.find('?'), asked.target.size());
    const auto path = asked.target.substr(0, question);
    const auto to = find_route(path);
    if (to.path_class == "other")
        return not_found();
    const auto accepts = [&](std::string_view type) {
        return asked.accept && asked.accept->find(type) != std::string::npos;
    };
    const bool takes_json =
        !asked.accept || accepts("application/json") || accepts("application/*") || accepts("*/*");
    const bool takes_html = accepts("text/html") && !accepts("application/json");
    if (!takes_json && !takes_html)
        return detail(406, "Could not satisfy the request Accept header.");
    if (auto refusal = refused(asked))
        return std::move(*refusal);
    if (asked.method != "GET" && asked.method != "HEAD") {
        auto made = detail(405, "Method \"" + asked.method + "\" not allowed.");
        made.headers.emplace_back("Allow", "GET, HEAD, OPTIONS");
        return made;
    }
    if (takes_html && to.path_class == "participant_events")
        return server_error();
    auto made = find(
        to, path, parse_query(asked.target.substr(std::min(question + 1, asked.target.size()))), how
    );
    if (takes_html) {
        made.content_type = "text/html; charset=utf-8";
        made.body = "<!doctype html>\n<title>Attendee</title>\n";
    }
    return made;
}

api_answer attendee_api::find(
    const route& to, const std::string& path, const parameters& with, hostility how
)
{
    if (how == hostility::deep_json)
        return answer_with(200, deep_arrays());
    if (to.path_class == "bots")
        return list_bots(path, with, how);
    const auto found = by_id_.find(to.id);
    const bool has_chat = !to.id.starts_with("app_");
    if (found == by_id_.end() || (to.path_class == "chat_messages" && !has_chat))
        return error(404, "Bot not found");
    const auto& of = found->second;
    if (to.path_class == "bot")
        return answer_with(200, of.listed->text);
    if (to.path_class == "participant_events")
        return list_events(of, path, with, how);
    if (to.path_class == "participants")
        return list_participants(of, path, with, how);
    return list_messages(of, path, with, how);
}

api_answer attendee_api::list_bots(const std::string& path, const parameters& with, hostility how)
{
    std::set<std::string, std::less<>> in;
    for (const auto& [name, state] : with) {
        if (name != "states")
            continue;
        if (std::ranges::find(states, state) == states.end()) {
            std::string text = "Invalid state: " + state + ". Valid states are: ";
            for (std::string_view comma; const auto each : states) {
                text.append(comma).append(each);
                comma = ", ";
            }
            return error(400, text);
        }
        in.insert(state);
    }
    const auto url = last(with, "meeting_url");
    const auto deduplication_key = last(with, "deduplication_key");
    bool scheduled_only = false;
    for (const auto name : {"join_at_after", "join_at_before"}) {
        auto filter = read_filter(with, name);
        if (filter.refused)
            return std::move(*filter.refused);
        scheduled_only = scheduled_only || filter.at;
    }
    selection asked;
    asked.wanted = [&](const row& each) {
        const auto& of = by_id_.find(each.id)->second;
        const bool text_fits = !of.listed->text.empty() && (!url || *url == of.meeting_url);
        // No bot of this world is scheduled or has a deduplication key.
        return text_fits && !scheduled_only && !deduplication_key &&
               (in.empty() || in.contains(of.state));
    };
    return list(bots_, asked, path, with, how);
}

api_answer attendee_api::list_events(
    const bot& of, const std::string& path, const parameters& with, hostility how
) const
{
    auto after = read_filter(with, "after");
    if (after.refused)
        return std::move(*after.refused);
    auto before = read_filter(with, "before");
    if (before.refused)
        return std::move(*before.refused);
    if (how == hostility::endless_pages) {
        const auto next = endless_position(with);
        const auto number = static_cast<std::uint64_t>(next.time_since_epoch().count());
        std::vector<row> invented;
        for (std::size_t i = 0; i < rows_a_page; ++i)
            invented.push_back(invented_row(number + i, of.last_inserted));
        page made;
        for (const auto& each : invented)
            made.rows.push_back(&each);
        made.next = cursor{0, false, next};
        return answer_with(200, render_page(made, account_.inner_url + path, with));
    }
    return list(of.participant_events, {after.at, before.at, {}}, path, with, how);
}

api_answer attendee_api::list_participants(
    const bot& of, const std::string& path, const parameters& with, hostility how
) const
{
    const auto is_host = last(with, "is_host");
    if (is_host && *is_host != "true" && *is_host != "false")
        return error(400, "Invalid is_host value. Use true or false.");
    const auto id = last(with, "id");
    selection asked;
    asked.wanted = [&](const row& each) {
        return (!id || *id == each.id) &&
               (!is_host || (*is_host == "true") == of.hosts.contains(each.id));
    };
    return list(of.participants, asked, path, with, how);
}

api_answer attendee_api::list_messages(
    const bot& of, const std::string& path, const parameters& with, hostility how
) const
{
    auto after = read_filter(with, "updated_after");
    if (after.refused)
        return std::move(*after.refused);
    return list(of.chat_messages, {after.at, std::nullopt, {}}, path, with, how);
}

api_answer attendee_api::list(
    const table& from,
    const selection& wanted,
    const std::string& path,
    const parameters& with,
    hostility how
) const
{
    std::optional<cursor> at;
    if (const auto sent = last(with, "cursor"); sent && how == hostility::none) {
        const auto read = parse_cursor(*sent);
        if (read.is == read_cursor::verdict::undecodable)
            return detail(404, "Invalid cursor");
        if (read.is == read_cursor::verdict::misplaced)
            return server_error();
        at = read.found;
    }
    auto made = cut_page(from, wanted, at);
    if (how == hostility::same_next)
        made.next = cursor{0, false, stamp{std::chrono::seconds{1'786'698'000}}};
    if (how == hostility::endless_pages)
        made.next = cursor{0, false, endless_position(with)};
    return answer_with(200, render_page(made, account_.inner_url + path, with));
}

api_answer attendee_api::throttled(std::chrono::seconds wait) const
{
    return detail(
        429,
        "Request was throttled. Expected available in " + std::to_string(wait.count()) + " seconds."
    );
}

api_answer attendee_api::failed() const
{
    return server_error();
}

instant attendee_api::clock(steady_time now, instant here) const
{
    if (!clock_)
        return here;
    const auto elapsed = std::chrono::floor<milliseconds>(now - clock_->begin);
    return clock_->when.at(elapsed - clock_->step.behind(elapsed));
}

}  // namespace rollcall::simulator
