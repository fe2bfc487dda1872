#pragma once

#include "simulator/api.hpp"
#include "simulator/query.hpp"
#include "simulator/rate_limit.hpp"
#include "simulator/realtimekit.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::simulator {

/// RealtimeKit's API: sessions, their participants with peer events, reports by peer, the session
/// of a meeting that is going on, and webhooks, below `base_path`; and the well-known URL of the
/// key, for which nobody needs a token. Of every fourth person the row's id is not that of the
/// peer. Pages begin with 1, and there is no page 0.
class realtimekit_api final : public api {
public:
    static constexpr std::string_view base_path =
        "/client/v4/accounts/5f2d/realtime/kit/7f1c0e6a-3b52-4d0e-9a41-5d2f8c6b7e10";

    realtimekit_api(
        std::shared_ptr<signing_keys> keys, api_account account, realtimekit_limits allowed
    );

    void show(const performance& what, steady_time begin, bool at_once) override;
    std::string_view path_class(const api_request& asked) const override;
    bool is_authorised(const api_request& asked) const override;
    api_answer answer(const api_request& asked, steady_time now, hostility how) override;
    std::optional<milliseconds> over_limit(const api_request& asked, steady_time now) override;
    bool is_without_key(const api_request& asked) const override;
    api_answer throttled(std::chrono::seconds wait) const override;
    api_answer failed() const override;
    instant clock(steady_time now, instant here) const override;

private:
    struct peer {
        std::string id;  ///< the row's
        value::object facts;
        value::array events;
        std::string joined_at, left_at;
    };
    struct session {
        std::string id, meeting, title, started_at, ended_at;
        std::vector<std::string> order;  ///< of the peers
        std::map<std::string, peer> peers;
    };
    struct pending {
        std::string session;
        value content;
    };
    struct route {
        std::string_view path_class;  ///< `other`: there is no such path
        std::string id, inner;
    };

    static route find_route(std::string_view target);
    void catch_up(steady_time now);
    void apply(const pending& what);
    static void change(session& of, const value& participant, bool joins);
    api_answer find(const route& to, const parameters& with, hostility how) const;
    api_answer list_sessions(const parameters& with, hostility how) const;
    api_answer list_participants(const session& of, const parameters& with, hostility how) const;
    api_answer one_peer(const route& to, const parameters& with) const;
    api_answer active_session(std::string_view meeting) const;
    api_answer webhooks(const api_request& asked);
    static value row_of(const session& of);
    static value row_of(const peer& of, bool with_events);
    api_answer key() const;

    std::shared_ptr<signing_keys> keys_;
    api_account account_;
    realtimekit_limits allowed_;
    rate_limit budget_;
    std::multimap<steady_time, pending> pending_;
    std::map<std::string, session, std::less<>> sessions_;
    std::vector<std::string> order_;                             ///< sessions as they began
    std::vector<std::pair<std::string, std::string>> webhooks_;  ///< url, and all of it as JSON
};

}  // namespace rollcall::simulator
