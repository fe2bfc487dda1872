#include "polled.hpp"
#include "support/broker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

struct losses {
    double webhooks = 0;
    bool polls = false;  ///< three in ten of them fail
};

std::string name_of(const losses& lost)
{
    return std::to_string(static_cast<int>(lost.webhooks * 100)) + "OfWebhooks" +
           (lost.polls ? "And30OfPolls" : "");
}

// In the names that ctest lists, too.
void PrintTo(const losses& lost, std::ostream* out)
{
    *out << name_of(lost);
}

std::size_t by_poll(const published& all)
{
    const auto polled = [](const console_record& each) {
        return each.value && each.value->find("\"via\":\"poll\"") != std::string::npos;
    };
    return static_cast<std::size_t>(
        std::ranges::count_if(all.attendance, polled) + std::ranges::count_if(all.activity, polled)
    );
}

class Lost : public testing::TestWithParam<losses> {};

TEST_P(Lost, WhatEitherWayBringsIsPublishedOnce)
{
    const auto api = open_api();
    if (GetParam().polls)
        api->change_faults(three_in_ten());
    deployment rollcall{shared_broker(), polling_of(*api)};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    playing world{
        a_world(20'261'122, 600, 60, GetParam().webhooks, *api, daemon),
        rollcall.file("truth.ndjson")};
    world.finish();
    EXPECT_EQ(differences_at_the_end(world, rollcall, reader, daemon), "");

    const auto polled = by_poll(reader.without_probes());
    const auto lost = static_cast<std::size_t>(
        static_cast<double>(world.what().told.size()) * GetParam().webhooks
    );
    std::cout << "published by poll: " << polled << "; " << to_text(api->counts()) << '\n';
    if (GetParam().webhooks > 0) {
        EXPECT_GT(polled, lost / 2);
    }
    EXPECT_EQ(api->counts().refused, 0U);
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

INSTANTIATE_TEST_SUITE_P(
    Shares,
    Lost,
    testing::Values(
        losses{0, false},
        losses{0, true},
        losses{0.3, false},
        losses{0.3, true},
        losses{1, false},
        losses{1, true}
    ),
    [](const auto& param) { return name_of(param.param); }
);

/// Nothing but polls, of a provider that writes rows late, many with one insertion time, and whose
/// clock is set back half-way.
TEST(HiddenTimes, HideNothing)
{
    const auto api = open_api();
    deployment rollcall{shared_broker(), polling_of(*api)};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    auto how = a_world(20'261'123, 1'200, 60, 1, *api, daemon);
    how.wanted.late = 0.01;
    how.wanted.late_span = 3s;
    how.wanted.tied = 0.1;
    how.wanted.tie_span = 4s;
    how.wanted.clock_back = 1'500ms;
    playing world{how, rollcall.file("truth.ndjson")};
    world.finish();
    EXPECT_EQ(differences_at_the_end(world, rollcall, reader, daemon), "");
}

}  // namespace
}  // namespace rollcall::test
