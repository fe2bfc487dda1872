#include "polled.hpp"

#include "simulator/attendee.hpp"
#include "support/eventually.hpp"

#include <iostream>

namespace rollcall::test {

using namespace std::chrono_literals;
using simulator::api_fault;

std::unique_ptr<simulator::api_server> open_api(simulator::api_options how)
{
    const simulator::attendee provider{deployment::secret};
    return std::make_unique<simulator::api_server>(
        provider.open_api(
            {{"key-only", "key-first", "key-second"}, "http://attendee-app.internal:8000"}
        ),
        std::move(how)
    );
}

simulator::api_faults three_in_ten()
{
    simulator::api_faults faults;
    faults.of(api_fault::throttled).share = 0.03;
    faults.of(api_fault::failed).share = 0.1;
    faults.of(api_fault::silent).share = 0.03;
    faults.of(api_fault::slow).share = 0.02;
    faults.of(api_fault::broken).share = 0.06;
    faults.of(api_fault::reset).share = 0.06;
    faults.form = simulator::retry_form::alternating;
    return faults;
}

deployment::options polling_of(const simulator::api_server& api)
{
    deployment::options how;
    how.poll.emplace();
    how.poll->base_url = api.url();
    return how;
}

playing::options a_world(
    std::uint64_t seed,
    std::size_t events,
    double rate,
    double lost,
    simulator::api_server& api,
    const instance& to
)
{
    playing::options how;
    how.world = world_of(seed, 12, events, rate);
    how.wanted.lost = lost;
    how.wanted.duplicated = 0.1;
    how.wanted.reordered = 0.2;
    how.player.targets = {simulator::parse_target(to.webhook_url())};
    how.api = &api;
    return how;
}

std::string differences_at_the_end(
    const playing& world, const deployment& of, reading& reader, const instance& to
)
{
    const auto truth = world.truth();
    reader.until_settled(ended_meetings(truth, true));
    reader.until_probed(to, "end");
    auto expected = of.expected();
    expected.late_allowed = true;
    return listed(differences(truth, reader.without_probes(), expected));
}

bool asked(const simulator::api_server& api, std::uint64_t more, std::chrono::milliseconds timeout)
{
    const auto until = api.counts().requests + more;
    return eventually(timeout, [&] { return api.counts().requests >= until; });
}

}  // namespace rollcall::test
