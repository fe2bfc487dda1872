// What a real Prometheus makes of the daemon: its metrics, the alerts and the dashboard.
#include "harness/books.hpp"
#include "harness/deployment.hpp"
#include "harness/playing.hpp"
#include "harness/reading.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/ports.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

std::string percent_encoded(const std::string& text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        (out += '%').append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
    }
    return out;
}

// A Prometheus that looks at one daemon several times a second, with the alerts.
class prometheus {
public:
    prometheus(const deployment& of, const instance& daemon)
    {
        const auto settings = of.file("prometheus.yml");
        write_file(
            settings,
            "global: { scrape_interval: 300ms, scrape_timeout: 300ms, evaluation_interval: 300ms "
            "}\n"
            "rule_files: [ \"" ROLLCALL_SOURCE_DIR
            "/config/prometheus/rollcall.rules.yml\" ]\n"
            "scrape_configs: [ { job_name: rollcall, static_configs: [ { targets: [ \"" +
                daemon.ops_at() + "\" ] } ] } ]\n"
        );
        runs_ = std::make_unique<process>(process::options{
            .program = "prometheus",
            .arguments =
                {"--config.file=" + settings.string(),
                 "--storage.tsdb.path=" + of.file("prometheus").string(),
                 "--web.listen-address=" + address_},
            .environment = {},
            .standard_output = output::discarded(),
            .standard_error = output::to_file(of.file("prometheus.log"))});
    }

    struct answer {
        std::string fault;       ///< empty where the query is right
        std::size_t series = 0;  ///< that it has found
    };
    answer ask(const std::string& query) const
    {
        const auto got =
            get("http://" + address_ + "/api/v1/query?query=" + percent_encoded(query), {}, 5s);
        rapidjson::Document read;
        read.Parse(got.body.c_str());
        if (read.HasParseError() || !read.IsObject())
            return {"no answer: " + got.body};
        if (std::string{read["status"].GetString()} != "success")
            return {read["error"].GetString()};
        return {{}, read["data"]["result"].Size()};
    }
    bool sees(const std::string& query) const { return ask(query).series > 0; }

private:
    const std::string address_ = free_address();
    std::unique_ptr<process> runs_;
};

void replace_all(std::string& in, const std::string& what, const std::string& by)
{
    for (std::size_t at = 0; (at = in.find(what, at)) != std::string::npos; at += by.size())
        in.replace(at, what.size(), by);
}

struct panel_query {
    std::string panel;
    std::string expression;
    /// It looks for what should not be there.
    bool may_be_empty() const { return expression.ends_with("> 0"); }
};

// What the dashboard asks, with its variables as Grafana would have them.
std::vector<panel_query> dashboard_queries()
{
    rapidjson::Document read;
    read.Parse(read_file(ROLLCALL_SOURCE_DIR "/config/grafana/rollcall.json").c_str());
    std::vector<panel_query> all;
    for (const auto& panel : read["panels"].GetArray()) {
        if (!panel.HasMember("targets"))
            continue;
        for (const auto& target : panel["targets"].GetArray()) {
            std::string expression = target["expr"].GetString();
            replace_all(expression, "$__rate_interval", "1m");
            for (const auto* variable : {"$instance", "$source", "$job"})
                replace_all(expression, variable, ".*");
            all.push_back({panel["title"].GetString(), std::move(expression)});
        }
    }
    return all;
}

unsigned send_forged(const instance& to, const std::string& source)
{
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto what = participant_event("bot_forged", "pe_forged", "join", now);
    const auto other = participant_event("bot_forged", "pe_other", "join", now);
    return post(to.webhook_url(source), other.headers, what.body).status;
}

TEST(Metrics, APrometheusSeesAWrongSecretAndWhatEveryPanelShows)
{
    deployment::options how;
    how.more_sources =
        "  wrong:\n    provider: attendee\n"
        "    webhook: { secrets: [ { file: attendee-0.secret } ] }\n"
        "  polled:\n    provider: attendee\n"
        "    webhook: { secrets: [ { file: attendee-0.secret } ] }\n"
        "    poll: { base_url: \"http://127.0.0.1:1\", api_key: { file: attendee-0.secret } }\n";
    deployment rollcall{shared_broker(), how};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());
    const prometheus sees{rollcall, daemon};
    ASSERT_TRUE(eventually(30s, [&] { return sees.sees("rollcall_ready == 1"); }));

    for (int n = 0; n < 5; ++n)
        EXPECT_EQ(send_forged(daemon, "wrong"), 401U);
    playing::options world;
    world.world = world_of(81, 5, 200, 200);
    world.player.targets = {simulator::parse_target(daemon.webhook_url())};
    playing plays{world, rollcall.file("truth.ndjson")};
    plays.finish();
    reading reader{rollcall};
    reader.until_settled(ended_meetings(plays.truth()));

    auto page = daemon.metrics();
    ASSERT_TRUE(page);
    EXPECT_THAT(imbalances(*page), testing::IsEmpty());
    EXPECT_TRUE(eventually(10s, [&] { return (page = daemon.metrics()) && unread(*page).empty(); }))
        << unread(*page).front();
    EXPECT_GT(page->sum("rollcall_messages_published_total", {{"source", "demo"}}), 200);
    EXPECT_EQ(
        page->sum(
            "rollcall_webhooks_rejected_total", {{"source", "wrong"}, {"reason", "signature"}}
        ),
        5
    );
    EXPECT_TRUE(eventually(30s, [&] {
        return sees.sees("ALERTS{alertname='RollcallOnlyBadSignatures',source='wrong'}");
    }));
    EXPECT_FALSE(sees.sees("ALERTS{alertname='RollcallOnlyBadSignatures',source='demo'}"));
    EXPECT_FALSE(sees.sees("ALERTS{alertname='RollcallBooksDoNotBalance'}"));

    const auto queries = dashboard_queries();
    EXPECT_GT(queries.size(), 20U);
    for (const auto& each : queries) {
        const auto answer = sees.ask(each.expression);
        EXPECT_EQ(answer.fault, "") << each.panel << ": " << each.expression;
        EXPECT_TRUE(answer.series > 0 || each.may_be_empty())
            << each.panel << " shows nothing: " << each.expression;
    }
}

}  // namespace
}  // namespace rollcall::test
