#pragma once

#include "providers/polling.hpp"
#include "providers/realtimekit/api.hpp"
#include "providers/realtimekit/page_walk.hpp"
#include "providers/timer.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::realtimekit {

/// Tells which sessions a permanent meeting has had of late, for webhooks that name the meeting and
/// not the session: the one that is going on, then all that began within the window. Does so again
/// every `discovery_interval`, a few times, for a session may not be known to every server yet; and
/// from the start whenever it is told to (`sweep`). A row `meeting_read` after each walk says that
/// this was all.
class meeting_lookup_plan final : public poll_plan {
public:
    static constexpr unsigned walks = 4;

    /// `meeting` is the permanent meeting's id.
    meeting_lookup_plan(const poll_pace& pace, std::string meeting);

    step next(timestamp now) const override;
    poll_outcome on_response(const poll_response& response, timestamp now) override;
    void on_stored(timestamp now) override;
    void on_ended(timestamp /*now*/) override {}
    void sweep(timestamp now) override;
    std::string state() const override { return R"({"phase":"looking up"})"; }
    std::string_view phase() const override { return "looking up"; }
    std::optional<timestamp> cursor() const override { return std::nullopt; }

private:
    struct conclusions {
        answer page{};
        std::vector<std::uint64_t> ids{};
        bool ends = false;
    };

    std::string target() const;
    poll_outcome on_active(const poll_response& response, timestamp now);
    poll_outcome on_page(const poll_response& response, timestamp now);
    poll_outcome put_off(poll_outcome failure, timestamp now);
    polled_row row_of(std::string_view body, std::string_view item) const;

    poll_pace pace_;
    std::string meeting_;
    bool asks_active_ = true;
    page_walk walk_{};
    timer due_{};
    unsigned walks_left_ = walks;
    bool told_again_ = false;
    std::optional<conclusions> pending_;
};

}  // namespace rollcall::realtimekit
