#pragma once

#include "providers/patience.hpp"
#include "providers/polling.hpp"
#include "providers/recall/artifact_files.hpp"
#include "providers/recall/artifact_list.hpp"
#include "providers/recall/download.hpp"
#include "providers/recall/objects.hpp"
#include "providers/recall/plan_options.hpp"
#include "providers/timer.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::recall {

/// Follows one recording until nothing of it can be missing. While it goes on its real-time
/// webhooks tell everything, so it is only looked at, ever more seldom, for an end that nobody has
/// told of. When it is over and its artifact is done, the files of that are downloaded with links
/// fetched just before: all participants' events, then the participants, then the speaker timeline
/// where that is wanted.
///
/// An artifact that is being made is waited for, for as long as the window. One that failed, was
/// deleted, or never appears leaves the meeting with what webhooks have told; so that those which
/// are being repeated are in, that is said `late_sweep` later. A status never goes back: an answer
/// with an older one than is known counts as none.
///
/// What is of no use however often it is asked for, while other requests are answered, is given up
/// (`patience`), and the rest is read all the same.
///
/// `state()`: `phase`; `ended_at`, milliseconds since 1970, from when on it has been known to be
/// over; `artifact`; and `account`, that in which the recording was found. Which files were read is
/// not in it: they are read again, and the ledger drops them.
class recording_plan final : public poll_plan {
public:
    /// The longest time between two looks, in `discovery_interval`s: 5 min as these are by default.
    static constexpr unsigned longest_look = 15;
    /// A recording that was found and then is not for so many looks is gone. One that was never
    /// found with this account is more likely another's, and only a `window` makes it gone.
    static constexpr unsigned gone_after = 10;
    /// So many searches for the artifact of a recording that is over; then there is none.
    static constexpr unsigned most_searches = 10;
    static constexpr std::size_t most_pages = 10;  ///< of the artifacts of one recording

    recording_plan(
        const poll_pace& pace,
        const plan_options& options,
        std::string recording,
        std::string_view state
    );

    step next(timestamp now) const override;
    reading open_download() override;
    poll_outcome on_response(const poll_response& response, timestamp now) override;
    void on_stored(timestamp now) override;
    void on_ended(timestamp now) override;
    void sweep(timestamp now) override;
    std::string state() const override;
    std::string_view phase() const override;
    std::optional<timestamp> cursor() const override { return std::nullopt; }

    /// The id of the artifact, once its files have been read; empty where there is none.
    std::string artifact() const { return files_.can_be_read() ? artifact_ : std::string{}; }

private:
    enum class job : std::uint8_t {
        look,      // at the recording
        search,    // for its artifact
        retrieve,  // the artifact
        download,  // a file of it
    };
    static constexpr std::size_t jobs = 4;

    enum class stage : std::uint8_t {
        fresh,     // its state is not known yet
        going_on,  // the recording is made
        over,      // the artifact is waited for
        reading,   // its files are read
        parting,   // there is no artifact: webhooks that are being repeated are waited for
        closed,
    };

    // What the last answer will make true once its rows are stored.
    enum class conclusion : std::uint8_t {
        nothing,
        recording,  // seen
        missing,    // there is none, or no artifact
        artifact,   // seen
        page,       // of the search
        file,       // read
        given_up,
    };

    void restore(std::string_view state);
    poll_outcome hear(const poll_response& response, timestamp now);
    poll_outcome on_missing();
    poll_outcome on_recording(const poll_response& response);
    poll_outcome on_search(const poll_response& response);
    poll_outcome on_artifact(const poll_response& response, timestamp now);
    poll_outcome on_file(const poll_response& response, timestamp now);
    poll_outcome on_failure(poll_outcome failure, bool was_answered, timestamp now);
    poll_outcome give_up(const poll_outcome& failure);
    std::string name_of_request() const;
    std::string download_name() const;
    void answered(job which);

    void take_in(conclusion told, timestamp now);
    void take_in_recording(timestamp now);
    void take_in_missing(timestamp now);
    void take_in_artifact(const artifact_facts& artifact, timestamp now);
    void take_in_page(timestamp now);
    bool note(const artifact_facts& artifact, timestamp now);
    void begin_reading(timestamp now);
    void next_file(bool was_read, timestamp now);
    void pass_over(timestamp now);
    void part(timestamp now);
    void enter(stage to);
    void wait_longer(timestamp now);
    void choose(timestamp now);
    void start_again();

    bool is_gone(unsigned times) const;
    bool was_waited_for(timestamp now) const;
    milliseconds pause(unsigned times) const;
    patience& patience_with(job which) { return patience_[static_cast<std::size_t>(which)]; }
    bool was_found() const { return account_ == pace_.account; }

    poll_pace pace_;
    plan_options options_;
    std::string recording_;
    artifact_list list_;

    stage stage_ = stage::fresh;
    job current_ = job::look;  // fixed from one answer to the next: what `next` asks for
    timer due_{};
    unsigned waits_ = 0;         // since something changed: each is twice the one before
    unsigned missing_ = 0;       // looks in succession that found no such recording
    unsigned searches_ = 0;      // in succession that found no artifact
    bool end_told_ = false;      // someone has told of the end, but it has not been seen so
    bool look_between_ = false;  // what was asked for has failed: is the provider there at all?
    std::array<patience, jobs> patience_{};
    std::array<bool, jobs> told_given_up_{};  // in this stage
    std::optional<std::string> account_;      // in which it was found last
    std::string told_code_;  // the recording's in the last row of it that was stored
    std::optional<timestamp> ended_at_;

    std::string artifact_;  // its id; empty: not known
    artifact_status status_ = artifact_status::processing;
    std::optional<timestamp> updated_at_;  // of that status
    artifact_files files_;
    std::shared_ptr<known_participants> known_;

    conclusion pending_ = conclusion::nothing;
    recording_facts pending_recording_;
    std::optional<artifact_facts> pending_artifact_;
    std::optional<std::string> pending_next_;
    bool pending_swept_ = false;  // nothing is left to be read
};

}  // namespace rollcall::recall
