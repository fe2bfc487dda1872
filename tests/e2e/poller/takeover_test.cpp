#include "polled.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <vector>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

/// Which instance asked for what, told by its key.
class asking {
public:
    void note(const simulator::api_request& asked)
    {
        const std::lock_guard lock{shared_};
        all_.push_back({steady::now(), asked.authorization.value_or(""), object_of(asked.target)});
    }

    /// What more than one of them asked for within that time, one a line.
    std::string shared_objects(steady::time_point from, steady::time_point to) const
    {
        const std::lock_guard lock{shared_};
        std::map<std::string, std::set<std::string>> who;
        for (const auto& each : all_)
            if (each.at >= from && each.at < to)
                who[each.object].insert(each.key);
        std::string text;
        for (const auto& [object, keys] : who)
            if (keys.size() > 1)
                text += object + "\n";
        return text;
    }

private:
    struct one {
        steady::time_point at;
        std::string key;
        std::string object;
    };

    /// The bot, or the list of bots.
    static std::string object_of(const std::string& target)
    {
        const auto path = target.substr(0, target.find('?'));
        constexpr std::string_view before_id = "/api/v1/bots/";
        const auto end = path.find('/', before_id.size());
        return path.starts_with(before_id) ? path.substr(0, end) : path;
    }

    mutable std::mutex shared_;
    std::vector<one> all_;
};

TEST(TwoPollingInstances, ShareTheMeetingsAndTakeThemOverFromEachOther)
{
    asking who;
    simulator::api_options watched;
    watched.on_request = [&](const simulator::api_request& request) { who.note(request); };
    const auto api = open_api(std::move(watched));
    auto how = polling_of(*api);
    how.session_timeout = 3s;
    deployment rollcall{shared_broker(), how};
    auto& first = rollcall.add("first");
    auto& second = rollcall.add("second");
    const auto both = [&] { return eventually(60s, [&] { return rollcall.owners() == 2; }); };
    for (auto* each : {&first, &second}) {
        each->start();
        ASSERT_TRUE(each->ready());
    }
    ASSERT_TRUE(both());

    reading reader{rollcall};
    auto options = a_world(34, 1'500, 25, 0.5, *api, first);
    options.player.targets.push_back(simulator::parse_target(second.webhook_url()));
    options.player.time_scale = 5;
    const auto begin = steady::now();
    playing world{options, rollcall.file("truth.ndjson")};

    // While nothing moves, everything is asked for by one of them.
    const auto settled_down = [&] {
        ASSERT_TRUE(asked(*api, 40));  // in flight, or begun, when the partitions came to rest
        const auto from = steady::now();
        ASSERT_TRUE(asked(*api, 150));
        EXPECT_EQ(who.shared_objects(from, steady::now()), "");
    };
    settled_down();
    first.kill();
    ASSERT_TRUE(asked(*api, 60));
    first.start();
    ASSERT_TRUE(first.ready());
    ASSERT_TRUE(both());
    settled_down();
    EXPECT_EQ(second.stop(), (exit_status{0, 0}));
    ASSERT_TRUE(asked(*api, 60));
    second.start();
    ASSERT_TRUE(second.ready());
    ASSERT_TRUE(both());
    settled_down();
    EXPECT_NE(who.shared_objects(begin, steady::now()), "") << "nothing has moved";
    EXPECT_FALSE(world.over()) << "the world was too small for so many moves";
    world.finish();
    EXPECT_EQ(differences_at_the_end(world, rollcall, reader, first), "");
    std::cout << to_text(api->counts()) << '\n';
}

}  // namespace
}  // namespace rollcall::test
