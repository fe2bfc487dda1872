#include "simulator/recall_api.hpp"

#include "simulator/calendar.hpp"
#include "simulator/dice.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <charconv>

namespace rollcall::simulator {
namespace {

constexpr std::string_view base_path = "/api/v1/";
constexpr std::string_view storage_path = "/recallai-bot-data/";

api_answer answer_with(unsigned status, std::string body)
{
    api_answer made;
    made.status = status;
    made.body = std::move(body);
    return made;
}

api_answer detail(unsigned status, std::string_view text, std::string_view code = {})
{
    value::object members;
    members.emplace_back("detail", text);
    if (!code.empty())
        members.emplace_back("code", code);
    return answer_with(status, to_compact_json(members));
}

api_answer bad_field(std::string_view field, std::string_view text)
{
    value::array texts;
    texts.emplace_back(text);
    value::object members;
    members.emplace_back(field, std::move(texts));
    return answer_with(400, to_compact_json(members));
}

/// The part of a path behind the base, and what stands there.
struct route {
    std::string_view kind = "other";
    std::string id;  ///< empty: the list
};

std::string_view path_of(std::string_view target)
{
    return target.substr(0, target.find('?'));
}

bool is_download(std::string_view path)
{
    return path.starts_with("/api/v1/download/") || path.starts_with(storage_path);
}

route find_route(std::string_view path)
{
    if (is_download(path))
        return {"download", {}};
    if (!path.starts_with(base_path) || !path.ends_with('/'))
        return {};
    path.remove_prefix(base_path.size());
    for (const std::string_view kind :
         {"participant_events", "recording", "bot", "realtime_endpoint"}) {
        if (!path.starts_with(kind) || path[kind.size()] != '/')
            continue;
        path.remove_prefix(kind.size() + 1);
        if (path.empty())
            return kind == "bot" ? route{} : route{kind, {}};
        path.remove_suffix(1);
        const bool one = path.find('/') == std::string_view::npos && kind != "realtime_endpoint";
        return one ? route{kind, decode_path(path)} : route{};
    }
    return {};
}

bool is_uuid(std::string_view text)
{
    return text.size() == 36 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
                      c == '-';
           });
}

std::int64_t number_of(steady_time at)
{
    return std::chrono::ceil<milliseconds>(at.time_since_epoch()).count();
}

value id_and_metadata(const std::string& id, const value& metadata)
{
    value::object members;
    members.emplace_back("id", id);
    members.emplace_back("metadata", metadata);
    return members;
}

std::string created_at(stamp at)
{
    return python_datetime(at) + "Z";
}

}  // namespace

recall_api::recall_api(api_account account)
    : account_{std::move(account)},
      how_{account_.recall},
      lists_{how_.lists, how_.window},
      others_{how_.others, how_.window}
{
}

void recall_api::show(const performance& what, steady_time begin, bool at_once)
{
    archive_.show(what, begin, at_once);
}

void recall_api::serve_at(const std::string& url)
{
    if (account_.inner_url.empty())
        account_.inner_url = url;
    storage_url_ = "http://localhost" + url.substr(url.rfind(':'));
}

std::string_view recall_api::path_class(const api_request& asked) const
{
    const auto to = find_route(path_of(asked.target));
    if (to.kind == "participant_events" && asked.method != "GET")
        return asked.method == "PATCH" ? "mark" : "remove";
    if (to.kind == "participant_events")
        return to.id.empty() ? "participant_events" : "artifact";
    if (to.kind == "recording")
        return to.id.empty() ? "recordings" : "recording";
    return to.kind;
}

bool recall_api::is_without_key(const api_request& asked) const
{
    return is_download(path_of(asked.target));
}

bool recall_api::is_authorised(const api_request& asked) const
{
    if (is_without_key(asked))
        return true;
    constexpr std::string_view scheme = "Token ";
    auto sent = asked.authorization.value_or("");
    if (sent.starts_with(scheme))
        sent.erase(0, scheme.size());
    return std::ranges::find(account_.keys, sent) != account_.keys.end();
}

std::optional<milliseconds> recall_api::over_limit(const api_request& asked, steady_time now)
{
    const auto to = find_route(path_of(asked.target));
    if (to.kind == "download" || to.kind == "other")
        return std::nullopt;
    return (to.id.empty() ? lists_ : others_).refuse(now);
}

api_answer recall_api::answer(const api_request& asked, steady_time now, hostility how)
{
    archive_.catch_up(now);
    const std::string path{path_of(asked.target)};
    const auto to = find_route(path);
    if (to.kind == "download")
        return download(asked, now);
    if (to.kind == "other")
        return detail(404, "Not found.");
    if (!is_authorised(asked))
        return detail(401, "Invalid API token.", "authentication_failed");
    if (asked.method == "GET" && !asked.body.empty())
        return detail(403, "The request body was refused by a security filter.", "request_blocked");
    if (to.kind == "participant_events" && !to.id.empty())
        return on_artifact(to.id, asked, now);
    if (asked.method != "GET")
        return detail(405, "Method \"" + asked.method + "\" not allowed.");
    if (to.id.empty()) {
        const auto question = std::min(asked.target.find('?'), asked.target.size());
        const auto query = std::string_view{asked.target}.substr(question);
        const auto with = parse_query(query.empty() ? query : query.substr(1));
        return list(
            to.kind == "recording"            ? recordings(now)
            : to.kind == "participant_events" ? artifacts(now)
                                              : endpoints(),
            path,
            with,
            how
        );
    }
    if (to.kind == "recording")
        if (const auto* const of = archive_.recording(to.id))
            return answer_with(200, to_compact_json(recording_json(*of, now)));
    if (to.kind == "bot")
        if (const auto* const of = archive_.bot(to.id))
            return answer_with(200, to_compact_json(bot_json(*of, now)));
    return detail(404, "Not found.");
}

// ---- lists

std::vector<recall_api::listed> recall_api::artifacts(steady_time now) const
{
    std::vector<listed> rows;
    for (const auto& [id, of] : archive_.recordings())
        if (!of.artifact_id.empty() && !of.artifact_removed)
            rows.push_back(
                {of.artifact_id,
                 of.artifact_created,
                 of.artifact.code,
                 of.id,
                 of.bot_id,
                 artifact_json(of, now, true)}
            );
    return rows;
}

std::vector<recall_api::listed> recall_api::recordings(steady_time now) const
{
    std::vector<listed> rows;
    for (const auto& [id, of] : archive_.recordings())
        rows.push_back(
            {of.id, of.created, of.status.code, of.id, of.bot_id, recording_json(of, now)}
        );
    return rows;
}

std::vector<recall_api::listed> recall_api::endpoints() const
{
    std::vector<listed> rows;
    for (const auto& [id, of] : archive_.recordings())
        for (const auto& each : of.endpoints) {
            value::object members;
            members.emplace_back("id", each.id);
            members.emplace_back("created_at", created_at(each.created));
            members.emplace_back("type", "webhook");
            members.emplace_back("recording", id_and_metadata(of.id, of.metadata));
            members.emplace_back("status", each.status.json());
            rows.push_back(
                {each.id, each.created, each.status.code, of.id, of.bot_id, std::move(members)}
            );
        }
    return rows;
}

api_answer recall_api::list(
    std::vector<listed> rows, const std::string& path, const parameters& with, hostility how
) const
{
    selection wanted;
    for (const auto* const name : {"created_at_after", "created_at_before"})
        if (const auto sent = last(with, name)) {
            const auto at = parse_datetime(*sent);
            if (!at)
                return bad_field(name, "Enter a valid date/time.");
            (std::string_view{name} == "created_at_after" ? wanted.after : wanted.before) = at;
        }
    for (const auto* const name : {"recording_id", "bot_id"})
        if (const auto sent = last(with, name)) {
            if (!is_uuid(*sent))
                return bad_field(name, "Enter a valid UUID.");
            std::erase_if(rows, [&](const listed& each) {
                return *sent !=
                       (std::string_view{name} == "bot_id" ? each.bot_id : each.recording_id);
            });
        }
    if (const auto code = last(with, "status_code"))
        std::erase_if(rows, [&](const listed& each) { return each.status != *code; });
    table ordered;
    for (const auto& each : rows)
        ordered.emplace(each.created, simulator::row{each.id, to_compact_json(each.json)});

    std::optional<cursor> at;
    if (const auto sent = last(with, "cursor"); sent && how == hostility::none) {
        const auto read = parse_cursor(*sent);
        if (read.is != read_cursor::verdict::good)
            return detail(404, "Invalid cursor");
        at = read.found;
    }
    auto made = cut_page(ordered, wanted, at);
    const auto invented = [](stamp position) { return cursor{0, false, position}; };
    if (how == hostility::same_next)
        made.next = invented(stamp{std::chrono::seconds{1'786'698'000}});
    if (how == hostility::endless_pages)
        made.next = invented(endless_position(with));
    return answer_with(200, render_page(made, account_.inner_url + path, with));
}

// ---- one artifact

api_answer recall_api::on_artifact(const std::string& id, const api_request& asked, steady_time now)
{
    auto* const of = archive_.artifact(id);
    if (of == nullptr)
        return detail(404, "Not found.");
    if (asked.method == "GET")
        return answer_with(200, to_compact_json(artifact_json(*of, now, true)));
    if (asked.method == "PATCH")
        return patch(*of, asked.body, now);
    if (asked.method != "DELETE")
        return detail(405, "Method \"" + asked.method + "\" not allowed.");
    of->artifact_removed = true;
    return answer_with(204, {});
}

api_answer recall_api::patch(recall_recording& of, const std::string& body, steady_time now)
{
    rapidjson::Document sent;
    sent.Parse(body.data(), body.size());
    if (sent.HasParseError() || !sent.IsObject())
        return detail(400, "JSON parse error", "parse_error");
    const auto found = sent.FindMember("metadata");
    if (found == sent.MemberEnd() || !found->value.IsObject())
        return bad_field("metadata", "Expected a dictionary of items.");
    value::object made = how_.replaces ? value::object{} : of.artifact_metadata;
    for (const auto& each : found->value.GetObject()) {
        if (!each.value.IsString() && !each.value.IsNull())
            return bad_field("metadata", "Not a valid string.");
        const std::string name = each.name.GetString();
        std::erase_if(made, [&](const auto& old) { return old.first == name; });
        made.emplace_back(name, each.value.IsNull() ? value{} : value{each.value.GetString()});
    }
    of.artifact_metadata = std::move(made);
    return answer_with(200, to_compact_json(artifact_json(of, now, true)));
}

value recall_api::artifact_json(const recall_recording& of, steady_time now, bool with_recording)
    const
{
    const auto expires = number_of(now + how_.url_lifetime);
    value::object urls;
    for (const auto file :
         {recall_file::participant_events,
          recall_file::speaker_timeline,
          recall_file::participants})
        urls.emplace_back(
            std::string{to_string(file)} + "_download_url",
            of.artifact.code == "done" ? value{download_url(of, file, expires)} : value{}
        );
    value::object members;
    members.emplace_back("id", of.artifact_id);
    if (with_recording)
        members.emplace_back("recording", id_and_metadata(of.id, of.metadata));
    members.emplace_back("created_at", created_at(of.artifact_created));
    members.emplace_back("status", of.artifact.json());
    members.emplace_back("metadata", of.artifact_metadata);
    members.emplace_back("data", std::move(urls));
    return members;
}

// ---- recordings and bots

value recall_api::recording_json(const recall_recording& of, steady_time now) const
{
    value::object shortcuts;
    shortcuts.emplace_back("video_mixed", value{});
    shortcuts.emplace_back("transcript", value{});
    const bool has = !of.artifact_id.empty() && !of.artifact_removed;
    shortcuts.emplace_back("participant_events", has ? artifact_json(of, now, false) : value{});
    value::array endpoints;
    for (const auto& each : of.endpoints)
        endpoints.emplace_back(id_and_metadata(each.id, value::object{}));
    const auto* const bot = archive_.bot(of.bot_id);
    value::object members;
    members.emplace_back("id", of.id);
    members.emplace_back("created_at", created_at(of.created));
    members.emplace_back("started_at", of.started_at.empty() ? value{} : value{of.started_at});
    members.emplace_back("completed_at", of.completed_at);
    members.emplace_back("status", of.status.json());
    members.emplace_back("media_shortcuts", std::move(shortcuts));
    members.emplace_back("realtime_endpoints", std::move(endpoints));
    members.emplace_back("bot", bot == nullptr ? value{} : id_and_metadata(bot->id, bot->metadata));
    members.emplace_back("desktop_sdk_upload", value{});
    members.emplace_back("expires_at", value{});
    members.emplace_back("metadata", of.metadata);
    return members;
}

value recall_api::bot_json(const recall_bot& of, steady_time now) const
{
    value::array recordings;
    for (const auto& id : of.recordings)
        if (const auto found = archive_.recordings().find(id); found != archive_.recordings().end())
            recordings.emplace_back(recording_json(found->second, now));
    value::object members;
    members.emplace_back("id", of.id);
    members.emplace_back("bot_name", "Notes");
    members.emplace_back("join_at", value{});
    members.emplace_back("status_changes", of.status_changes);
    members.emplace_back("recordings", std::move(recordings));
    members.emplace_back("metadata", of.metadata);
    return members;
}

// ---- files

// The escapes belong to the text: who decodes them asks for something else.
std::string recall_api::download_url(
    const recall_recording& of, recall_file which, std::int64_t expires
) const
{
    const auto file = std::string{to_string(which)};
    const auto until = std::to_string(expires);
    const auto signature =
        dice::for_purpose(static_cast<std::uint64_t>(expires), of.artifact_id + file)
            .characters("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 32);
    if (how_.storage_host)
        return storage_url_ + std::string{storage_path} + of.artifact_id + "/" + file +
               ".json?X-Amz-Credential=AKIAEXAMPLE%2Fus-west-2%2Fs3%2Faws4_request&X-Amz-Expires=" +
               until + "&X-Amz-Signature=" + signature;
    return account_.inner_url + "/api/v1/download/" + file + "?token=" + of.artifact_id + "%3A" +
           until + "%3A" + signature;
}

api_answer recall_api::download(const api_request& asked, steady_time now)
{
    const auto refused = how_.storage_host ? detail(403, "AccessDenied") : detail(401, "Bad token");
    if (asked.method != "GET")
        return detail(405, "Method not allowed.");
    if (asked.authorization)
        return detail(400, "Only one way to be allowed in, please.");
    for (const auto& [id, of] : archive_.recordings())
        for (const auto which : recall_files) {
            if (of.artifact_id.empty() || asked.target.find(of.artifact_id) == std::string::npos)
                continue;
            // What is to be known of the URL stands in it: made again, it is the same.
            const std::string_view before = how_.storage_host ? "X-Amz-Expires=" : "%3A";
            const auto at = asked.target.find(before);
            std::int64_t expires = 0;
            if (at != std::string::npos)
                std::from_chars(
                    asked.target.data() + at + before.size(),
                    asked.target.data() + asked.target.size(),
                    expires
                );
            const auto url = download_url(of, which, expires);
            if (!url.ends_with(asked.target))
                continue;
            if (number_of(now) > expires)
                return refused;
            if (of.artifact.code != "done" || of.artifact_removed)
                return detail(404, "Not found.");
            return answer_with(200, archive_.file(of, which));
        }
    return refused;
}

api_answer recall_api::throttled(std::chrono::seconds wait) const
{
    return detail(
        429,
        "Request was throttled. Expected available in " + std::to_string(wait.count()) + " seconds."
    );
}

api_answer recall_api::failed() const
{
    return detail(how_.failed_status, "Something went wrong.");
}

instant recall_api::clock(steady_time /*now*/, instant here) const
{
    return here;
}

}  // namespace rollcall::simulator
