#include "app/metrics/daemon_metrics.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

namespace rollcall {
namespace {

using names = std::set<std::string>;

class no_journal final : public journal {
    boost::asio::awaitable<error_code> append(intake_record) override { co_return errc::stopped; }
};

// What a daemon has to tell that has just begun.
class DaemonMetrics : public testing::Test {
protected:
    DaemonMetrics()
    {
        counts.expect(source_set{"demo"});
        add_daemon_metrics(
            page,
            {.hooks = hooks,
             .connections = connections,
             .relay = counts,
             .progress = progress,
             .polls = polls,
             .kafka = kafka,
             .spool = [] { return spooling_journal::status{}; },
             .spool_max_bytes = 1,
             .reloads = reloads,
             .sources = [] { return std::uint64_t{1}; },
             .ready = [] { return true; }}
        );
    }

    no_journal stored;
    webhook_listener hooks{{hook{.name = "demo"}}, stored};
    http::statistics connections;
    relay_counts counts;
    readiness ready;
    relay_progress progress{ready};
    current_poller polls;
    client_statistics kafka;
    reload_counts reloads;
    metrics_page page;
};

names all_of(const std::string& text, const char* pattern)
{
    names found;
    const std::regex wanted{pattern};
    for (std::sregex_iterator it{text.begin(), text.end(), wanted}, end; it != end; ++it)
        found.insert((*it)[1]);
    return found;
}

std::string source_file(const std::string& path)
{
    return test::read_file(std::string{ROLLCALL_SOURCE_DIR "/"} + path);
}

// A part of the manual, from its headline to the next.
std::string chapter(const std::string& headline)
{
    const auto text = source_file("docs/operations.md");
    const auto begin = text.find("\n## " + headline + "\n");
    EXPECT_NE(begin, std::string::npos);
    return text.substr(begin, text.find("\n## ", begin + 1) - begin);
}

TEST_F(DaemonMetrics, AreThoseOfTheManual)
{
    EXPECT_THAT(
        all_of(page.text(), "# TYPE ([a-z_]+) "),
        testing::ContainerEq(all_of(chapter("Metrics"), "`((?:rollcall|process)_[a-z_]+)`"))
    );
}

TEST_F(DaemonMetrics, AreNamedAsPrometheusWantsIt)
{
    const test::temp_dir files;
    const auto file = files.path() / "page";
    test::write_file(file, page.text());
    const auto checked = test::run("sh", {"-c", "promtool check metrics <" + file.string()});
    EXPECT_EQ(checked.status.code, 0) << checked.out << checked.err;
}

TEST_F(DaemonMetrics, AreAllThatAlertsAndDashboardGoBy)
{
    const auto told = all_of(page.text(), "# TYPE ([a-z_]+) ");
    for (const auto* file :
         {"config/prometheus/rollcall.rules.yml", "config/grafana/rollcall.json"})
        for (auto name :
             all_of(source_file(file), "\\b((?:rollcall|process)_[a-z_]+)\\b[{\\[ )]")) {
            if (const auto bucket = name.rfind("_bucket"); bucket != std::string::npos)
                name.resize(bucket);
            EXPECT_TRUE(told.contains(name)) << file << ": " << name;
        }
}

TEST(Alerts, AreThoseOfTheManual)
{
    EXPECT_THAT(
        all_of(source_file("config/prometheus/rollcall.rules.yml"), "alert: (\\w+)"),
        testing::ContainerEq(all_of(chapter("Alerts"), "`(Rollcall\\w+)`"))
    );
}

}  // namespace
}  // namespace rollcall
