#include "polled.hpp"
#include "support/broker.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using simulator::hostility;

std::set<std::string> sources_the_poller_warned_of(const std::filesystem::path& log)
{
    std::set<std::string> sources;
    std::ifstream in{log};
    for (std::string line; std::getline(in, line);) {
        rapidjson::Document parsed;
        parsed.Parse(line.data(), line.size());
        if (parsed.IsObject() && parsed["level"] == "warning" && parsed["stage"] == "poller" &&
            parsed.HasMember("source"))
            sources.insert(parsed["source"].GetString());
    }
    return sources;
}

/// Seven providers that mean harm, each in a way of its own, beside one that does not.
TEST(HostileProviders, AreBoundedAndNamedAndTheGoodOneIsNotDelayed)
{
    const std::map<std::string, hostility> ways{
        {"endless-pages", hostility::endless_pages},
        {"endless-list", hostility::endless_pages},
        {"same-next", hostility::same_next},
        {"huge-body", hostility::huge_body},
        {"endless-header", hostility::endless_header},
        {"redirect", hostility::redirect},
        {"deep-json", hostility::deep_json}};
    constexpr std::string_view only_a_list = "endless-list";  // with nothing in it, and fast
    const auto good = open_api();
    auto how = polling_of(*good);
    std::map<std::string, std::unique_ptr<simulator::api_server>> enemies;
    // What they tell is another world's, and still running.
    const simulator::attendee provider{deployment::secret};
    const auto bait = simulator::prepare(
        world_of(666, 2, 200, 2),
        provider,
        {std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()), 1},
        {}
    );
    for (const auto& [name, way] : ways) {
        simulator::api_options options;
        options.hostile = way;
        auto& enemy = enemies[name] = open_api(std::move(options));
        polling poll;
        poll.base_url = enemy->url();
        if (name != only_a_list) {
            enemy->show(bait, std::chrono::steady_clock::now() - 60s, false);
            poll.requests_a_minute = 600;
        }
        how.others[name] = poll;
    }
    deployment rollcall{shared_broker(), how};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    playing world{a_world(35, 600, 40, 1, *good, daemon), rollcall.file("truth.ndjson")};
    world.finish();
    const auto truth = world.truth();
    reader.until_settled(ended_meetings(truth, true));
    reader.until_probed(daemon, "end");
    const auto memory = daemon.resident_bytes();
    auto found = reader.without_probes();
    const auto of_an_enemy = [](const console_record& each) {
        return each.header("ce_source") != "urn:rollcall:attendee:demo";
    };
    std::erase_if(found.attendance, of_an_enemy);
    std::erase_if(found.activity, of_an_enemy);
    auto expected = rollcall.expected();
    expected.late_allowed = true;
    EXPECT_EQ(listed(differences(truth, found, expected)), "");

    const auto named = sources_the_poller_warned_of(daemon.log());
    for (const auto& [name, enemy] : enemies) {
        const auto counts = enemy->counts();
        std::cout << name << ": " << to_text(counts) << '\n';
        EXPECT_GT(counts.hostile, 0U) << name;
        EXPECT_LT(counts.requests, name == only_a_list ? 60'000U : 900U) << name;
        EXPECT_EQ(counts.followed, 0U) << name;
        // With 600 requests a minute its pages go on for longer than this test.
        EXPECT_TRUE(named.contains(name) || name == "endless-pages")
            << name << " is not in the log";
    }
    std::cout << "resident: " << memory / 1024 / 1024 << " MiB\n";
    EXPECT_LT(memory, 900U * 1024 * 1024);
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
