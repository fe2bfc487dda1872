#include "app/status_line.hpp"

#include "app/relay_progress.hpp"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

TEST(StatusLine, HasTheFigures)
{
    EXPECT_EQ(
        status_line({.not_ready = "waiting for Kafka", .sources = 1, .spooled = 12}),
        "waiting for Kafka; 1 source, 0 partitions, 12 records spooled"
    );
    EXPECT_EQ(
        status_line({.relay = {.assigned = true, .active = 12}, .sources = 3, .spooled = 1}),
        "ready; 3 sources, 12 partitions, 1 record spooled"
    );
}

TEST(StatusLine, TellsHowFarARestoreIs)
{
    const relay_state half{
        .assigned = true,
        .active = 9,
        .restoring = 3,
        .restore = {.partitions = 3, .read = 40, .to_read = 100}};
    EXPECT_EQ(
        status_line({.relay = half, .sources = 2}),
        "ready, restoring 3 of 12 partitions, 40 %; 2 sources, 9 partitions, 0 records spooled"
    );
}

TEST(RelayProgress, IsReadyOnceTheFirstAssignmentIsRestoredAndStaysSo)
{
    readiness told;
    relay_progress progress{told};
    progress.take({});
    EXPECT_EQ(told.why_not(), "waiting for the consumer group");
    progress.take({.assigned = true, .restoring = 4});
    EXPECT_EQ(told.why_not(), "restoring 4 of 4 partitions, 0 %");
    progress.take({.assigned = true, .active = 4});
    EXPECT_EQ(told.why_not(), std::nullopt);
    progress.take({.assigned = true, .active = 4, .restoring = 4});
    EXPECT_EQ(told.why_not(), std::nullopt);
    EXPECT_EQ(progress.now().restoring, 4U);
}

}  // namespace
}  // namespace rollcall
