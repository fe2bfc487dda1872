#pragma once

#include "polled.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::test {

/// Recall.ai's API, an installation with one instance that polls it, and what that publishes.
class recall_scene {
public:
    struct options {
        simulator::api_options api;
        bool replaces_metadata = false;  ///< a PATCH does, at this provider
        std::string downloads;           ///< more settings of downloads, each behind a comma
        std::string more;                ///< more settings of `poll`, each behind a comma
        std::string secrets;             ///< where they are not the deployment's own
    };

    recall_scene() : recall_scene{options{}} {}
    explicit recall_scene(const options& how);

    /// True once the instance is ready.
    [[nodiscard]] bool start();
    /// SIGKILL, and a start; true once it listens again.
    [[nodiscard]] bool kill_and_start();

    /// A world of 600 events in ten seconds, told by the API and by webhooks but for a share of
    /// them.
    playing::options world(std::uint64_t seed, double lost);
    /// Begins to play it. `name`: a new one each time.
    std::unique_ptr<playing> play(const playing::options& how, const std::string& name = "truth");
    /// Shows the API a world of which no webhook tells any more, and which is too old for a daemon
    /// to find by itself: 75 hours, of the 80 within which it can be published.
    simulator::truth show_past(const simulator::world_options& of);

    /// What differs between the truth and what is published once every meeting is settled, one a
    /// line.
    std::string differences_from(const simulator::truth& truth);
    std::string differences_from(const playing& world) { return differences_from(world.truth()); }
    /// How many messages came by that way, so far.
    std::size_t via(std::string_view way) const;

    /// What the API has of every artifact of that status, under its id: its metadata, as JSON.
    std::map<std::string, std::string> metadata(const std::string& status) const;
    void patch(const std::string& artifact, const std::string& metadata) const;

    simulator::api_server& api() { return *api_; }
    deployment& installation() { return rollcall_; }
    instance& daemon() { return daemon_; }
    reading& reader() { return reader_; }

    bool matched = false;  ///< the two ways' times may differ

private:
    std::unique_ptr<simulator::api_server> api_;
    deployment rollcall_;
    instance& daemon_;
    reading reader_;
};

/// How near two events of a world come to each other that differ in nothing but their time.
std::chrono::milliseconds nearest_like(const playing::options& of);

}  // namespace rollcall::test
