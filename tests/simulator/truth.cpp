#include "simulator/truth.hpp"

#include "simulator/calendar.hpp"
#include "simulator/value.hpp"

#include <fcntl.h>
#include <rapidjson/document.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace rollcall::simulator {
namespace {

value whole(std::size_t number)
{
    return static_cast<std::int64_t>(number);
}

value person(const std::optional<participant>& who, bool host_known)
{
    if (!who)
        return {};
    value::object members;
    members.emplace_back("id", who->id);
    members.emplace_back("user_id", who->account_id);
    members.emplace_back("name", who->name);
    members.emplace_back("is_host", host_known ? value{who->host} : value{});
    return members;
}

value meeting_line(const world& of, std::size_t number, const dialect& by)
{
    value::array present;
    for (const auto who : present_at_end(of, number))
        present.emplace_back(by.participant_id(of, number, who));
    value::object line;
    line.emplace_back("line", "meeting");
    line.emplace_back("meeting", by.meeting_id(of, number));
    const auto names = by.names_of(of, number);
    line.emplace_back("bot_id", names.bot_id);
    line.emplace_back("recording_id", names.recording_id);
    line.emplace_back("session_id", names.session_id);
    line.emplace_back("metadata", by.metadata_of(of, number));
    line.emplace_back("participants", whole(of.meetings[number].participants.size()));
    line.emplace_back("present_at_end", std::move(present));
    return line;
}

value event_line(const telling& told, std::size_t number, bool lost)
{
    value::object line;
    line.emplace_back("line", "event");
    line.emplace_back("event", whole(number));
    line.emplace_back("meeting", told.meeting_id);
    line.emplace_back("lost", lost);
    if (!told.expected) {
        line.emplace_back("kind", value{});
        return line;
    }
    const auto& expected = *told.expected;
    line.emplace_back("kind", expected.kind);
    line.emplace_back("one_of_several", expected.one_of_several);
    line.emplace_back("needs_api", expected.needs_api);
    line.emplace_back("participant", person(expected.who, expected.host_known));
    line.emplace_back("occurred_at", to_text(expected.occurred_at));
    line.emplace_back("provider_id", expected.provider_id);
    line.emplace_back("provider_type", expected.provider_type);
    line.emplace_back("text", expected.text);
    line.emplace_back("lasting", told.lasting);
    line.emplace_back("inserted", python_datetime(told.inserted) + "Z");
    line.emplace_back(
        "archived",
        told.archived ? value{to_text(std::chrono::floor<milliseconds>(*told.archived))} : value{}
    );
    return line;
}

value attempts(const outcome& how)
{
    value::array made;
    for (const auto& each : how.attempts) {
        value::object one;
        one.emplace_back("at", to_text(each.at));
        one.emplace_back(
            "answer", each.status != 0 ? value{static_cast<int>(each.status)} : value{each.failure}
        );
        made.emplace_back(std::move(one));
    }
    return made;
}

using json = rapidjson::Value;

std::optional<std::string> text_or_null(const json& from)
{
    return from.IsString() ? std::optional{std::string{from.GetString(), from.GetStringLength()}}
                           : std::nullopt;
}

std::string text(const json& from)
{
    return text_or_null(from).value_or("");
}

truth::event read_event(const json& line)
{
    truth::event event;
    event.meeting = text(line["meeting"]);
    event.lost = line["lost"].GetBool();
    event.kind = text(line["kind"]);
    if (event.kind.empty())
        return event;
    event.one_of_several = line["one_of_several"].GetBool();
    event.needs_api = line["needs_api"].GetBool();
    event.occurred_at = text(line["occurred_at"]);
    event.provider_id = text_or_null(line["provider_id"]);
    event.provider_type = text(line["provider_type"]);
    event.text = text(line["text"]);
    event.lasting = line["lasting"].GetBool();
    event.archived = text_or_null(line["archived"]);
    if (const auto& who = line["participant"]; who.IsObject()) {
        event.who.emplace();
        event.who->id = text(who["id"]);
        event.who->user_id = text_or_null(who["user_id"]);
        event.who->name = text_or_null(who["name"]);
        if (who["is_host"].IsBool())
            event.who->host = who["is_host"].GetBool();
    }
    return event;
}

value to_value(const json& object)
{
    value::object members;
    for (const auto& each : object.GetObject())
        members.emplace_back(text(each.name), text(each.value));
    return members;
}

truth::meeting read_meeting(const json& line)
{
    truth::meeting meeting;
    meeting.names.bot_id = text_or_null(line["bot_id"]);
    meeting.names.recording_id = text_or_null(line["recording_id"]);
    meeting.names.session_id = text_or_null(line["session_id"]);
    meeting.metadata = to_canonical_json(to_value(line["metadata"]));
    meeting.participants = line["participants"].GetUint();
    for (const auto& each : line["present_at_end"].GetArray())
        meeting.present_at_end.push_back(text(each));
    return meeting;
}

truth::sent read_delivery(const json& line)
{
    truth::sent sent;
    sent.key = text(line["key"]);
    sent.attempts = line["attempts"].GetArray().Size();
    sent.acknowledged = line["acknowledged"].GetBool();
    sent.over = text(line["over"]);
    return sent;
}

}  // namespace

std::string to_text(instant at)
{
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{at - day};
    std::array<char, 64> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()),
        static_cast<int>(time.subseconds().count())
    );
    return text.data();
}

truth_log::truth_log(const std::filesystem::path& file)
    : file_{::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644)}
{
    if (file_ < 0)
        throw std::system_error{errno, std::generic_category(), file.string()};
}

truth_log::~truth_log()
{
    ::close(file_);
}

void truth_log::write(const value& line)
{
    const auto text = to_python_json(line) + "\n";
    for (std::size_t done = 0; done < text.size();) {
        const auto count = ::write(file_, text.data() + done, text.size() - done);
        if (count < 0 && errno != EINTR)
            throw std::system_error{errno, std::generic_category(), "the truth cannot be written"};
        done += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
}

void truth_log::begin(const performance& what, const dialect& by)
{
    first_event_ = next_event_;
    value::object run;
    run.emplace_back("line", "run");
    run.emplace_back("provider", by.name());
    run.emplace_back("seed", value::number{std::to_string(what.of.options.seed)});
    run.emplace_back("meetings", whole(what.of.meetings.size()));
    run.emplace_back("events", whole(what.told.size()));
    run.emplace_back("deliveries", whole(what.planned.deliveries.size()));
    run.emplace_back("start", to_text(what.when.start));
    write(run);
    for (std::size_t i = 0; i < what.of.meetings.size(); ++i)
        write(meeting_line(what.of, i, by));
    for (std::size_t i = 0; i < what.told.size(); ++i)
        write(event_line(what.told[i], next_event_++, what.planned.lost[i]));
}

void truth_log::record(const performance& what, const outcome& how)
{
    const auto& planned = what.planned.deliveries[how.delivery];
    value::object line;
    line.emplace_back("line", "delivery");
    line.emplace_back("event", whole(first_event_ + planned.telling));
    line.emplace_back("copy", static_cast<int>(planned.copy));
    line.emplace_back("subscription", static_cast<int>(planned.subscription));
    line.emplace_back("key", how.delivery_id);
    line.emplace_back("attempts", attempts(how));
    line.emplace_back("acknowledged", how.acknowledged);
    line.emplace_back("endpoint_failed", how.endpoint_failed);
    line.emplace_back("over", to_text(how.over));
    write(line);
}

void truth_log::over(const report& total)
{
    value::object line;
    line.emplace_back("line", "over");
    line.emplace_back("deliveries", whole(total.deliveries));
    line.emplace_back("attempts", whole(total.attempts));
    line.emplace_back("acknowledged", whole(total.acknowledged));
    line.emplace_back("given_up", whole(total.given_up));
    write(line);
}

bool truth::event::acknowledged() const
{
    return std::ranges::any_of(deliveries, &sent::acknowledged);
}

truth read_truth(const std::filesystem::path& file)
{
    std::ifstream in{file};
    if (!in)
        throw std::runtime_error{"cannot read " + file.string()};
    truth found;
    std::string line;
    for (std::size_t number = 1; std::getline(in, line) && !in.eof(); ++number) {
        rapidjson::Document parsed;
        parsed.Parse(line.data(), line.size());
        if (parsed.HasParseError() || !parsed.IsObject() || !parsed.HasMember("line"))
            throw std::runtime_error{
                file.string() + ":" + std::to_string(number) + ": not a line of a truth file"};
        const auto what = text(parsed["line"]);
        if (what == "meeting")
            found.meetings[text(parsed["meeting"])] = read_meeting(parsed);
        else if (what == "event")
            found.events.push_back(read_event(parsed));
        else if (what == "delivery")
            found.events.at(parsed["event"].GetUint64())
                .deliveries.push_back(read_delivery(parsed));
        found.complete = what == "over";
    }
    return found;
}

}  // namespace rollcall::simulator
