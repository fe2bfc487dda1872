#include "relay/tracking.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace rollcall {
namespace {

std::string key_of(const std::string& source, const std::string& meeting)
{
    return meeting.empty() ? source : source + '/' + meeting;
}

result<std::string, fault> text_member(const rapidjson::Document& doc, const char* name)
{
    const auto it = doc.FindMember(name);
    if (it == doc.MemberEnd() || !it->value.IsString())
        return fault{errc::bad_record, name};
    return std::string{it->value.GetString(), it->value.GetStringLength()};
}

}  // namespace

tracking_record encode(const tracking_entry& entry)
{
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> out{text};
    out.StartObject();
    out.Key("source");
    out.String(entry.what.source);
    out.Key("meeting");
    out.String(entry.what.meeting);
    out.Key("recall");
    out.Bool(entry.recall);
    out.Key("dropped");
    out.Bool(entry.dropped);
    out.Key("state");
    if (entry.what.state.empty())
        out.Null();
    else
        out.RawValue(entry.what.state.data(), entry.what.state.size(), rapidjson::kObjectType);
    out.EndObject();
    return {
        key_of(entry.what.source, entry.what.meeting),
        std::string{text.GetString(), text.GetSize()}};
}

tracking_record encode_forgotten(const tracked& what)
{
    return {key_of(what.source, what.meeting), std::nullopt};
}

result<tracking_entry, fault> read_tracking(std::string_view value)
{
    rapidjson::Document doc;
    doc.Parse<rapidjson::kParseIterativeFlag>(value.data(), value.size());
    if (doc.HasParseError() || !doc.IsObject())
        return fault{errc::bad_record, ""};
    auto source = text_member(doc, "source");
    if (!source)
        return source.error();
    auto meeting = text_member(doc, "meeting");
    if (!meeting)
        return meeting.error();
    tracking_entry entry{.what = {std::move(*source), std::move(*meeting), {}}};
    if (const auto it = doc.FindMember("recall"); it != doc.MemberEnd() && it->value.IsBool())
        entry.recall = it->value.GetBool();
    if (const auto it = doc.FindMember("dropped"); it != doc.MemberEnd() && it->value.IsBool())
        entry.dropped = it->value.GetBool();
    const auto state = doc.FindMember("state");
    if (state == doc.MemberEnd() || !(state->value.IsObject() || state->value.IsNull()))
        return fault{errc::bad_record, "state"};
    if (state->value.IsObject()) {
        rapidjson::StringBuffer text;
        rapidjson::Writer<rapidjson::StringBuffer> out{text};
        state->value.Accept(out);
        entry.what.state.assign(text.GetString(), text.GetSize());
    }
    return entry;
}

void tracking_table::restore(std::string_view key, std::optional<tracking_entry> entry)
{
    if (entry)
        entries_.insert_or_assign(std::string{key}, std::move(*entry));
    else if (const auto it = entries_.find(key); it != entries_.end())
        entries_.erase(it);
}

bool tracking_table::contains(const std::string& source, const std::string& meeting) const
{
    return entries_.contains(key_of(source, meeting));
}

bool tracking_table::recalls(const std::string& source, const std::string& meeting) const
{
    const auto it = entries_.find(key_of(source, meeting));
    return it != entries_.end() && it->second.recall;
}

bool tracking_table::is_dropped(const std::string& source, const std::string& meeting) const
{
    const auto it = entries_.find(key_of(source, meeting));
    return it != entries_.end() && it->second.dropped;
}

void tracking_table::put(tracked what)
{
    if (!is_dropped(what.source, what.meeting))
        change(what.source, what.meeting).what = std::move(what);
}

void tracking_table::set_recall(const std::string& source, const std::string& meeting)
{
    auto& entry = change(source, meeting);
    entry.recall = true;
    entry.dropped = false;
}

void tracking_table::set_dropped(const std::string& source, const std::string& meeting)
{
    auto& entry = change(source, meeting);
    entry.what.state.clear();
    entry.recall = false;
    entry.dropped = true;
}

// The entry, an empty one where there is none, as one that the topic is to be told of.
tracking_entry& tracking_table::change(const std::string& source, const std::string& meeting)
{
    auto key = key_of(source, meeting);
    auto& entry = entries_[key];
    entry.what.source = source;
    entry.what.meeting = meeting;
    changed_.insert_or_assign(std::move(key), tracked{source, meeting, {}});
    return entry;
}

void tracking_table::forget(const tracked& what)
{
    const auto key = key_of(what.source, what.meeting);
    if (entries_.erase(key) > 0)
        changed_.insert_or_assign(key, what);
}

std::vector<tracking_entry> tracking_table::all() const
{
    std::vector<tracking_entry> list;
    list.reserve(entries_.size());
    for (const auto& [key, entry] : entries_)
        list.push_back(entry);
    return list;
}

std::vector<tracking_record> tracking_table::unwritten() const
{
    std::vector<tracking_record> records;
    records.reserve(changed_.size());
    for (const auto& [key, what] : changed_) {
        const auto it = entries_.find(key);
        records.push_back(it == entries_.end() ? encode_forgotten(what) : encode(it->second));
    }
    return records;
}

}  // namespace rollcall
