// Meetings that webhooks and a download tell, with what happens to both on their way.
#include "relay/roll.hpp"
#include "story.hpp"
#include "told_world.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <ostream>
#include <random>
#include <string>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string source = make_event(kind::meeting_ended, "m", "", day_one, "x").source;

roll_settings polled()
{
    return {.polled = {source}};
}

roll_settings matched(milliseconds window = 2s)
{
    auto how = polled();
    how.matched[source] = {.window = window};
    return how;
}

event told(kind what, const std::string& who, timestamp at, way via)
{
    const auto alike = std::string{to_string(what)} + ':' + who;
    auto e = make_event(
        what, "m", who, at, alike + ':' + std::to_string(at.time_since_epoch().count()), via
    );
    e.alike = alike;
    return e;
}

event joined(const std::string& who, timestamp at, way via)
{
    return told(kind::participant_joined, who, at, via);
}

event spoke(const std::string& who, timestamp at, way via)
{
    return told(kind::participant_speech_started, who, at, via);
}

event stand_in(const std::string& who, timestamp at)
{
    auto e = make_event(
        kind::participant_speech_started,
        "m",
        who,
        at,
        "timeline:" + who + std::to_string(at.time_since_epoch().count()),
        way::download
    );
    e.alike = "participant.speech_started:" + who;  // as what it stands in for
    e.stands_in = true;
    return e;
}

// Records of one partition, one after the other, each in a transaction of its own.
class DownloadRoll : public testing::Test {
protected:
    explicit DownloadRoll(roll_settings how = matched()) : plays_{std::move(how)} {}

    void come(event e, const std::string& download = {})
    {
        e.received_at = now_ += 10ms;
        add({std::move(e), 0, download, tracking_sign::none});
    }
    void row(event e) { come(std::move(e), "d"); }
    void notice(tracking_sign sign, const std::string& download = "d")
    {
        auto e = make_event(kind::meeting_ended, "m", "", day_one, "");
        e.received_at = now_ += 10ms;
        add({std::move(e), 0, download, sign});
    }
    void pass(milliseconds time) { plays_.pass_time(now_ += time); }
    void restart()
    {
        plays_.restart(now_);
        from_ = plays_.committed();
        plays_.commit_batch(records_, from_, records_.size(), now_);
        from_ = records_.size();
    }
    std::vector<std::string> lines()
    {
        pass(1min);
        std::vector<std::string> all;
        for (const auto& p : plays_.out())
            all.push_back(
                std::string{to_string(p.what.via)} + ' ' +
                (p.what.participant ? p.what.participant->id : "-") + ' ' +
                std::to_string((p.what.occurred_at - day_one).count())
            );
        std::ranges::sort(all);
        return all;
    }
    download_audit audit()
    {
        auto all = plays_.take_download_audits();
        return all.size() == 1 ? all[0] : download_audit{.download = "none"};
    }

    player plays_;

private:
    void add(record one)
    {
        one.offset = static_cast<std::int64_t>(records_.size());
        records_.push_back(std::move(one));
        plays_.commit_batch(records_, from_, records_.size(), now_);
        from_ = records_.size();
    }

    std::vector<record> records_;
    std::size_t from_ = 0;
    timestamp now_ = day_one + 1h;
};

class ExactRoll : public DownloadRoll {
protected:
    ExactRoll() : DownloadRoll{polled()} {}
};

TEST_F(ExactRoll, TakesOnlyExactKeysForTheSame)
{
    come(joined("a", day_one, way::webhook));
    come(joined("b", day_one, way::webhook));
    row(joined("a", day_one, way::download));
    row(joined("b", day_one + 1ms, way::download));
    EXPECT_THAT(lines(), ElementsAre("download b 1", "webhook a 0", "webhook b 0"));
}

TEST_F(ExactRoll, CountsWhatOnlyOneWayHasTold)
{
    come(joined("a", day_one, way::webhook));
    come(joined("b", day_one + 3s, way::webhook));
    row(joined("a", day_one, way::download));
    row(joined("c", day_one, way::download));
    row(joined("d", day_one + 9s, way::download));
    notice(tracking_sign::downloaded);
    const auto told = audit();
    EXPECT_EQ(told.rows, 3U);
    EXPECT_EQ(told.exact, 1U);
    EXPECT_EQ(told.webhook_only, 1U);
    EXPECT_EQ(told.download_only, 2U);
    EXPECT_FALSE(told.differ);
}

TEST_F(ExactRoll, SeesThatTheClocksDiffer)
{
    for (int i = 0; i < 5; ++i) {
        come(joined("a", day_one + 17s * i, way::webhook));
        row(joined("a", day_one + 17s * i + 800ms, way::download));
    }
    notice(tracking_sign::downloaded);
    const auto told = audit();
    ASSERT_TRUE(told.differ);
    EXPECT_EQ(told.differ->distance, -800ms);
    EXPECT_EQ(told.differ->facing, 5U);
}

// Its first row holds the offset: half a download after a restart would count too little.
TEST_F(ExactRoll, AuditsTheWholeOfADownloadAfterARestart)
{
    come(joined("a", day_one, way::webhook));
    pass(10s);
    row(joined("a", day_one, way::download));
    pass(10s);
    restart();
    row(joined("b", day_one, way::download));
    notice(tracking_sign::downloaded);
    const auto told = audit();
    EXPECT_EQ(told.rows, 2U);
    EXPECT_EQ(told.exact, 1U);
    EXPECT_EQ(told.webhook_only, 0U);
    pass(10s);
    EXPECT_FALSE(plays_.rolls().oldest_held());
}

TEST_F(ExactRoll, KnowsWhichRowsLateWebhooksHaveTold)
{
    row(joined("a", day_one, way::download));
    notice(tracking_sign::downloaded);
    EXPECT_EQ(audit().download_only, 1U);
    come(joined("a", day_one, way::webhook));
    row(joined("a", day_one, way::download));
    notice(tracking_sign::downloaded);
    const auto told = audit();
    EXPECT_EQ(told.exact, 1U);
    EXPECT_EQ(told.download_only, 0U);
}

TEST_F(DownloadRoll, MatchesRowsThatTellAnotherTime)
{
    come(joined("a", day_one, way::webhook));
    row(joined("a", day_one + 900ms, way::download));
    row(joined("b", day_one, way::download));
    EXPECT_THAT(lines(), ElementsAre("webhook a 0"));
    notice(tracking_sign::downloaded);
    EXPECT_FALSE(plays_.rolls().oldest_held());
    EXPECT_EQ(audit().matched, 1U);
    EXPECT_THAT(lines(), ElementsAre("download b 0", "webhook a 0"));
    EXPECT_FALSE(plays_.rolls().oldest_held());
}

TEST_F(DownloadRoll, MatchesWebhooksThatComeAfterTheirDownload)
{
    row(joined("a", day_one, way::download));
    row(joined("b", day_one, way::download));
    notice(tracking_sign::downloaded);
    pass(10s);
    come(joined("a", day_one + 900ms, way::webhook));
    come(joined("c", day_one, way::webhook));
    EXPECT_TRUE(plays_.rolls().oldest_held());
    EXPECT_THAT(lines(), ElementsAre("download a 0", "download b 0", "webhook c 0"));
    EXPECT_FALSE(plays_.rolls().oldest_held());
}

TEST_F(DownloadRoll, LetsAWebhookPassThatFacesNothing)
{
    row(joined("a", day_one, way::download));
    notice(tracking_sign::downloaded);
    come(joined("b", day_one, way::webhook));
    pass(3s);
    EXPECT_EQ(plays_.out().size(), 2U);
}

TEST_F(DownloadRoll, TellsARepeatedLateWebhookFromASecondOne)
{
    row(joined("a", day_one, way::download));
    notice(tracking_sign::downloaded);
    for (const std::uint32_t said : {7U, 7U, 8U}) {
        auto e = joined("a", day_one + 500ms, way::webhook);
        e.content = said;
        come(std::move(e));
    }
    EXPECT_THAT(lines(), ElementsAre("download a 0", "webhook a 500"));
}

TEST_F(DownloadRoll, MatchesLateWebhooksOfASettledMeetingAfterARestart)
{
    row(joined("a", day_one, way::download));
    come(make_event(kind::meeting_ended, "m", "", day_one + 1min, "end", way::poll));
    notice(tracking_sign::downloaded);
    notice(tracking_sign::swept);
    pass(10s);
    restart();
    come(joined("a", day_one + 300ms, way::webhook));
    EXPECT_THAT(
        lines(), ElementsAre("derived - 60000", "derived a 60000", "download a 0", "poll - 60000")
    );
}

TEST_F(DownloadRoll, DecidesWithWhatHasComeWhenTheLastSweepIsDone)
{
    come(joined("a", day_one, way::webhook));
    row(joined("a", day_one + 900ms, way::download));
    row(joined("b", day_one, way::download));
    notice(tracking_sign::swept);
    EXPECT_THAT(lines(), ElementsAre("download b 0", "webhook a 0"));
    EXPECT_THAT(plays_.take_download_audits(), IsEmpty());
    EXPECT_FALSE(plays_.rolls().oldest_held());
}

TEST_F(DownloadRoll, MatchesADownloadThatBrokeOffWhenItComesAgain)
{
    for (int i = 0; i < 6; ++i)
        come(joined("a", day_one + 20s * i, way::webhook));
    for (const int rows : {3, 6}) {
        for (int i = 0; i < rows; ++i)
            row(joined("a", day_one + 20s * i + 700ms, way::download));
        pass(1min);
        EXPECT_EQ(plays_.out().size(), 6U);
        restart();
    }
    notice(tracking_sign::downloaded);
    EXPECT_EQ(audit().matched, 6U);
    EXPECT_EQ(lines().size(), 6U);
}

// Beyond the bound nothing is lost, and what is told with another time comes twice.
class BoundedRoll : public DownloadRoll {
protected:
    static roll_settings bounded()
    {
        auto how = matched();
        how.gathered = 10;
        return how;
    }
    BoundedRoll() : DownloadRoll{bounded()} {}
};

TEST_F(BoundedRoll, TakesExactKeysOnlyForADownloadOfTooManyRows)
{
    for (int i = 0; i < 20; ++i)
        come(joined("a", day_one + 20s * i, way::webhook));
    pass(5s);
    for (int i = 0; i < 20; ++i) {
        row(joined("a", day_one + 20s * i + (i % 2 == 0 ? 0ms : 700ms), way::download));
        EXPECT_LE(plays_.rolls().held(), 11U);  // one of them waits for its turn
        pass(5s);
    }
    notice(tracking_sign::downloaded);
    EXPECT_FALSE(audit().whole);
    EXPECT_EQ(lines().size(), 30U);
    row(joined("b", day_one, way::download));
    notice(tracking_sign::downloaded);
    EXPECT_TRUE(audit().whole);
}

TEST_F(BoundedRoll, DecidesLateWebhooksSoonerWhereThereAreTooMany)
{
    for (int i = 0; i < 4; ++i)
        row(joined("a", day_one + 20s * i, way::download));
    notice(tracking_sign::downloaded);
    pass(10s);
    for (int i = 0; i < 30; ++i)
        come(joined("a", day_one + 20s * i + 700ms, way::webhook));
    EXPECT_EQ(lines().size(), 30U);
}

// ---- what stands in for others

TEST_F(ExactRoll, PublishesWhatStandsInForNothingOnlyAfterTheSweep)
{
    row(stand_in("a", day_one));
    row(stand_in("b", day_one));
    notice(tracking_sign::downloaded);
    EXPECT_THAT(lines(), IsEmpty());
    restart();
    row(spoke("b", day_one + 5s, way::download));  // later, in the same download
    notice(tracking_sign::downloaded);
    notice(tracking_sign::swept);
    EXPECT_THAT(lines(), ElementsAre("download a 0", "download b 5000"));
    EXPECT_FALSE(plays_.rolls().oldest_held());
}

TEST_F(ExactRoll, DropsWhatStandsInForARealTimeEventAlsoAfterARestart)
{
    come(spoke("a", day_one, way::webhook));
    pass(10s);
    restart();
    row(stand_in("a", day_one + 1s));
    notice(tracking_sign::swept);
    EXPECT_THAT(lines(), ElementsAre("webhook a 0"));
}

TEST_F(ExactRoll, PublishesMoreThatStandsInWhereOnlySuchIsOut)
{
    row(stand_in("a", day_one));
    notice(tracking_sign::swept);
    pass(10s);
    restart();
    row(stand_in("a", day_one));
    row(stand_in("a", day_one + 1s));
    notice(tracking_sign::swept);
    EXPECT_THAT(lines(), ElementsAre("download a 0", "download a 1000"));
}

// ---- random worlds

const kind whats[] = {
    kind::participant_joined,
    kind::participant_left,
    kind::participant_webcam_on,
    kind::participant_webcam_off,
    kind::participant_speech_started,
    kind::participant_speech_stopped};

enum class order { webhooks_first, download_first, download_between };

struct way_of_worlds {
    const char* name;
    order comes;
    double jitter;  // as a part of the distance of like events
    bool equal_clocks;
};
void PrintTo(const way_of_worlds& how, std::ostream* out)
{
    *out << how.name << ' ' << how.jitter;
}

// One meeting's records in the order in which they come.
std::vector<record> records_of(
    const std::vector<happening>& all, order comes, std::mt19937& dice, timestamp& now
)
{
    std::vector<record> webhooks, rows;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& one = all[i];
        const auto who = "p" + std::to_string(one.participant);
        const auto add = [&](std::vector<record>& to, timestamp at, way via) {
            auto e = told(whats[one.what], who, at, via);
            e.data = R"({"happened":)" + std::to_string(i) + '}';
            e.content = via == way::webhook ? static_cast<std::uint32_t>(i + 1) : 0;
            to.push_back({std::move(e), 0, via == way::download ? "d" : "", {}});
        };
        for (auto copies = one.webhook ? 1 + dice() % 2 : 0; copies > 0; --copies)
            add(webhooks, *one.webhook, way::webhook);
        if (one.row)
            add(rows, *one.row, way::download);
    }
    std::ranges::shuffle(webhooks, dice);
    std::ranges::shuffle(rows, dice);
    // It breaks off, and comes again whole.
    const auto half = rows.begin() + static_cast<std::ptrdiff_t>(rows.size() / 2);
    std::vector<record> download{rows.begin(), half};
    download.insert(download.end(), rows.begin(), rows.end());
    const auto ending = [](tracking_sign sign) {
        return record{make_event(kind::meeting_ended, "m", "", day_one, ""), 0, "d", sign};
    };
    download.push_back(ending(tracking_sign::downloaded));
    download.push_back(
        {make_event(kind::meeting_ended, "m", "", day_one + 24h, "end", way::poll), 0, "", {}}
    );
    download.push_back(ending(tracking_sign::swept));

    const auto before = comes == order::webhooks_first   ? webhooks.size()
                        : comes == order::download_first ? 0
                                                         : webhooks.size() / 2;
    webhooks.insert(
        webhooks.begin() + static_cast<std::ptrdiff_t>(before), download.begin(), download.end()
    );
    for (std::size_t i = 0; i < webhooks.size(); ++i) {
        webhooks[i].offset = static_cast<std::int64_t>(i);
        webhooks[i].what.received_at = now += milliseconds{dice() % 40};
    }
    return webhooks;
}

// Reads them with aborted transactions and restarts in between.
void play(player& plays, const std::vector<record>& records, std::mt19937& dice)
{
    for (std::size_t from = 0; from < records.size();) {
        const auto to = std::min(records.size(), from + 1 + dice() % 40);
        const auto now = records[to - 1].what.received_at;
        if (dice() % 8 == 0) {
            plays.abort_batch(records, from, to, now);
            from = plays.committed();
        }
        plays.commit_batch(records, from, to, now);
        from = to;
        if (dice() % 8 == 0) {
            plays.restart(now);
            from = plays.committed();
        }
    }
}

class DownloadWorlds : public testing::TestWithParam<way_of_worlds> {};

TEST_P(DownloadWorlds, LoseNothingAndDoubleNothing)
{
    const auto& [name, comes, jitter, equal_clocks] = GetParam();
    std::mt19937 dice{20261121};
    int events = 0, wrong = 0;
    for (int world = 0; world < 50; ++world) {
        world_of how;
        how.nearest = milliseconds{300 + dice() % 6'000};
        how.jitter = milliseconds{
            static_cast<std::int64_t>(jitter * static_cast<double>(how.nearest.count()))};
        if (!equal_clocks)
            how.distance = milliseconds{static_cast<std::int64_t>(dice() % 20'000) - 10'000};
        const auto all = happenings(how, dice);
        timestamp now = day_one + 2h;
        const auto records = records_of(all, comes, dice, now);
        player plays{matched(how.nearest / 2)};
        play(plays, records, dice);
        plays.pass_time(now + 1min);
        plays.pass_time(now + 2min);
        std::map<std::string, int> published;
        for (const auto& p : plays.out())
            ++published[p.what.data];
        for (std::size_t i = 0; i < all.size(); ++i) {
            const int wanted = all[i].webhook || all[i].row ? 1 : 0;
            events += wanted;
            wrong += std::abs(published[R"({"happened":)" + std::to_string(i) + '}'] - wanted);
        }
        EXPECT_EQ(plays.committed(), records.size()) << "something waits for ever";
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(events, 2'500);
}

INSTANTIATE_TEST_SUITE_P(
    Worlds,
    DownloadWorlds,
    testing::Values(
        way_of_worlds{"WebhooksFirst", order::webhooks_first, 0, true},
        way_of_worlds{"WebhooksFirst", order::webhooks_first, 0, false},
        way_of_worlds{"WebhooksFirst", order::webhooks_first, 0.25, false},
        way_of_worlds{"WebhooksFirst", order::webhooks_first, 0.49, true},
        way_of_worlds{"WebhooksFirst", order::webhooks_first, 0.49, false},
        way_of_worlds{"DownloadFirst", order::download_first, 0, true},
        way_of_worlds{"DownloadFirst", order::download_first, 0, false},
        way_of_worlds{"DownloadFirst", order::download_first, 0.25, false},
        way_of_worlds{"DownloadFirst", order::download_first, 0.49, true},
        way_of_worlds{"DownloadFirst", order::download_first, 0.49, false},
        way_of_worlds{"DownloadBetween", order::download_between, 0, true},
        way_of_worlds{"DownloadBetween", order::download_between, 0, false},
        way_of_worlds{"DownloadBetween", order::download_between, 0.25, true},
        way_of_worlds{"DownloadBetween", order::download_between, 0.49, true},
        way_of_worlds{"DownloadBetween", order::download_between, 0.49, false}
    )
);

}  // namespace
}  // namespace rollcall::test
