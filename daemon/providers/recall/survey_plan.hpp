#pragma once

#include "providers/polling.hpp"
#include "providers/recall/artifact_list.hpp"
#include "providers/timer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall::recall {

/// One walk over the artifacts that were made since some time: a row for each, under its recording.
/// It ends with the last page; a page that cannot be read is asked for again and again.
///
/// `state()`: `phase`; and `next`, the page to be asked for. With that a successor goes on.
class survey_plan final : public poll_plan {
public:
    survey_plan(const poll_pace& pace, timestamp since, std::string_view state);

    step next(timestamp now) const override;
    poll_outcome on_response(const poll_response& response, timestamp now) override;
    void on_stored(timestamp now) override;
    void on_ended(timestamp /*now*/) override {}
    void sweep(timestamp /*now*/) override {}
    std::string state() const override;
    std::string_view phase() const override { return is_done_ ? "done" : "survey"; }
    std::optional<timestamp> cursor() const override { return std::nullopt; }

private:
    poll_pace pace_;
    artifact_list list_;
    timer due_{};
    bool is_done_ = false;
    bool pending_ = false;
    std::optional<std::string> pending_next_;
};

/// Finds the recordings that a person means by an id: that of a recording, or of a bot, of which
/// there may be several. Rows without a body, under their ids. `state()`: `phase`.
class lookup_plan final : public poll_plan {
public:
    explicit lookup_plan(std::string id) : id_{std::move(id)} {}

    step next(timestamp now) const override;
    poll_outcome on_response(const poll_response& response, timestamp now) override;
    void on_stored(timestamp now) override;
    void on_ended(timestamp /*now*/) override {}
    void sweep(timestamp /*now*/) override {}
    std::string state() const override { return R"({"phase":"lookup"})"; }
    std::string_view phase() const override { return "lookup"; }
    std::optional<timestamp> cursor() const override { return std::nullopt; }

private:
    enum class stage : std::uint8_t { recording, bot, done };

    std::string id_;
    stage stage_ = stage::recording;
    stage then_ = stage::recording;
};

}  // namespace rollcall::recall
