#include "app/arguments.hpp"

#include "app/exit_code.hpp"

#include <gmock/gmock.h>

namespace rollcall {
namespace {

using testing::HasSubstr;

const timestamp now = *parse_rfc3339("2026-08-14T09:00:00.000Z");

arguments accepted(const std::vector<std::string>& words)
{
    auto parsed = parse_arguments(words, now);
    if (const auto* answer = std::get_if<answered>(&parsed)) {
        ADD_FAILURE() << answer->text;
        return {};
    }
    return std::get<arguments>(parsed);
}

answered answer_to(const std::vector<std::string>& words)
{
    auto parsed = parse_arguments(words, now);
    if (std::holds_alternative<arguments>(parsed)) {
        ADD_FAILURE() << "was accepted";
        return {};
    }
    return std::get<answered>(parsed);
}

TEST(Arguments, NameTheCommand)
{
    using command = arguments::command;
    EXPECT_EQ(accepted({"serve"}).what, command::serve);
    EXPECT_EQ(accepted({"check"}).what, command::check);
    EXPECT_EQ(accepted({"topics"}).what, command::topics);
    EXPECT_EQ(accepted({"tail"}).what, command::tail);
}

TEST(Arguments, OfEveryCommandAreTheFileAndOverrides)
{
    EXPECT_EQ(accepted({"serve"}).settings_file, "/etc/rollcall/rollcall.yaml");
    for (const auto* command : {"serve", "check", "topics", "tail"}) {
        const auto asked = accepted(
            {command, "--config", "r.yaml", "--set", "a.b=c", "--set=instance=x=y", "-s", "empty="}
        );
        EXPECT_EQ(asked.settings_file, "r.yaml");
        ASSERT_EQ(asked.overrides.size(), 3U);
        EXPECT_EQ(asked.overrides[0].path, "a.b");
        EXPECT_EQ(asked.overrides[0].value, "c");
        EXPECT_EQ(asked.overrides[1].path, "instance");
        EXPECT_EQ(asked.overrides[1].value, "x=y");
        EXPECT_EQ(asked.overrides[2].value, "");
    }
}

TEST(Arguments, SayHowTheDoctorAsks)
{
    EXPECT_EQ(accepted({"doctor"}).what, arguments::command::doctor);
    EXPECT_FALSE(accepted({"doctor"}).doctor.json);
    EXPECT_EQ(accepted({"doctor"}).doctor.timeout, milliseconds{10'000});
    const auto asked = accepted({"doctor", "--json", "--timeout", "10m"}).doctor;
    EXPECT_TRUE(asked.json);
    EXPECT_EQ(asked.timeout, longest_doctor_timeout);
    for (const auto* wrong : {"601s", "0s", "soon"})
        EXPECT_THAT(answer_to({"doctor", "--timeout", wrong}).text, HasSubstr("up to 10m"))
            << wrong;
}

TEST(Arguments, OfHealth)
{
    EXPECT_EQ(accepted({"health"}).what, arguments::command::health);
    EXPECT_FALSE(accepted({"health"}).health.live);
    EXPECT_EQ(accepted({"health"}).health.timeout, milliseconds{3'000});
    const auto asked = accepted({"health", "--live", "--timeout", "250ms"}).health;
    EXPECT_TRUE(asked.live);
    EXPECT_EQ(asked.timeout, milliseconds{250});
    EXPECT_EQ(accepted({"health", "--timeout", "1h"}).health.timeout, longest_health_timeout);
    for (const auto* wrong : {"0s", "61m", "3"})
        EXPECT_THAT(
            answer_to({"health", "--timeout", wrong}).text, HasSubstr("should be a duration")
        );
}

TEST(Arguments, OfHooks)
{
    const auto shown = accepted({"hooks", "kit"});
    EXPECT_EQ(shown.what, arguments::command::hooks);
    EXPECT_EQ(shown.hooks.source, "kit");
    EXPECT_EQ(shown.hooks.create, "");
    EXPECT_EQ(accepted({"hooks", "kit", "--create", "https://a/b"}).hooks.create, "https://a/b");
    EXPECT_EQ(answer_to({"hooks"}).exit_code, exit_wrong_usage);
}

TEST(Arguments, OfTopicsAndTail)
{
    EXPECT_FALSE(accepted({"topics"}).topics.create);
    EXPECT_TRUE(accepted({"topics", "--create"}).topics.create);
    const auto plain = accepted({"tail"}).tail;
    EXPECT_FALSE(plain.json);
    EXPECT_EQ(plain.meeting, "");
    EXPECT_EQ(plain.from, tail_start{from_now{}});
    const auto full =
        accepted({"tail", "--json", "--meeting", "bot_1", "--from", "beginning"}).tail;
    EXPECT_TRUE(full.json);
    EXPECT_EQ(full.meeting, "bot_1");
    EXPECT_EQ(full.from, tail_start{from_beginning{}});
}

TEST(Arguments, StartATailAtATimeOrSomeTimeAgo)
{
    EXPECT_EQ(accepted({"tail", "--from", "now"}).tail.from, tail_start{from_now{}});
    EXPECT_EQ(
        accepted({"tail", "--from", "1m30s"}).tail.from, tail_start{now - milliseconds{90'000}}
    );
    EXPECT_EQ(
        accepted({"tail", "--from", "2026-08-14T10:00:00+02:00"}).tail.from,
        tail_start{*parse_rfc3339("2026-08-14T08:00:00Z")}
    );
}

TEST(Arguments, OfABackfill)
{
    const auto asked = accepted({"backfill", "recall-prod", "--since", "1h"});
    EXPECT_EQ(asked.what, arguments::command::backfill);
    EXPECT_EQ(asked.backfill.source, "recall-prod");
    EXPECT_EQ(asked.backfill.since, now - std::chrono::hours{1});
    EXPECT_TRUE(asked.backfill.progress.empty());
    const auto kept =
        accepted({"backfill", "r", "--since", "2026-03-01T00:00:00Z", "--progress", "march.json"});
    EXPECT_EQ(kept.backfill.since, *parse_rfc3339("2026-03-01T00:00:00Z"));
    EXPECT_EQ(kept.backfill.progress, "march.json");
}

TEST(Arguments, OfExplain)
{
    const auto plain = accepted({"explain", "pe_1"});
    EXPECT_EQ(plain.what, arguments::command::explain);
    EXPECT_EQ(plain.explain.id, "pe_1");
    EXPECT_EQ(plain.explain.source, "");
    EXPECT_EQ(plain.explain.since, std::nullopt);
    EXPECT_FALSE(plain.explain.json);
    const auto full =
        accepted({"explain", "pe_1", "--since", "2h", "--source", "sales", "--json"}).explain;
    EXPECT_EQ(full.since, now - std::chrono::hours{2});
    EXPECT_EQ(full.source, "sales");
    EXPECT_TRUE(full.json);
}

TEST(Arguments, OfDeadLetters)
{
    using action = deadletter_options::action;
    const auto listed = accepted({"deadletter", "list", "--json"});
    EXPECT_EQ(listed.what, arguments::command::deadletter);
    EXPECT_EQ(listed.deadletter.what, action::list);
    EXPECT_TRUE(listed.deadletter.json);
    EXPECT_EQ(listed.deadletter.since, std::nullopt);
    const auto shown = accepted({"deadletter", "show", "0:17", "--body"}).deadletter;
    EXPECT_EQ(shown.what, action::show);
    EXPECT_EQ(shown.place, (intake_place{0, 17}));
    EXPECT_TRUE(shown.body);
    const auto replayed = accepted({"deadletter",
                                    "replay",
                                    "--reason",
                                    "field missing",
                                    "--source",
                                    "rooms",
                                    "--since",
                                    "2h",
                                    "--until",
                                    "1h",
                                    "--dry-run"})
                              .deadletter;
    EXPECT_EQ(replayed.what, action::replay);
    EXPECT_EQ(replayed.reason, "field missing");
    EXPECT_EQ(replayed.source, "rooms");
    EXPECT_EQ(replayed.since, now - std::chrono::hours{2});
    EXPECT_EQ(replayed.until, now - std::chrono::hours{1});
    EXPECT_TRUE(replayed.dry_run);
    EXPECT_EQ(replayed.place, std::nullopt);
    EXPECT_EQ(accepted({"deadletter", "list", "--config", "r.yaml"}).settings_file, "r.yaml");
}

TEST(Arguments, OfReplay)
{
    const auto asked = accepted({"replay", "--since", "2d"});
    EXPECT_EQ(asked.what, arguments::command::replay);
    EXPECT_EQ(asked.replay.since, now - std::chrono::hours{48});
    EXPECT_EQ(asked.replay.until, std::nullopt);
    EXPECT_FALSE(asked.replay.dry_run);
    const auto full = accepted({"replay",
                                "--since",
                                "2d",
                                "--until",
                                "2026-08-14T08:00:00Z",
                                "--source",
                                "rooms",
                                "--dry-run"})
                          .replay;
    EXPECT_EQ(full.until, *parse_rfc3339("2026-08-14T08:00:00Z"));
    EXPECT_EQ(full.source, "rooms");
    EXPECT_TRUE(full.dry_run);
}

TEST(Arguments, ThatAreWrongAreSaidToBe)
{
    const std::pair<std::vector<std::string>, const char*> wrong[] = {
        {{}, "Usage: rollcall"},
        {{"--config", "f", "serve"}, "`--config` is no command, which comes first"},
        {{""}, "`` is no command"},
        {{"serv"}, "`serv` is no command, nearest is `serve`"},
        {{"rewind"}, "`rewind` is no command\n"},
        {{"replay"}, "--since is required"},
        {{"serve", "now"}, "now"},
        {{"serve", "check"}, "check"},
        {{"serve", "--create"}, "--create"},
        {{"serve", "--config"}, "--config"},
        {{"serve", "--set", "order.hold"}, "`order.hold` should be PATH=VALUE"},
        {{"serve", "--set", "=x"}, "should be PATH=VALUE"},
        {{"tail", "--from", "yesterday"}, "`yesterday` should be beginning, now, a time"},
        {{"tail", "--from", "10"}, "`10` should be"},
        {{"backfill", "--since", "7d"}, "SOURCE"},
        {{"backfill", "r"}, "--since"},
        {{"backfill", "r", "--since", "beginning"}, "`beginning` should be a time"},
        {{"explain"}, "ID is required"},
        {{"deadletter"}, "A subcommand is required"},
        {{"deadletter", "show"}, "PLACE is required"},
        {{"deadletter", "show", "17"}, "`17` should be PARTITION:OFFSET"},
        {{"explain", "x", "--since", "yesterday"}, "`yesterday` should be a time"},
    };
    for (const auto& [words, said] : wrong) {
        const auto answer = answer_to(words);
        EXPECT_EQ(answer.exit_code, exit_wrong_usage) << said;
        EXPECT_THAT(answer.text, HasSubstr(said));
        EXPECT_THAT(answer.text, testing::EndsWith("\n"));
    }
}

TEST(Help, TeachesWithExamples)
{
    const auto all = answer_to({"--help"});
    EXPECT_EQ(all.exit_code, exit_done);
    for (const auto* command :
         {"serve", "check", "topics", "tail", "backfill", "explain", "deadletter", "replay"}) {
        EXPECT_THAT(all.text, HasSubstr("\n  " + std::string{command} + " "));
        const auto one = answer_to({command, "--help"});
        EXPECT_EQ(one.exit_code, exit_done);
        EXPECT_THAT(one.text, HasSubstr("Examples:\n  rollcall " + std::string{command}));
        EXPECT_THAT(one.text, HasSubstr("The settings, by default /etc/rollcall/rollcall.yaml"));
        EXPECT_THAT(one.text, HasSubstr("--set PATH=VALUE"));
    }
}

TEST(Version, NamesRollcallAndItsLibraries)
{
    const auto version = answer_to({"--version"});
    EXPECT_EQ(version.exit_code, exit_done);
    EXPECT_THAT(
        version.text,
        testing::MatchesRegex("rollcall [0-9.]+\nBoost [0-9.]+\nlibrdkafka [0-9.]+\nRapidJSON "
                              "[0-9.]+\nspdlog [0-9.]+\nyaml-cpp [0-9.]+\nOpenSSL [0-9.]+\n")
    );
}

}  // namespace
}  // namespace rollcall
