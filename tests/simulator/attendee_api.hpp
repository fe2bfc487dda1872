#pragma once

#include "simulator/api.hpp"
#include "simulator/paging.hpp"
#include "simulator/query.hpp"

#include <deque>
#include <map>
#include <set>

namespace rollcall::simulator {

/// Attendee's API v1, release 1.64.1: bots, app sessions, their participants, participant events
/// and chat messages. It keeps the last hundred performances that were shown to it.
class attendee_api final : public api {
public:
    explicit attendee_api(api_account account);

    void show(const performance& what, steady_time begin, bool at_once) override;
    std::string_view path_class(const api_request& asked) const override;
    bool is_authorised(const api_request& asked) const override;
    api_answer answer(const api_request& asked, steady_time now, hostility how) override;
    api_answer throttled(std::chrono::seconds wait) const override;
    api_answer failed() const override;
    instant clock(steady_time now, instant here) const override;

private:
    /// A bot or an app session, and all that hangs on it.
    struct bot {
        std::string id;
        value metadata;
        std::string meeting_url;
        std::string state = "ready";
        bool recorded = false;
        value::array events;
        stamp last_inserted{};  ///< of whatever of it was stored last
        row* listed = nullptr;  ///< its row in `bots_`
        table participants;
        table participant_events;
        table chat_messages;
        std::map<std::string, row*> said;  ///< chat messages by id: an edit changes the text
        std::set<std::string> seen;        ///< participants by their platform's id
        std::set<std::string> hosts;       ///< ids of participants that are hosts
    };
    /// Something that gets known at its time.
    struct pending {
        std::string bot_id;
        std::string meeting_url;
        stamp inserted{};
        value content;
    };
    /// The clock of the performance that was shown last.
    struct running_clock {
        steady_time begin;
        timeline when;
        clock_step step;
    };
    /// A path of the API, taken apart.
    struct route {
        std::string_view path_class;  ///< `other`: there is no such path
        std::string id;
    };

    static route find_route(std::string_view path);
    void forget_oldest();
    void catch_up(steady_time now);
    void apply(const pending& what);
    bot& bot_of(const pending& what);
    static void change_state(bot& of, const value& data);
    static void add_participant(bot& to, const pending& what, const value& data);
    static void add_message(bot& to, const pending& what, const value& data);

    std::optional<api_answer> refused(const api_request& asked) const;
    api_answer find(
        const route& to, const std::string& path, const parameters& with, hostility how
    );
    api_answer list_bots(const std::string& path, const parameters& with, hostility how);
    api_answer list_events(
        const bot& of, const std::string& path, const parameters& with, hostility how
    ) const;
    api_answer list_participants(
        const bot& of, const std::string& path, const parameters& with, hostility how
    ) const;
    api_answer list_messages(
        const bot& of, const std::string& path, const parameters& with, hostility how
    ) const;
    api_answer list(
        const table& from,
        const selection& wanted,
        const std::string& path,
        const parameters& with,
        hostility how
    ) const;

    api_account account_;
    table bots_;
    std::map<std::string, bot, std::less<>> by_id_;
    std::multimap<steady_time, pending> pending_;
    std::deque<std::vector<std::string>> shown_;  ///< the bots of each performance
    std::optional<running_clock> clock_;
};

}  // namespace rollcall::simulator
