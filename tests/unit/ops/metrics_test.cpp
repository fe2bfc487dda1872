#include "ops/metrics.hpp"

#include "ops/process_metrics.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>
#include <vector>

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(TimeHistogram, CountsEachBoundWithTheBucketBelowIt)
{
    time_histogram took;
    took.observe(500us);
    took.observe(501us);
    took.observe(120s);
    took.observe(120s + 1us);
    took.observe(-3s);
    const auto now = took.read();
    EXPECT_EQ(now.up_to[0], 2U);  // and the one that took less than nothing
    EXPECT_EQ(now.up_to[1], 3U);
    EXPECT_EQ(now.up_to[time_histogram::bounds.size() - 1], 4U);
    EXPECT_EQ(now.up_to.back(), 5U);
    EXPECT_DOUBLE_EQ(now.sum_seconds, 240.001002);
}

TEST(TimeHistogram, LosesNothingThatThreadsObserveAtOnce)
{
    constexpr std::uint64_t each = 20'000;
    time_histogram took;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (std::uint64_t n = 0; n < each; ++n)
                    took.observe(1ms);
            });
    }
    EXPECT_EQ(took.read().up_to.back(), 4 * each);
    EXPECT_EQ(took.read().up_to[0], 0U);
    EXPECT_DOUBLE_EQ(took.read().sum_seconds, 80.0);
}

TEST(Metrics, AHistogramHasCumulativeBucketsSumAndCount)
{
    time_histogram took;
    took.observe(2ms);
    took.observe(300s);
    metric_writer to;
    to.histogram("rollcall_took_seconds", "How long.");
    to.sample(took, {{"source", "a"}});
    const auto text = to.text();
    EXPECT_THAT(text, HasSubstr("rollcall_took_seconds_bucket{source=\"a\",le=\"0.001\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("rollcall_took_seconds_bucket{source=\"a\",le=\"0.0025\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("rollcall_took_seconds_bucket{source=\"a\",le=\"120\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("rollcall_took_seconds_bucket{source=\"a\",le=\"+Inf\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("rollcall_took_seconds_count{source=\"a\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("rollcall_took_seconds_sum{source=\"a\"} 300.002\n"));
}

TEST(Metrics, AFamilyWithoutSamplesIsToldOf)
{
    metric_writer to;
    to.gauge("rollcall_nothing", "Of nothing.");
    EXPECT_THAT(to.names(), ElementsAre("rollcall_nothing"));
    EXPECT_EQ(to.text(), "# HELP rollcall_nothing Of nothing.\n# TYPE rollcall_nothing gauge\n");
}

// promtool's linter knows Prometheus' conventions.
TEST(Metrics, TheProcessIsToldAsPrometheusWantsIt)
{
    metric_writer to;
    write_process_metrics(to);
    write_build_info(to, {{"version", "1.2.3"}});
    const auto text = to.text();
    for (const auto& name : to.names())
        EXPECT_THAT(text, HasSubstr("\n" + name)) << "has no sample";
    const test::temp_dir files;
    const auto page = files.path() / "page";
    std::ofstream{page} << text;
    const auto checked = test::run("sh", {"-c", "promtool check metrics <" + page.string()});
    EXPECT_EQ(checked.status.code, 0) << checked.out << checked.err;
    EXPECT_THAT(text, HasSubstr("rollcall_build_info{version=\"1.2.3\"} 1\n"));
}

}  // namespace
}  // namespace rollcall
