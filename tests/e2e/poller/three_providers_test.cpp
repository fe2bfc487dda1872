// Three providers in one daemon. Each fails in turn, in every way an API can; the others' events
// come as fast as before.
#include "core/time.hpp"
#include "polled.hpp"
#include "simulator/realtimekit.hpp"
#include "simulator/realtimekit_api.hpp"
#include "simulator/recall.hpp"
#include "support/broker.hpp"
#include "support/console_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <vector>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using simulator::api_fault;
using simulator::api_server;
using simulator::realtimekit_api;

constexpr auto attendee = "demo";
constexpr auto realtimekit = "kit";
constexpr auto recall = "meet";

std::unique_ptr<api_server> open_kit()
{
    const simulator::realtimekit provider{deployment::secrets_of("realtimekit")};
    return std::make_unique<api_server>(
        provider.open_api({{"unused"}, ""}, {.requests = 1'000'000}), simulator::api_options{}
    );
}

std::unique_ptr<api_server> open_recall()
{
    const simulator::recall provider{deployment::secrets_of("recall")};
    simulator::recall_limits limits;
    limits.lists = 60'000;
    limits.others = 60'000;
    return std::make_unique<api_server>(
        provider.open_api({.keys = {"unused"}, .inner_url = {}, .recall = limits}),
        simulator::api_options{}
    );
}

// Beside the one of Attendee that every deployment has; files are beside the settings.
std::string more_sources(const api_server& kit, const api_server& meet)
{
    return "  kit:\n    provider: realtimekit\n    webhook: { key: { url: \"" + kit.url() +
           "/.well-known/webhooks.json\" } }\n    poll: { base_url: \"" + kit.url() +
           std::string{realtimekit_api::base_path} +
           "\", api_key: { file: topics.key }, interval: 300ms, discovery_interval: 1s, overlap: "
           "30s, late_sweep: 1s, answer_timeout: 1s, requests_a_minute: 60000 }\n"
           "  meet:\n    provider: recall\n    region: us-west-2\n    webhook:\n      secrets:\n"
           "        - file: recall-0.secret\n        - file: recall-1.secret\n"
           "    poll: { base_url: \"" +
           meet.url() +
           "\", api_key: { file: topics.key }, interval: 300ms, discovery_interval: 1s, overlap: "
           "30s, late_sweep: 1s, answer_timeout: 1s, requests_a_minute: 60000, downloads: { hosts: "
           "[ \"" +
           meet.url() + "\" ] } }\n";
}

simulator::api_faults everything()
{
    simulator::api_faults faults;
    faults.of(api_fault::failed).share = 0.4;
    faults.of(api_fault::silent).share = 0.4;
    faults.of(api_fault::slow).share = 0.2;
    return faults;
}

// How long after they happened the webhooks' events were published, by source.
using latencies = std::map<std::string, std::vector<std::int64_t>>;

std::int64_t share_of(std::vector<std::int64_t> all, double share)
{
    if (all.empty())
        return -1;
    std::ranges::sort(all);
    return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
}

class Providers : public testing::Test {
protected:
    Providers()
    {
        auto how = polling_of(*attendee_api_);
        how.mode = promise::arrival;
        how.more_sources = more_sources(*kit_api_, *recall_api_);
        rollcall_ = std::make_unique<deployment>(shared_broker(), how);
        daemon_ = &rollcall_->add("only");
    }

    // All three worlds for some seconds, one of them failing; its webhooks do not come either.
    latencies play(std::uint64_t seed, const std::string& failing)
    {
        attendee_api_->change_faults(failing == attendee ? everything() : simulator::api_faults{});
        kit_api_->change_faults(failing == realtimekit ? everything() : simulator::api_faults{});
        recall_api_->change_faults(failing == recall ? everything() : simulator::api_faults{});
        const auto from = std::chrono::system_clock::now();
        std::vector<std::unique_ptr<playing>> worlds;
        for (const auto& [source, provider, api] :
             {std::tuple{attendee, "attendee", attendee_api_.get()},
              std::tuple{realtimekit, "realtimekit", kit_api_.get()},
              std::tuple{recall, "recall", recall_api_.get()}}) {
            playing::options how;
            how.provider = provider;
            how.world = world_of(seed++, 6, 400, 50);
            how.wanted.lost = source == failing ? 1 : 0;
            how.player.targets = {simulator::parse_target(daemon_->webhook_url(source))};
            how.api = api;
            worlds.push_back(std::make_unique<playing>(
                how, rollcall_->file("truth-" + std::to_string(seed) + ".ndjson")
            ));
        }
        for (const auto& world : worlds)
            world->finish();
        const auto to = std::chrono::system_clock::now();
        return read(
            std::chrono::floor<std::chrono::milliseconds>(from),
            std::chrono::floor<std::chrono::milliseconds>(to)
        );
    }

    latencies read(timestamp from, timestamp to)
    {
        while (auto record = reader_->next(2s))
            all_.push_back(*std::move(record));
        latencies found;
        for (const auto& record : all_) {
            const auto at = parse_rfc3339(record.header("ce_time").value_or(""));
            const auto source = record.header("ce_source").value_or("");
            if (record.header("rollcall-via") != "webhook" || !at || *at < from || *at > to)
                continue;
            found[source.substr(source.rfind(':') + 1)].push_back(
                record.timestamp_ms - at->time_since_epoch().count()
            );
        }
        return found;
    }

    std::unique_ptr<api_server> attendee_api_ = open_api();
    std::unique_ptr<api_server> kit_api_ = open_kit();
    std::unique_ptr<api_server> recall_api_ = open_recall();
    std::unique_ptr<deployment> rollcall_;
    instance* daemon_ = nullptr;
    std::unique_ptr<console_reader> reader_;
    std::vector<console_record> all_;
};

TEST_F(Providers, DoNotSlowEachOtherDownWhenOneFails)
{
    daemon_->start();
    ASSERT_TRUE(daemon_->ready());
    reader_ = std::make_unique<console_reader>(rollcall_->kafka(), rollcall_->topic("attendance"));
    const auto print = [](const std::string& when, const latencies& of) {
        for (const auto& [source, all] : of)
            std::cout << when << ": " << source << " events=" << all.size()
                      << " p50_ms=" << share_of(all, 0.5) << " p95_ms=" << share_of(all, 0.95)
                      << " p99_ms=" << share_of(all, 0.99) << '\n';
    };
    play(100, "");  // connections, keys, files: all of it is there
    const auto calm = play(200, "");
    print("all well", calm);
    ASSERT_EQ(calm.size(), 3U);
    std::uint64_t seed = 200;  // each world is another one
    for (const std::string failing : {attendee, realtimekit, recall}) {
        const auto now = play(seed += 100, failing);
        print(failing + " fails", now);
        for (const auto& [source, all] : calm) {
            if (source == failing)
                continue;
            ASSERT_TRUE(now.contains(source));
            EXPECT_LT(share_of(now.at(source), 0.5), share_of(all, 0.5) + 50) << source;
            EXPECT_LT(share_of(now.at(source), 0.95), share_of(all, 0.95) + 250) << source;
        }
    }
    EXPECT_EQ(daemon_->stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
