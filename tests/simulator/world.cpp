#include "simulator/world.hpp"

#include "simulator/dice.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace rollcall::simulator {
namespace {

constexpr std::array<std::string_view, 24> names{
    "Ada Lovelace",
    "Zoë 山田 🎉",
    "Grace Hopper",
    "Priya N.",
    "Иван Петров",
    "محمد علي",
    "O'Brien \"Bob\" / QA\\Ops",
    "Łukasz Żółć",
    "김민준",
    "Nguyễn Thị Hương",
    "A\u0301da (combining)",
    "👩‍👩‍👧 family",
    "line\u2028separator",
    "tab\there",
    "<b>bold</b> & co",
    "שלום עולם",
    "Σωκράτης",
    "İstanbul ıI",
    "田中 太郎",
    "Straße Müller",
    "Jean-Luc Picard",
    "𝒮𝒸𝓇𝒾𝓅𝓉",
    "Mr. 100% %s %n",
    "Notetaker (another vendor's bot)",
};

constexpr std::array<std::string_view, 8> words{
    "good morning",
    "see https://example.com/a/b?x=1&y=2 👍",
    "second\nline",
    "+1",
    "кто ведёт запись?",
    "\"quoted\" and \\escaped\\",
    "来週お願いします",
    "one moment, please",
};

struct person {
    std::string account;  ///< a UUID
    std::optional<std::string> name;
    bool guest = false;
};

std::vector<person> make_people(std::size_t count, dice chance)
{
    std::vector<person> people(std::max<std::size_t>(count, 1));
    for (std::size_t i = 0; i < people.size(); ++i) {
        people[i].account = chance.uuid();
        people[i].guest = i % 6 == 3;
        if (i % 12 == 3)
            continue;  // has no name at all
        auto name = i % 24 == 9 ? std::string{} : std::string{names[i % names.size()]};
        if (i >= names.size() && !name.empty())
            name += " " + std::to_string(i / names.size() + 1);
        people[i].name = std::move(name);
    }
    return people;
}

/// Writes one meeting, from the request for the bot to the end of the processing.
class author {
public:
    author(std::size_t number, const std::vector<person>& people, const world_options& options)
        : number_{number},
          people_{people},
          options_{options},
          chance_{dice::for_purpose(options.seed, "meeting", number)}
    {
        meeting_.where = static_cast<platform>(number % 3);
        meeting_.botless = number % 10 == 4;
        crashes_ = number % 10 == 2;
        give_metadata();
        choose_attendees();
    }

    /// `events` of 0: the bot is not let in, and nobody is ever seen.
    void write(std::size_t events)
    {
        const auto whole = std::max(options_.length, milliseconds{2 * events + 100});
        const milliseconds begin{chance_.between(0, whole.count() * 3 / 10)};
        const milliseconds end{chance_.between(whole.count() * 8 / 10, whole.count())};
        const auto step = std::max(milliseconds{1}, (end - begin) / 60);
        const milliseconds admitted = begin + 2 * step;

        happen(happening::bot_requested, begin);
        const bool lobby = !meeting_.botless && (events == 0 || chance_.chance(0.3));
        if (lobby)
            happen(happening::bot_in_lobby, begin + step);
        if (events == 0) {
            happen(happening::bot_refused, end);
            return;
        }
        happen(happening::bot_admitted, admitted);
        if (!meeting_.botless)
            happen(happening::recording_started, admitted + step);
        people_meet(admitted, end - step, events);
        finish(end, step);
    }

    meeting take_meeting() { return std::move(meeting_); }
    std::vector<fact> take_facts() { return std::move(facts_); }

private:
    /// A person in this meeting, over all of their connections.
    struct attendee {
        std::size_t person = 0;
        bool host = false;
        std::optional<std::string> name;  ///< the present one
        std::size_t connection = nobody;  ///< the latest of their participants
        bool present = false;
        std::optional<milliseconds> speaking_since;
    };

    void give_metadata()
    {
        if (number_ % 5 == 3)
            return;
        constexpr std::array<std::string_view, 3> customers{"acme", "Größe & Söhne", "例え"};
        std::vector<std::pair<std::string, std::string>> given;
        given.emplace_back("room", "room-" + std::to_string(number_));
        given.emplace_back("customer", std::string{chance_.pick(customers)});
        meeting_.metadata = std::move(given);
    }

    void choose_attendees()
    {
        std::vector<std::size_t> order(people_.size());
        for (std::size_t i = 0; i < order.size(); ++i)
            order[i] = i;
        const auto wanted = static_cast<std::size_t>(chance_.between(3, 14));
        for (std::size_t i = 0; i < std::min(wanted, order.size()); ++i) {
            std::swap(order[i], order[i + chance_.below(order.size() - i)]);
            attendees_.push_back({order[i], i == 0, people_[order[i]].name, nobody, false, {}});
        }
    }

    fact& happen(happening what, milliseconds at)
    {
        facts_.push_back({number_, what, at, at, nobody, {}, 0});
        return facts_.back();
    }

    fact& happen_to(std::size_t participant, happening what, milliseconds at)
    {
        ++events_;
        auto& it = happen(what, at);
        it.participant = participant;
        return it;
    }

    /// The platform's id for a new connection of that person.
    std::string connection_id(const person& who)
    {
        switch (meeting_.where) {
            case platform::teams:
                return (who.guest ? "8:guest:" : "8:orgid:") + who.account;
            case platform::zoom:
                return std::to_string(16'778'240 + 1024 * meeting_.participants.size());
            case platform::meet:
                break;
        }
        return "spaces/" + chance_.characters("abcdefghijkmnopqrstuvwxyz", 6) + "/devices/" +
               std::to_string(100 + meeting_.participants.size());
    }

    void connect(attendee& who)
    {
        if (meeting_.where == platform::teams && who.connection != nobody)
            return;
        const auto& behind = people_[who.person];
        participant seen;
        seen.id = connection_id(behind);
        if (meeting_.where == platform::zoom) {
            seen.account_id = behind.guest ? std::string{} : behind.account;
            std::ranges::transform(*seen.account_id, seen.account_id->begin(), [](char c) {
                return 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            });
        }
        seen.name = who.name;
        seen.host = who.host && !meeting_.botless;
        seen.person = who.person;
        who.connection = meeting_.participants.size();
        meeting_.participants.push_back(std::move(seen));
    }

    void join(attendee& who, milliseconds at)
    {
        connect(who);
        happen_to(who.connection, happening::joined, at);
        who.present = true;
        who.speaking_since.reset();
    }

    void leave(attendee& who, milliseconds at)
    {
        happen_to(who.connection, happening::left, at);
        who.present = false;
        who.speaking_since.reset();
    }

    /// Speech by audio level is told late where it stops: the stop lies up to a second before its
    /// noticing.
    void stop_speaking(attendee& who, milliseconds noticed)
    {
        auto& stop = happen_to(who.connection, happening::speech_stopped, noticed);
        if (meeting_.where != platform::zoom)
            stop.at = std::max(
                who.speaking_since.value_or(noticed) + milliseconds{1},
                noticed - milliseconds{chance_.between(0, 1000)}
            );
        who.speaking_since.reset();
    }

    void speak(attendee& who, milliseconds at)
    {
        if (who.speaking_since) {
            stop_speaking(who, at);
            return;
        }
        if (meeting_.where == platform::zoom)  // the active speaker changes
            for (auto& other : attendees_)
                if (other.speaking_since)
                    stop_speaking(other, at);
        happen_to(who.connection, happening::speech_started, at);
        who.speaking_since = at;
    }

    void chat(attendee& who, milliseconds at)
    {
        auto& said = happen_to(who.connection, happening::chat_sent, at);
        said.message = messages_.size();
        said.text = std::string{chance_.pick(words)};
        messages_.emplace_back(who.connection, said.text);
    }

    void edit(milliseconds at)
    {
        auto& message = messages_[chance_.below(messages_.size())];
        message.second += " (edited)";
        auto& edited = happen_to(message.first, happening::chat_edited, at);
        edited.message = static_cast<std::size_t>(&message - messages_.data());
        edited.text = message.second;
    }

    void rename(attendee& who, milliseconds at)
    {
        who.name = who.name.value_or("Guest") + "*";
        happen_to(who.connection, happening::renamed, at).text = *who.name;
    }

    std::vector<attendee*> those_present(bool present)
    {
        std::vector<attendee*> chosen;
        for (auto& each : attendees_)
            if (each.present == present)
                chosen.push_back(&each);
        return chosen;
    }

    void one_event(milliseconds at)
    {
        const auto inside = those_present(true);
        const auto outside = those_present(false);
        const int someone = inside.empty() ? 0 : 1;
        const std::array<std::pair<happening, int>, 6> weights{
            {{happening::joined, outside.empty() ? 0 : (inside.size() < 3 ? 60 : 14)},
             {happening::left, inside.size() > 1 ? 12 : 0},
             {happening::speech_started, meeting_.botless ? 0 : 50 * someone},
             {happening::chat_sent, 8 * someone},
             {happening::chat_edited, messages_.empty() ? 0 : 3},
             {happening::renamed, 2 * someone}}};
        int total = 0;
        for (const auto& [what, weight] : weights)
            total += weight;
        auto thrown = chance_.between(0, total - 1);
        for (const auto& [what, weight] : weights) {
            if (thrown < weight) {
                act(what, inside, outside, at);
                return;
            }
            thrown -= weight;
        }
    }

    using attendee_list = std::vector<attendee*>;
    void act(
        happening what, const attendee_list& inside, const attendee_list& outside, milliseconds at
    )
    {
        switch (what) {
            case happening::joined:  // once in a while by somebody who has not left: a move between
                                     // rooms
                join(*chance_.pick(!inside.empty() && chance_.chance(0.05) ? inside : outside), at);
                break;
            case happening::left:
                leave(*chance_.pick(inside), at);
                break;
            case happening::speech_started:
                speak(*chance_.pick(inside), at);
                break;
            case happening::chat_sent:
                chat(*chance_.pick(inside), at);
                break;
            case happening::chat_edited:
                edit(at);
                break;
            default:
                rename(*chance_.pick(inside), at);
        }
    }

    /// Those already there are stamped with the bot's arrival, all at one time; then one event
    /// after the other.
    void people_meet(milliseconds admitted, milliseconds last, std::size_t events)
    {
        const auto early = std::min<std::size_t>(events, 1 + chance_.below(3));
        for (std::size_t i = 0; i < std::min(early, attendees_.size()); ++i)
            join(attendees_[i], admitted);

        std::vector<std::int64_t> times;
        for (auto i = events_; i < events; ++i)
            times.push_back(chance_.between(admitted.count() + 1, last.count()));
        std::ranges::sort(times);
        for (std::size_t i = 1; i < times.size(); ++i)
            times[i] = std::max(times[i], times[i - 1] + 1);

        const bool all_leave = chance_.chance(0.3);
        for (std::size_t i = 0; i < times.size() && events_ < events; ++i) {
            const auto inside = those_present(true);
            if (all_leave && inside.size() >= times.size() - i)
                leave(*inside.front(), milliseconds{times[i]});
            else
                one_event(milliseconds{times[i]});
        }
    }

    void finish(milliseconds planned_end, milliseconds step)
    {
        const auto latest = std::ranges::max(facts_, {}, &fact::noticed).noticed;
        const auto end = std::max(planned_end, latest + milliseconds{1});
        if (crashes_) {
            happen(happening::bot_crashed, end);
            return;
        }
        if (meeting_.botless || chance_.chance(0.4)) {
            happen(happening::bot_leaving, end);
            happen(happening::meeting_over, end + milliseconds{1});
        } else {
            happen(chance_.chance(0.2) ? happening::bot_removed : happening::meeting_over, end);
        }
        happen(happening::processed, end + step + milliseconds{1});
    }

    std::size_t number_;
    const std::vector<person>& people_;
    const world_options& options_;
    dice chance_;
    bool crashes_ = false;
    meeting meeting_;
    std::vector<attendee> attendees_;
    std::vector<std::pair<std::size_t, std::string>> messages_;  ///< sender and present text
    std::vector<fact> facts_;
    std::size_t events_ = 0;  ///< what people did so far
};

/// How many events each meeting gets: half to one and a half times the average, together exactly
/// what was asked for. One meeting in ten, not the first, gets none: its bot is refused.
std::vector<std::size_t> share_events(const world_options& options)
{
    auto chance = dice::for_purpose(options.seed, "shares");
    std::vector<std::size_t> weights(options.meetings);
    std::size_t total = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] = i % 10 == 7 ? 0 : static_cast<std::size_t>(chance.between(50, 150));
        total += weights[i];
    }
    std::vector<std::size_t> shares(weights.size());
    std::size_t given = 0;
    for (std::size_t i = 0; i < weights.size(); ++i)
        given += shares[i] = options.events * weights[i] / total;
    if (!shares.empty())
        shares.front() += options.events - given;
    for (std::size_t i = 0; i < weights.size(); ++i)
        if (weights[i] != 0)
            shares[i] = std::max<std::size_t>(shares[i], 1);
    return shares;
}

}  // namespace

world make_world(const world_options& options)
{
    const auto people = make_people(options.people, dice::for_purpose(options.seed, "people"));
    const auto shares = share_events(options);
    world made;
    made.options = options;
    for (std::size_t i = 0; i < options.meetings; ++i) {
        author writes{i, people, options};
        writes.write(shares[i]);
        made.meetings.push_back(writes.take_meeting());
        for (auto& each : writes.take_facts())
            made.facts.push_back(std::move(each));
    }
    std::ranges::stable_sort(made.facts, {}, &fact::noticed);
    return made;
}

std::vector<std::size_t> present_at_end(const world& of, std::size_t meeting)
{
    std::map<std::size_t, fact> latest;
    for (const auto& each : of.facts)
        if (each.meeting == meeting &&
            (each.what == happening::joined || each.what == happening::left))
            if (auto [it, fresh] = latest.try_emplace(each.participant, each);
                !fresh && it->second.at <= each.at)
                it->second = each;
    std::vector<std::size_t> present;
    for (const auto& [who, last] : latest)
        if (last.what == happening::joined)
            present.push_back(who);
    return present;
}

}  // namespace rollcall::simulator
