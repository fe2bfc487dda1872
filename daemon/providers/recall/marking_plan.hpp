#pragma once

#include "providers/patience.hpp"
#include "providers/polling.hpp"
#include "providers/recall/mark.hpp"
#include "providers/recall/recording_plan.hpp"
#include "providers/timer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::recall {

/// Follows a recording (`recording_plan`), and marks its artifact once the meeting has settled: the
/// metadata are read, added to and written, unless they have the marks already. So a mark that was
/// written just before a restart is not written twice.
///
/// A successor does not know whether the meeting has settled meanwhile: it says once more that the
/// meeting is complete, and is told. A meeting that does not settle within a tenth of the window
/// is not marked.
///
/// `state()`: that of the `recording_plan`; afterwards `phase`, `artifact`, `swept_at` in
/// milliseconds since 1970, and `settled`: what was told.
class marking_plan final : public poll_plan {
public:
    marking_plan(
        const poll_pace& pace,
        const plan_options& options,
        std::string recording,
        std::string_view state
    );

    step next(timestamp now) const override;
    reading open_download() override { return inner_.open_download(); }
    poll_outcome on_response(const poll_response& response, timestamp now) override;
    void on_stored(timestamp now) override;
    void on_ended(timestamp now) override;
    void on_settled(std::string_view told, timestamp now) override;
    void sweep(timestamp now) override;
    std::string state() const override;
    std::string_view phase() const override;
    std::optional<timestamp> cursor() const override { return std::nullopt; }

private:
    enum class stage : std::uint8_t {
        following,  // the recording
        asking,     // of a successor: whether it has settled
        settling,   // waits to be told
        reading,    // the metadata
        writing,
        closed,
    };

    void restore(std::string_view state);
    poll_outcome on_artifact(const poll_response& response);
    poll_outcome on_failure(poll_outcome failure, bool was_answered, timestamp now);
    bool is_settling_overdue(timestamp now) const;

    poll_pace pace_;
    mark_templates marks_;
    std::string recording_;
    recording_plan inner_;

    stage stage_ = stage::following;
    stage then_ = stage::following;  // once the last answer is stored
    timer due_{};
    patience with_it_;
    std::string artifact_;
    std::optional<timestamp> swept_at_;
    std::string told_;  // of the settling: a JSON object; empty: nothing yet
    std::string body_;  // to be written
};

}  // namespace rollcall::recall
