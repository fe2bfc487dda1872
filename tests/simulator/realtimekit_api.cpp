#include "simulator/realtimekit_api.hpp"

#include "simulator/calendar.hpp"
#include "simulator/dice.hpp"

#include <algorithm>
#include <charconv>

namespace rollcall::simulator {
namespace {

constexpr std::string_view key_path = "/.well-known/webhooks.json";

api_answer answer_with(unsigned status, const value& body)
{
    return {.status = status, .headers = {}, .body = to_compact_json(body)};
}

// The platform's own form of a failure, and the kit's.
api_answer platform_error(unsigned status, int code, std::string_view text)
{
    value::object one;
    one.emplace_back("code", code);
    one.emplace_back("message", text);
    value::object body;
    body.emplace_back("success", false);
    body.emplace_back("errors", value::array{std::move(one)});
    body.emplace_back("messages", value::array{});
    body.emplace_back("result", value{});
    return answer_with(status, body);
}

api_answer kit_error(unsigned status, std::string_view text)
{
    value::object error;
    error.emplace_back("code", static_cast<int>(status));
    error.emplace_back("message", text);
    value::object body;
    body.emplace_back("success", false);
    body.emplace_back("error", std::move(error));
    return answer_with(status, body);
}

api_answer success(value data)
{
    value::object body;
    body.emplace_back("success", true);
    body.emplace_back("data", std::move(data));
    return answer_with(200, body);
}

std::string text_of(const value& object, std::string_view name)
{
    const auto* found = object.find(name);
    return found == nullptr ? std::string{} : std::string{found->text()};
}

std::optional<std::size_t> number_of(
    const parameters& with, std::string_view name, std::size_t usual
)
{
    const auto sent = last(with, name);
    if (!sent)
        return usual;
    std::size_t number = 0;
    const auto [end, ec] = std::from_chars(sent->data(), sent->data() + sent->size(), number);
    if (ec != std::errc{} || end != sent->data() + sent->size())
        return std::nullopt;
    return number;
}

// The rows of a page, with where it stands in the list.
struct cut {
    value::array rows;
    value paging;
};
std::optional<cut> cut_page(const value::array& all, const parameters& with, std::size_t most)
{
    const auto page = number_of(with, "page_no", 1);
    const auto size = number_of(with, "per_page", 25);
    if (!page || !size || *page == 0 || *size == 0 || *size > most)
        return std::nullopt;
    const auto begin = std::min((*page - 1) * *size, all.size());
    const auto end = std::min(begin + *size, all.size());
    cut made;
    made.rows.assign(
        all.begin() + static_cast<std::ptrdiff_t>(begin),
        all.begin() + static_cast<std::ptrdiff_t>(end)
    );
    value::object paging;
    paging.emplace_back("start_offset", static_cast<std::int64_t>(begin == end ? 0 : begin + 1));
    paging.emplace_back("end_offset", static_cast<std::int64_t>(begin == end ? 0 : end));
    paging.emplace_back("total_count", static_cast<std::int64_t>(all.size()));
    made.paging = std::move(paging);
    return made;
}

std::string deep_arrays()
{
    constexpr std::size_t depth = 100'000;
    return R"({"success":true,"data":{"sessions":)" + std::string(depth, '[') +
           std::string(depth, ']') + "}}";
}

value peer_event(std::string_view name, const std::string& at, const std::string& peer)
{
    value::object event;
    event.emplace_back("id", "11111111-0001-4000-8000-000000000001");  // theirs repeat, too
    event.emplace_back("event_name", name);
    event.emplace_back("created_at", at);
    event.emplace_back("updated_at", at);
    event.emplace_back("peer_id", peer);
    event.emplace_back("participant_id", value{});
    event.emplace_back("session_id", value{});
    event.emplace_back("socket_session_id", value{});
    event.emplace_back("minutes_consumed", 0);
    event.emplace_back("preset_view_type", "GROUP_CALL");
    return event;
}

}  // namespace

realtimekit_api::realtimekit_api(
    std::shared_ptr<signing_keys> keys, api_account account, realtimekit_limits allowed
)
    : keys_{std::move(keys)},
      account_{std::move(account)},
      allowed_{allowed},
      budget_{allowed.requests, allowed.window}
{
}

// ---- what is in it

void realtimekit_api::show(const performance& what, steady_time begin, bool at_once)
{
    for (const auto& each : what.told)
        pending_.emplace(
            at_once ? begin : begin + each.stored, pending{each.meeting_id, each.content}
        );
}

void realtimekit_api::catch_up(steady_time now)
{
    while (!pending_.empty() && pending_.begin()->first <= now) {
        apply(pending_.begin()->second);
        pending_.erase(pending_.begin());
    }
}

void realtimekit_api::apply(const pending& what)
{
    const auto event = text_of(what.content, "event");
    const auto* meeting = what.content.find("meeting");
    if (meeting == nullptr || !event.starts_with("meeting."))
        return;
    auto [at, fresh] = sessions_.try_emplace(what.session);
    auto& of = at->second;
    if (fresh) {
        of.id = what.session;
        of.meeting = text_of(*meeting, "id");
        of.title = text_of(*meeting, "title");
        of.started_at = text_of(*meeting, "startedAt");
        order_.push_back(of.id);
    }
    if (event == "meeting.ended")
        of.ended_at = text_of(*meeting, "endedAt");
    if (const auto* who = what.content.find("participant"))
        change(of, *who, event == "meeting.participantJoined");
}

void realtimekit_api::change(session& of, const value& participant, bool joins)
{
    const auto id = text_of(participant, "peerId");
    auto [at, fresh] = of.peers.try_emplace(id);
    auto& who = at->second;
    const auto time = text_of(participant, joins ? "joinedAt" : "leftAt");
    if (fresh) {
        const auto custom = text_of(participant, "clientSpecificId");
        of.order.push_back(id);
        who.id = custom.ends_with("1") || custom.ends_with("5")
                     ? dice::for_purpose(of.order.size(), id).uuid()
                     : id;
        who.facts.emplace_back("user_id", dice::for_purpose(0, custom).uuid());
        who.facts.emplace_back("custom_participant_id", custom);
        who.facts.emplace_back(
            "display_name",
            participant.find("userDisplayName") == nullptr ? value{}
                                                           : *participant.find("userDisplayName")
        );
        who.facts.emplace_back("preset_name", "group_call_participant");
        who.joined_at = time;
    }
    if (joins)
        who.events.push_back(peer_event("PEER_CREATED", time, id));
    who.events.push_back(peer_event(joins ? "PEER_JOINING" : "PEER_LEAVING", time, id));
    if (!joins)
        who.events.push_back(peer_event("PEER_FUTURE_STATE", time, id));
    who.left_at = joins ? std::string{} : time;
    std::ranges::reverse(who.events);  // no order is promised
}

// ---- what is asked

realtimekit_api::route realtimekit_api::find_route(std::string_view target)
{
    const auto path = target.substr(0, target.find('?'));
    if (path == key_path)
        return {"key", {}, {}};
    if (!path.starts_with(base_path))
        return {"other", {}, {}};
    std::vector<std::string> parts;
    for (auto rest = path.substr(base_path.size()); !rest.empty();) {
        rest.remove_prefix(1);
        const auto end = std::min(rest.find('/'), rest.size());
        parts.push_back(decode_path(rest.substr(0, end)));
        rest.remove_prefix(end);
    }
    const auto is = [&](std::size_t at, std::string_view text) {
        return at < parts.size() && parts[at] == text;
    };
    if (is(0, "webhooks") && parts.size() == 1)
        return {"webhooks", {}, {}};
    if (is(0, "meetings") && is(2, "active-session") && parts.size() == 3)
        return {"active_session", parts[1], {}};
    if (!is(0, "sessions"))
        return {"other", {}, {}};
    if (is(1, "peer-report") && parts.size() == 3)
        return {"peer_report", {}, parts[2]};
    if (parts.size() == 1)
        return {"sessions", {}, {}};
    if (parts.size() == 2)
        return {"session", parts[1], {}};
    if (is(2, "participants") && parts.size() == 3)
        return {"participants", parts[1], {}};
    if (is(2, "participants") && parts.size() == 4)
        return {"participant", parts[1], parts[3]};
    return {"other", {}, {}};
}

std::string_view realtimekit_api::path_class(const api_request& asked) const
{
    return find_route(asked.target).path_class;
}

bool realtimekit_api::is_authorised(const api_request& asked) const
{
    if (path_class(asked) == "key")
        return true;
    constexpr std::string_view scheme = "Bearer ";
    return asked.authorization && asked.authorization->starts_with(scheme) &&
           std::ranges::find(account_.keys, asked.authorization->substr(scheme.size())) !=
               account_.keys.end();
}

bool realtimekit_api::is_without_key(const api_request& asked) const
{
    return path_class(asked) == "key";
}

std::optional<milliseconds> realtimekit_api::over_limit(const api_request& asked, steady_time now)
{
    return path_class(asked) == "key" ? std::nullopt : budget_.refuse(now);
}

api_answer realtimekit_api::answer(const api_request& asked, steady_time now, hostility how)
{
    catch_up(now);
    const auto to = find_route(asked.target);
    if (to.path_class == "key")
        return key();
    if (!is_authorised(asked))
        return platform_error(401, 10000, "Authentication error");
    if (to.path_class == "other")
        return platform_error(404, 7003, "No route for the URI");
    if (to.path_class == "webhooks")
        return webhooks(asked);
    if (asked.method != "GET" && asked.method != "HEAD")
        return platform_error(405, 10405, "Method not allowed for this authentication scheme");
    const auto question = std::min(asked.target.find('?'), asked.target.size());
    const auto with = parse_query(asked.target.substr(std::min(question + 1, asked.target.size())));
    auto made = find(to, with, how);
    const auto left = allowed_.requests - std::min(budget_.taken(now), allowed_.requests);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(allowed_.window).count();
    made.headers.emplace_back(
        "Ratelimit", "\"default\";r=" + std::to_string(left) + ";t=" + std::to_string(seconds)
    );
    made.headers.emplace_back(
        "Ratelimit-Policy",
        "\"default\";q=" + std::to_string(allowed_.requests) + ";w=" + std::to_string(seconds)
    );
    return made;
}

api_answer realtimekit_api::find(const route& to, const parameters& with, hostility how) const
{
    if (how == hostility::deep_json)
        return {.status = 200, .headers = {}, .body = deep_arrays()};
    if (to.path_class == "sessions")
        return list_sessions(with, how);
    if (to.path_class == "active_session")
        return active_session(to.id);
    if (to.path_class == "participant" || to.path_class == "peer_report")
        return one_peer(to, with);
    const auto found = sessions_.find(to.id);
    if (found == sessions_.end())
        return kit_error(404, "session not found");
    if (to.path_class == "session")
        return success(row_of(found->second));
    return list_participants(found->second, with, how);
}

api_answer realtimekit_api::list_sessions(const parameters& with, hostility how) const
{
    const auto status = last(with, "status"), meeting = last(with, "associated_id"),
               start = last(with, "start_time");
    const auto since = start ? parse_datetime(*start) : std::nullopt;
    if (start && !since)
        return kit_error(400, "start_time");
    value::array rows;
    for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
        const auto& each = sessions_.find(*id)->second;
        const bool over = !each.ended_at.empty();
        const auto began = parse_datetime(each.started_at);
        if ((status && (*status == "ENDED") != over) || (meeting && *meeting != each.meeting) ||
            (since && began && *began < *since))
            continue;
        rows.push_back(row_of(each));
    }
    auto page = cut_page(rows, with, 100);
    if (!page)
        return kit_error(400, "page_no or per_page");
    value::object data;
    data.emplace_back("sessions", how == hostility::same_next ? rows : std::move(page->rows));
    value::object body;
    body.emplace_back("success", true);
    body.emplace_back("data", std::move(data));
    if (how == hostility::none)
        body.emplace_back("paging", std::move(page->paging));
    return answer_with(200, body);
}

api_answer realtimekit_api::list_participants(
    const session& of, const parameters& with, hostility how
) const
{
    const bool with_events = last(with, "include_peer_events") == "true";
    value::array rows;
    for (const auto& id : of.order)
        rows.push_back(row_of(of.peers.at(id), with_events));
    auto page = cut_page(rows, with, 200);
    if (!page)
        return kit_error(400, "page_no or per_page");
    value::object data;
    data.emplace_back("participants", how == hostility::same_next ? rows : std::move(page->rows));
    if (how == hostility::none)
        data.emplace_back("paging", std::move(page->paging));
    return success(std::move(data));
}

api_answer realtimekit_api::one_peer(const route& to, const parameters& with) const
{
    const bool by_peer = to.path_class == "peer_report";
    for (const auto& [id, of] : sessions_) {
        if (!by_peer && id != to.id)
            continue;
        for (const auto& [name, each] : of.peers)
            if (by_peer ? name == to.inner : each.id == to.inner) {
                value::object data;
                data.emplace_back(
                    "participant",
                    row_of(each, by_peer || last(with, "include_peer_events") == "true")
                );
                return success(std::move(data));
            }
    }
    return kit_error(404, "participant not found");
}

api_answer realtimekit_api::active_session(std::string_view meeting) const
{
    for (const auto& [id, of] : sessions_)
        if (of.meeting == meeting && of.ended_at.empty())
            return success(row_of(of));
    return kit_error(404, "no active session");
}

value realtimekit_api::row_of(const session& of)
{
    const bool over = !of.ended_at.empty();
    value::object members;
    members.emplace_back("id", of.id);
    members.emplace_back("associated_id", of.meeting);
    members.emplace_back("meeting_display_name", of.title);
    members.emplace_back("type", "meeting");
    members.emplace_back("status", over ? "ENDED" : "LIVE");
    members.emplace_back("started_at", of.started_at);
    members.emplace_back("created_at", of.started_at);
    members.emplace_back("updated_at", over ? of.ended_at : of.started_at);
    if (over)
        members.emplace_back("ended_at", of.ended_at);
    return members;
}

value realtimekit_api::row_of(const peer& of, bool with_events)
{
    value::object members;
    members.emplace_back("id", of.id);
    for (const auto& each : of.facts)
        members.push_back(each);
    members.emplace_back("joined_at", of.joined_at);
    if (!of.left_at.empty())
        members.emplace_back("left_at", of.left_at);
    if (with_events)
        members.emplace_back("peer_events", of.events);
    return members;
}

// What is registered, and one more: as a body that is kept as it came.
api_answer realtimekit_api::webhooks(const api_request& asked)
{
    if (asked.method == "GET") {
        std::string all;
        for (const auto& [url, text] : webhooks_)
            all.append(all.empty() ? "" : ",").append(text);
        return {.status = 200, .headers = {}, .body = R"({"success":true,"data":[)" + all + "]}"};
    }
    if (asked.method != "POST" || !asked.body.starts_with('{'))
        return kit_error(400, "no body");
    constexpr std::string_view member = R"("url":")";
    const auto at = asked.body.find(member);
    if (at == std::string::npos)
        return kit_error(400, "url");
    const auto begin = at + member.size();
    const auto url = asked.body.substr(begin, asked.body.find('"', begin) - begin);
    for (const auto& [known, text] : webhooks_)
        if (known == url)
            return kit_error(409, "a webhook for that URL exists");
    const auto id = dice::for_purpose(webhooks_.size(), "webhook").uuid();
    webhooks_.emplace_back(url, R"({"id":")" + id + "\"," + asked.body.substr(1));
    return {
        .status = 201,
        .headers = {},
        .body = R"({"success":true,"data":)" + webhooks_.back().second + "}"};
}

api_answer realtimekit_api::key() const
{
    value::object data;
    data.emplace_back("publicKey", keys_->public_pem());
    value::object body;
    body.emplace_back("success", true);
    body.emplace_back("data", std::move(data));
    body.emplace_back("message", "");
    return answer_with(200, body);
}

api_answer realtimekit_api::throttled(std::chrono::seconds) const
{
    return platform_error(429, 10429, "rate limit reached");
}

api_answer realtimekit_api::failed() const
{
    return platform_error(502, 10502, "bad gateway");
}

instant realtimekit_api::clock(steady_time, instant here) const
{
    return here;
}

}  // namespace rollcall::simulator
