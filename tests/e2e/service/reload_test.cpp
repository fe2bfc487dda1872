// SIGHUP: the daemon goes by other settings, and neither a sender nor a reader notices.
#include "harness/deployment.hpp"
#include "harness/playing.hpp"
#include "harness/reading.hpp"
#include "support/broker.hpp"
#include "support/http_client.hpp"
#include "support/notify_receiver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <iostream>
#include <string>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// A daemon whose settings a test writes anew.
class reloaded {
public:
    explicit reloaded(const deployment::options& how = {})
        : rollcall{shared_broker(), how}, daemon{rollcall.add("only")}
    {
        daemon.start({.environment = {{"NOTIFY_SOCKET", manager.address()}}});
        original = read_file(daemon.settings());
    }

    /// What the manager is told when it is done; empty where nothing comes.
    std::string reload(const std::string& settings)
    {
        manager.take_all();
        write_file(daemon.settings(), settings);
        daemon.signal(SIGHUP);
        EXPECT_TRUE(manager.until("MONOTONIC_USEC=", 10s));
        const auto until = std::chrono::steady_clock::now() + 10s;
        while (std::chrono::steady_clock::now() < until)
            if (const auto told = manager.next(10s); told && told->starts_with("READY=1\n"))
                return *told;
        return {};
    }

    deployment rollcall;
    notify_receiver manager;
    instance& daemon;
    std::string original;
};

std::string another_source(const std::string& name, const std::string& secret_file)
{
    return "  " + name +
           ":\n    provider: attendee\n    webhook: { secrets: [ { file: " + secret_file +
           " } ] }\n";
}

// Its API is nowhere, so it is never answered; but the ledgers have to be made for it.
std::string polled_source(const std::string& name)
{
    return another_source(name, "attendee-0.secret") +
           "    poll: { base_url: \"http://127.0.0.1:1\", api_key: { file: only.key } }\n";
}

std::string url_of(const instance& to, const std::string& source)
{
    auto url = to.webhook_url();
    return url.replace(url.rfind('/') + 1, std::string::npos, source);
}

unsigned send_to(const instance& to, const std::string& source, const std::string& id)
{
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto what = participant_event("bot_reloaded", id, "join", now);
    return post(url_of(to, source), what.headers, what.body).status;
}

TEST(Reload, FiftyTimesUnderLoadFailsNobodyAndLosesNothing)
{
    reloaded at;
    ASSERT_TRUE(at.daemon.ready());
    playing::options how;
    how.world = world_of(71, 20, 5'000, 200);
    how.player.targets = {simulator::parse_target(at.daemon.webhook_url())};
    playing world{how, at.rollcall.file("truth.ndjson")};

    int refused = 0;
    for (std::uint64_t n = 1; n <= 50; ++n) {
        ASSERT_TRUE(world.acknowledged(n * 80, 60s)) << n;
        auto settings = "log: { level: " + std::string{n % 2 == 0 ? "debug" : "info"} +
                        " }\nlimits: { idle_time: " + std::to_string(20 + n) + "s }\n" +
                        at.original;
        if (n % 3 == 0)
            settings += another_source("extra", "attendee-0.secret");
        if (n % 10 == 4)  // there for two reloads
            settings += polled_source("polled");
        const bool faulty = n % 5 == 0;
        if (faulty)
            settings += "unknown: 1\n";
        const auto told = at.reload(settings);
        EXPECT_EQ(told.find("refused") != std::string::npos, faulty) << n << ": " << told;
        refused += faulty ? 1 : 0;
    }
    EXPECT_FALSE(world.over()) << "there was no load at the end";
    const auto came = world.finish();
    EXPECT_EQ(came.attempts, came.deliveries) << "some were refused";
    std::cout << came.deliveries << " webhooks over 50 reloads, " << refused
              << " of them refused\n";

    const auto truth = world.truth();
    reading reader{at.rollcall};
    reader.until_settled(ended_meetings(truth));
    reader.until_probed(at.daemon, "end");
    auto expected = at.rollcall.expected();
    expected.late_allowed = true;  // a restore may last longer than the hold
    EXPECT_EQ(listed(differences(truth, reader.without_probes(), expected)), "");
    EXPECT_EQ(at.daemon.stop(), (exit_status{0, 0}));
}

TEST(Reload, SourcesComeAndGoAtOnceAndSecretsCount)
{
    reloaded at;
    ASSERT_TRUE(at.daemon.ready());
    EXPECT_EQ(send_to(at.daemon, "new", "1"), 404U);
    const auto told = at.reload(at.original + another_source("new", "new.secret"));
    EXPECT_THAT(told, AllOf(HasSubstr("refused"), HasSubstr("sources.new.webhook.secrets[0]")))
        << "it is not there";
    EXPECT_EQ(send_to(at.daemon, "new", "1"), 404U);

    write_file(at.rollcall.file("new.secret"), deployment::secret);
    EXPECT_THAT(
        at.reload(at.original + another_source("new", "new.secret")), HasSubstr("; 2 sources, ")
    );
    EXPECT_EQ(send_to(at.daemon, "new", "1"), 202U);

    write_file(at.rollcall.file("new.secret"), "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=");
    at.reload(at.original + another_source("new", "new.secret"));
    EXPECT_EQ(send_to(at.daemon, "new", "2"), 401U);
    EXPECT_EQ(send_to(at.daemon, "demo", "3"), 202U);

    at.reload(at.original);
    EXPECT_EQ(send_to(at.daemon, "new", "4"), 404U);
    EXPECT_EQ(at.daemon.stop(), (exit_status{0, 0}));
}

TEST(Reload, LimitsAndTheLogChangeAndWhatCannotIsNamed)
{
    reloaded at;
    ASSERT_TRUE(at.daemon.ready());
    const std::string large(3'000, 'x');
    const http_headers json{{"Content-Type", "application/json"}};
    EXPECT_EQ(post(at.daemon.webhook_url(), json, large).status, 401U);
    EXPECT_THAT(read_file(at.daemon.log()), Not(HasSubstr("webhook rejected")));
    const auto told = at.reload(
        "limits: { body_bytes: 1KiB }\nlog: { level: debug }\ndedupe: { window: 90h }\n"
        "intake: { timeout: 3s }\n" +
        at.original
    );
    EXPECT_THAT(told, HasSubstr("only a restart changes dedupe.window, intake.timeout"));
    EXPECT_THAT(
        read_file(at.daemon.log()),
        AllOf(
            HasSubstr("\"setting\":\"dedupe.window\""), HasSubstr("\"setting\":\"intake.timeout\"")
        )
    );
    EXPECT_EQ(post(at.daemon.webhook_url(), json, large).status, 413U);
    EXPECT_EQ(post(at.daemon.webhook_url(), json, "{}").status, 401U);
    EXPECT_THAT(read_file(at.daemon.log()), HasSubstr("webhook rejected"));
    EXPECT_THAT(at.reload(at.original), Not(HasSubstr("restart")));
    EXPECT_EQ(at.daemon.stop(), (exit_status{0, 0}));
}

TEST(Reload, AFaultyFileIsToldWithEveryFaultAndChangesNothing)
{
    reloaded at;
    ASSERT_TRUE(at.daemon.ready());
    const auto told =
        at.reload("limits: { body_bytes: much }\nordre: { hold: 1s }\n" + at.original);
    EXPECT_THAT(told, AllOf(HasSubstr("limits.body_bytes"), HasSubstr("ordre")));
    EXPECT_THAT(
        read_file(at.daemon.log()), AllOf(HasSubstr("limits.body_bytes"), HasSubstr("ordre"))
    );
    EXPECT_EQ(send_to(at.daemon, "demo", "1"), 202U);
    EXPECT_THAT(at.reload(at.original), Not(HasSubstr("refused")));
    EXPECT_EQ(at.daemon.stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
