#include "harness/playing.hpp"

#include "harness/deployment.hpp"
#include "harness/private_texts.hpp"
#include "support/eventually.hpp"

#include <condition_variable>
#include <iostream>
#include <mutex>

namespace rollcall::test {

namespace {

/// Waits until then, or for a stop.
void wait_until(std::chrono::steady_clock::time_point until, const std::stop_token& stop)
{
    std::mutex unshared;
    std::unique_lock lock{unshared};
    std::condition_variable_any stopped;
    stopped.wait_until(lock, stop, until, [] { return false; });
}

}  // namespace

playing::playing(const options& how, std::filesystem::path truth_file)
    : provider_{simulator::make_dialect(
          how.provider, how.secrets.empty() ? deployment::secrets_of(how.provider) : how.secrets
      )},
      player_{how.player},
      truth_file_{std::move(truth_file)}
{
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto begin = std::chrono::steady_clock::now();
    what_ = simulator::prepare(how.world, *provider_, {now, 1}, how.wanted);
    forbid_in_logs(what_.of);
    if (how.api != nullptr)
        how.api->show(what_, begin, false);
    thread_ = std::jthread{[this, begin, api = how.api](const std::stop_token& stop) {
        try {
            simulator::truth_log log{truth_file_};
            log.begin(what_, *provider_);
            const auto record = [&](const simulator::outcome& came) {
                log.record(what_, came);
                const auto& of = what_.planned.deliveries[came.delivery];
                if (api && came.endpoint_failed)
                    api->give_up_endpoint(
                        provider_->endpoint(what_.told[of.telling], of.subscription)
                    );
            };
            report_ = play(what_, *provider_, player_, begin, record, seen_, stop);
            wait_until(begin + simulator::end_of(what_), stop);
            log.over(report_);
        } catch (...) {
            bug_ = std::current_exception();
        }
        over_ = true;
    }};
}

playing::~playing() = default;

bool playing::acknowledged(std::uint64_t count, std::chrono::milliseconds timeout)
{
    return eventually(timeout, [&] { return seen_.acknowledged >= count || over_; });
}

bool playing::attempted(std::uint64_t count, std::chrono::milliseconds timeout)
{
    return eventually(timeout, [&] { return seen_.attempts >= count || over_; });
}

simulator::report playing::finish()
{
    if (thread_.joinable())
        thread_.join();
    if (bug_)
        std::rethrow_exception(bug_);
    std::cout << "sent: seed=" << what_.of.options.seed << " events=" << what_.told.size()
              << " deliveries=" << report_.deliveries << " attempts=" << report_.attempts
              << " acknowledged=" << report_.acknowledged << " given_up=" << report_.given_up
              << " longest_run=" << report_.longest_run << " seconds=" << report_.seconds << '\n';
    return report_;
}

simulator::truth playing::truth() const
{
    return simulator::read_truth(truth_file_);
}

simulator::world_options world_of(
    std::uint64_t seed, std::size_t meetings, std::size_t events, double rate
)
{
    simulator::world_options world;
    world.seed = seed;
    world.meetings = meetings;
    world.events = events;
    world.length = std::chrono::milliseconds{
        static_cast<std::int64_t>(static_cast<double>(events) / rate * 1000)};
    return world;
}

}  // namespace rollcall::test
