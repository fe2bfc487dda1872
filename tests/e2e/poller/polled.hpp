#pragma once

#include "harness/deployment.hpp"
#include "harness/playing.hpp"
#include "harness/reading.hpp"
#include "simulator/api_server.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace rollcall::test {

/// A provider's API, with nothing to tell yet, that lets the keys of these instances in: `only`,
/// `first` and `second`.
std::unique_ptr<simulator::api_server> open_api(simulator::api_options how = {});

/// Three polls in ten fail, in every way there is.
simulator::api_faults three_in_ten();

/// An installation that polls that API; retries and late rows come later than the hold.
deployment::options polling_of(const simulator::api_server& api);

/// A world told by that API, and by webhooks to `to` but for a share of them.
playing::options a_world(
    std::uint64_t seed,
    std::size_t events,
    double rate,
    double lost,
    simulator::api_server& api,
    const instance& to
);

/// What differs between the truth and what is published once every meeting of the world is settled,
/// one a line. `to`: an instance that runs.
std::string differences_at_the_end(
    const playing& world, const deployment& of, reading& reader, const instance& to
);

/// True once the API has been asked that many more times.
[[nodiscard]] bool asked(
    const simulator::api_server& api,
    std::uint64_t more,
    std::chrono::milliseconds timeout = std::chrono::seconds{60}
);

}  // namespace rollcall::test
