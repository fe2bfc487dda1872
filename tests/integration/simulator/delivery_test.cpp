#include "receiver.hpp"
#include "simulator/attendee.hpp"
#include "simulator/player.hpp"
#include "simulator/truth.hpp"
#include "support/eventually.hpp"
#include "support/ports.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <memory>
#include <set>

namespace rollcall::simulator {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

unsigned accept_all(const std::vector<received>&)
{
    return 202;
}

/// The first attempt of a body is refused, the second is not answered, the third is taken.
unsigned take_the_third(const std::vector<received>& all)
{
    const auto& body = all.back().body;
    switch (std::ranges::count(all, body, &received::body)) {
        case 1:
            return 503;
        case 2:
            return receiver::close_without_answer;
        default:
            return 200;
    }
}

class Delivery : public testing::Test {
protected:
    performance small_world(const faults& wanted = {}) const
    {
        world_options options;
        options.seed = 3;
        options.meetings = 3;
        options.events = 30;
        options.length = 100ms;
        return prepare(
            options,
            provider,
            {std::chrono::floor<milliseconds>(std::chrono::system_clock::now()), 1},
            wanted
        );
    }

    /// The provider's waits, shortened so that a second takes 50 ms.
    report send(const performance& what, player_options options)
    {
        const auto scaled = options.time_scale;
        options.time_scale = scaled == 1 ? 20 : scaled;
        return play(
            what,
            provider,
            options,
            steady::now(),
            [this](const outcome& how) { outcomes.push_back(how); },
            seen,
            {}
        );
    }

    attendee provider{secret};
    std::vector<outcome> outcomes;
    progress seen;
};

TEST_F(Delivery, SendsEachOnceOverAConnectionOfItsOwnWhileAllIsWell)
{
    receiver to{accept_all};
    const auto what = small_world();
    player_options options;
    options.targets = {parse_target(to.url())};
    const auto done = send(what, options);
    const auto arrived = to.stop();

    EXPECT_EQ(done.acknowledged, what.told.size());
    EXPECT_EQ(done.given_up, 0U);
    EXPECT_EQ(seen.acknowledged, what.told.size());
    ASSERT_EQ(arrived.size(), what.told.size());
    std::set<std::size_t> connections;
    for (const auto& each : arrived) {
        connections.insert(each.connection);
        EXPECT_EQ(each.target, "/hooks/test");
    }
    EXPECT_EQ(connections.size(), arrived.size());
}

TEST_F(Delivery, KeepsItsConnectionsWhereToldTo)
{
    receiver to{accept_all};
    player_options options;
    options.targets = {parse_target(to.url())};
    options.keep_alive = true;
    options.paced = false;
    options.connections = 2;
    EXPECT_EQ(send(small_world(), options).given_up, 0U);
    std::set<std::size_t> connections;
    for (const auto& each : to.stop())
        connections.insert(each.connection);
    EXPECT_EQ(connections.size(), 2U);
}

TEST_F(Delivery, RepeatsTheSameBytesWithTheProvidersWaits)
{
    receiver to{take_the_third};
    const auto what = small_world();
    player_options options;
    options.targets = {parse_target(to.url())};
    const auto done = send(what, options);
    const auto arrived = to.stop();

    EXPECT_EQ(done.acknowledged, what.told.size());
    EXPECT_EQ(done.attempts, 3 * what.told.size());
    std::map<std::string, std::vector<received>> by_body;
    for (const auto& each : arrived)
        by_body[each.body].push_back(each);
    ASSERT_EQ(by_body.size(), what.told.size());
    std::set<long> first_waits;
    std::set<long> second_waits;
    for (const auto& [body, attempts] : by_body) {
        ASSERT_EQ(attempts.size(), 3U);
        EXPECT_EQ(attempts[0].headers, attempts[2].headers);
        // In units of the scaled second: 50 ms, and half of one for the machine.
        first_waits.insert((attempts[1].at - attempts[0].at) / 50ms);
        second_waits.insert((attempts[2].at - attempts[1].at) / 50ms);
    }
    EXPECT_TRUE(first_waits.contains(0) && first_waits.contains(1));
    EXPECT_TRUE(second_waits.contains(0) && second_waits.contains(1) && second_waits.contains(2));
}

TEST_F(Delivery, IsGivenUpAfterThreeAttempts)
{
    receiver to{[](const auto&) { return 500U; }};
    const auto what = small_world();
    player_options options;
    options.targets = {parse_target(to.url())};
    const auto done = send(what, options);
    EXPECT_EQ(done.given_up, what.told.size());
    EXPECT_EQ(to.stop().size(), 3 * what.told.size());
    for (const auto& each : outcomes)
        EXPECT_THAT(each.attempts, testing::Each(testing::Field(&attempt::status, 500U)));
}

TEST_F(Delivery, AnAnswerThatDoesNotComeIsGivenUpOnAfterTheProvidersTimeOut)
{
    receiver to{[](const auto& all) {
        return std::ranges::count(all, all.back().body, &received::body) == 1
                   ? receiver::never_answer
                   : 200U;
    }};
    const auto what = small_world();
    player_options options;
    options.targets = {parse_target(to.url())};
    options.time_scale = 50;  // 10 s become 200 ms
    EXPECT_EQ(send(what, options).attempts, 2 * what.told.size());
    for (const auto& each : outcomes)
        EXPECT_GE(each.attempts[1].at - each.attempts[0].at, 199ms);
}

TEST_F(Delivery, NobodyThereIsAnAttemptToo)
{
    player_options options;
    options.targets = {parse_target("http://" + test::free_address() + "/hooks/test")};
    const auto what = small_world();
    EXPECT_EQ(send(what, options).given_up, what.told.size());
    for (const auto& each : outcomes)
        EXPECT_THAT(each.attempts.back().failure, testing::StartsWith("connect: "));
}

TEST_F(Delivery, FailoverFindsTheTargetThatIsThere)
{
    receiver to{accept_all};
    player_options options;
    options.targets = {
        parse_target("http://" + test::free_address() + "/hooks/test"), parse_target(to.url())};
    options.over = spread::failover;
    const auto what = small_world();
    EXPECT_EQ(send(what, options).attempts, what.told.size());
}

TEST_F(Delivery, RoundRobinUsesAllTargetsAndRepeatsAtAnother)
{
    receiver good{accept_all};
    receiver bad{[](const auto&) { return 503U; }};
    player_options options;
    options.targets = {parse_target(good.url()), parse_target(bad.url())};
    const auto what = small_world();
    EXPECT_EQ(send(what, options).given_up, 0U);
    EXPECT_GT(bad.stop().size(), what.told.size() / 3);
}

TEST_F(Delivery, StopsWhenAskedTo)
{
    receiver to{accept_all};
    player_options options;
    options.targets = {parse_target(to.url())};
    auto what = small_world();
    for (auto& each : what.planned.deliveries)
        each.due += std::chrono::hours{1};
    what.planned.deliveries.front().due = 0ms;
    const auto stop = std::make_unique<std::stop_source>();
    const auto stop_at_first = [&](const outcome&) { stop->request_stop(); };
    const auto done =
        play(what, provider, options, steady::now(), stop_at_first, seen, stop->get_token());
    EXPECT_EQ(done.deliveries, 1U);
}

TEST_F(Delivery, TheTruthSaysWhatWasSentAndWhatCameOfIt)
{
    receiver to{take_the_third};
    faults some;
    some.lost = 0.1;
    some.duplicated = 0.3;
    some.duplicate_span = 50ms;
    const auto what = small_world(some);
    player_options options;
    options.targets = {parse_target(to.url())};
    options.time_scale = 20;

    const test::temp_dir directory;
    const auto file = directory.path() / "truth.ndjson";
    truth_log log{file};
    log.begin(what, provider);
    const auto record = [&](const outcome& how) { log.record(what, how); };
    const auto done = play(what, provider, options, steady::now(), record, seen, {});
    EXPECT_FALSE(read_truth(file).complete);
    log.over(done);

    const auto read = read_truth(file);
    EXPECT_TRUE(read.complete);
    EXPECT_EQ(read.meetings.size(), what.of.meetings.size());
    ASSERT_EQ(read.events.size(), what.told.size());
    std::size_t deliveries = 0;
    for (std::size_t i = 0; i < read.events.size(); ++i) {
        const auto& event = read.events[i];
        deliveries += event.deliveries.size();
        EXPECT_EQ(event.lost, event.deliveries.empty());
        EXPECT_EQ(event.acknowledged(), !event.lost);
        EXPECT_EQ(event.meeting, what.told[i].meeting_id);
        if (const auto& expected = what.told[i].expected; expected && expected->who) {
            EXPECT_EQ(event.kind, expected->kind);
            const auto who = event.who.value_or(truth::person{});
            EXPECT_EQ(who.id, expected->who->id);
            EXPECT_EQ(who.name, expected->who->name);
            EXPECT_EQ(event.occurred_at, to_text(expected->occurred_at));
        }
    }
    EXPECT_EQ(deliveries, what.planned.deliveries.size());
    EXPECT_GT(deliveries, read.events.size());
}

TEST_F(Delivery, ATruthCutOffInTheMiddleOfALineIsReadUpToThere)
{
    const test::temp_dir directory;
    const auto file = directory.path() / "truth.ndjson";
    const auto what = small_world();
    truth_log{file}.begin(what, provider);
    auto bytes = test::read_file(file);
    bytes.resize(bytes.size() - 20);
    test::write_file(file, bytes);
    EXPECT_EQ(read_truth(file).events.size(), what.told.size() - 1);
}

TEST(SimulatorProgram, SaysHowItWentAndEndsAccordingly)
{
    const test::temp_dir directory;
    const auto key = directory.path() / "secret";
    test::write_file(key, std::string{secret} + "\n");
    const auto run = [&](const std::string& url) {
        return test::run(
            ROLLCALL_SIMULATOR,
            {"--target",
             url,
             "--secret-file",
             key,
             "--meetings",
             "3",
             "--events",
             "40",
             "--rate",
             "400",
             "--time-scale",
             "100",
             "--duplicate",
             "10",
             "--truth",
             directory.path() / "truth"}
        );
    };
    receiver good{accept_all};
    const auto well = run(good.url());
    EXPECT_EQ(well.status.code, 0) << well.err;
    EXPECT_THAT(well.out, testing::HasSubstr("given_up=0 "));
    EXPECT_TRUE(read_truth(directory.path() / "truth").complete);

    receiver bad{[](const auto&) { return 503U; }};
    EXPECT_EQ(run(bad.url()).status.code, 1);

    const auto wrong =
        test::run(ROLLCALL_SIMULATOR, {"--target", "ftp://somewhere", "--secret-file", key});
    EXPECT_EQ(wrong.status.code, 2);
    EXPECT_THAT(wrong.err, testing::HasSubstr("--target"));
}

TEST(SimulatorProgram, FinishesOnSigterm)
{
    const test::temp_dir directory;
    const auto key = directory.path() / "secret";
    test::write_file(key, secret);
    std::atomic<int> arrived{0};
    receiver to{[&](const auto&) {
        ++arrived;
        return 202U;
    }};
    test::process simulator{
        {ROLLCALL_SIMULATOR,
         {"--target",
          to.url(),
          "--secret-file",
          key,
          "--forever",
          "--rate",
          "200",
          "--events",
          "20",
          "--meetings",
          "2"},
         {},
         test::output::to_pipe(),
         test::output::discarded()}};
    // More than one world holds: the second one has begun.
    EXPECT_TRUE(test::eventually(30s, [&] { return arrived >= 60; }));
    EXPECT_EQ(simulator.stop(10s), (test::exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::simulator
