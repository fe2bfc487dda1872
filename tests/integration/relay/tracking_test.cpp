// What the relay tells whoever polls, and what it keeps for them: real Kafka, a follower that takes
// notes.
#include "core/tracking.hpp"

#include "providers/given_up.hpp"
#include "relay/relay.hpp"
#include "scene.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto patience = 60s;
const std::string source = "attendee-test";

class note_taker final : public tracking_follower {
public:
    struct owned {
        std::uint64_t ticket = 0;
        std::vector<tracked> known;
    };

    void on_owned(std::int32_t partition, std::uint64_t ticket, std::vector<tracked> known) override
    {
        const std::lock_guard lock{mutex_};
        owned_[partition] = {ticket, std::move(known)};
        changed_.notify_all();
    }
    void on_given_up(std::int32_t partition) override
    {
        const std::lock_guard lock{mutex_};
        owned_.erase(partition);
        changed_.notify_all();
    }
    void on_sign(
        std::int32_t partition,
        const std::string& from,
        const std::string& meeting,
        tracking_sign sign
    ) override
    {
        const std::lock_guard lock{mutex_};
        EXPECT_TRUE(owned_.contains(partition));
        signs_.push_back(from + '/' + meeting + ' ' + std::string{to_string(sign)});
        partition_of_[meeting] = partition;
        changed_.notify_all();
    }

    bool await_sign(const std::string& said)
    {
        return await([&] { return std::ranges::find(signs_, said) != signs_.end(); });
    }
    bool await_partitions(std::size_t count)
    {
        return await([&] { return owned_.size() == count; });
    }
    std::vector<std::string> signs() const
    {
        const std::lock_guard lock{mutex_};
        return signs_;
    }
    std::int32_t partition_of(const std::string& meeting) const
    {
        const std::lock_guard lock{mutex_};
        return partition_of_.at(meeting);
    }
    std::uint64_t ticket_of(std::int32_t partition) const
    {
        const std::lock_guard lock{mutex_};
        return owned_.at(partition).ticket;
    }
    std::vector<tracked> known(std::int32_t partition) const
    {
        const std::lock_guard lock{mutex_};
        return owned_.at(partition).known;
    }

private:
    template <class Predicate>
    bool await(Predicate holds)
    {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, patience, holds);
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::int32_t, owned> owned_;
    std::map<std::string, std::int32_t> partition_of_;
    std::vector<std::string> signs_;
};

// A relay of a polled source, on a thread of this process.
class instance {
public:
    instance(const scene& s, const std::string& id, milliseconds window = 80h)
        : relay_{
              {.bootstrap_servers = shared_broker(), .client_id = id},
              {.intake_topic = s.prefix() + "intake",
               .output_topics = {s.prefix() + "attendance", s.prefix() + "activity"},
               .deadletter_topic = s.prefix() + "deadletter",
               .tracking_topic = s.prefix() + "tracking",
               .group = s.prefix() + "relay",
               .transactional_id = s.prefix() + id,
               .session_timeout = 6s,
               .transaction_timeout = 8s,
               .roll =
                   {.mode = ordering::event_time,
                    .hold = 100ms,
                    .window = window,
                    .polled = {source}}},
              counts,
              {}}
    {
        relay_.set_follower(notes);
        thread_ = std::jthread{[this](std::stop_token stop) { relay_.run(stop); }};
    }

    relay& store() { return relay_; }

    note_taker notes;
    relay_counts counts;

private:
    relay relay_;
    std::jthread thread_;
};

std::vector<std::string> types_of(const scene& s, const std::string& meeting)
{
    std::vector<std::string> types;
    for (const auto& message : s.read("attendance"))
        if (message.key == meeting)
            types.emplace_back(find_header(message.with, "ce_type"));
    return types;
}

bool await_type(const scene& s, const std::string& meeting, const std::string& type)
{
    return eventually(patience, [&] {
        const auto types = types_of(s, meeting);
        return std::ranges::find(types, type) != types.end();
    });
}

bool await_forgotten(const scene& s)
{
    return eventually(patience, [&] {
        const auto records = s.read("tracking");
        return !records.empty() && records.back().value.empty();
    });
}

TEST(Tracking, GoesOnWithTheNextOwnerWhereTheLastOneStood)
{
    scene s;
    s.feed(1, 3);
    std::int32_t partition = 0;
    {
        instance first{s, "a"};
        ASSERT_TRUE(first.notes.await_sign(source + "/bot_0 ended"));
        EXPECT_THAT(
            first.notes.signs(), ElementsAre(source + "/bot_0 seen", source + "/bot_0 ended")
        );
        partition = first.notes.partition_of("bot_0");
        const auto ticket = first.notes.ticket_of(partition);
        first.store().keep(partition, ticket, {source, "bot_0", R"({"w":1})"});
        first.store().keep(partition, ticket, {source, "bot_0", R"({"w":2})"});
        first.store().keep(partition, ticket, {source, "bot_1", R"({"w":9})"});
        first.store().forget(partition, ticket, {source, "bot_1", {}});
        // Of another owner of the partition: not written.
        first.store().keep(partition, ticket + 1, {source, "bot_0", R"({"w":3})"});
        ASSERT_TRUE(eventually(patience, [&] { return first.counts.tracked >= 2; }));
        ASSERT_TRUE(eventually(patience, [&] {
            for (const auto& record : s.read("tracking"))
                if (record.value.find(R"({"w":2})") != std::string::npos)
                    return true;
            return false;
        }));
    }
    instance second{s, "b"};
    ASSERT_TRUE(second.notes.await_partitions(partitions));
    EXPECT_THAT(second.notes.known(partition), ElementsAre(tracked{source, "bot_0", R"({"w":2})"}));
}

TEST(Tracking, AMeetingSettlesOnceItsSweepIsDoneAndIsNotFollowedAgain)
{
    scene s;
    s.feed(1, 3);
    instance only{s, "a"};
    ASSERT_TRUE(await_type(s, "bot_0", "rollcall.meeting.ended"));
    ASSERT_TRUE(only.notes.await_sign(source + "/bot_0 ended"));
    s.notice("bot_0", tracking_sign::swept);
    ASSERT_TRUE(await_type(s, "bot_0", "rollcall.meeting.settled"));
    ASSERT_TRUE(eventually(patience, [&] { return only.counts.merged.at(source).webhook_only > 0; })
    );

    const auto partition = only.notes.partition_of("bot_0");
    only.store().forget(partition, only.notes.ticket_of(partition), {source, "bot_0", {}});
    ASSERT_TRUE(await_forgotten(s));
    s.store_end("bot_0");
    s.notice("bot_0", tracking_sign::drop);
    ASSERT_TRUE(only.notes.await_sign(source + "/bot_0 drop"));
    EXPECT_THAT(
        only.notes.signs(),
        ElementsAre(source + "/bot_0 seen", source + "/bot_0 ended", source + "/bot_0 drop")
    );
}

TEST(Tracking, AMeetingThatIsDroppedSettlesIfItHasEnded)
{
    scene s;
    s.feed(1, 3);
    instance only{s, "a"};
    ASSERT_TRUE(await_type(s, "bot_0", "rollcall.meeting.ended"));
    s.notice("bot_0", tracking_sign::drop);
    ASSERT_TRUE(await_type(s, "bot_0", "rollcall.meeting.settled"));
    EXPECT_TRUE(await_forgotten(s));
}

// A running meeting that a person has dropped is not found again by its next webhook, nor by the
// next owner; when its end comes, it settles.
TEST(Tracking, AMeetingThatIsDroppedStaysSo)
{
    scene s;
    const auto now = wall_clock();
    s.store_join("bot_0", "first", now);
    {
        instance first{s, "a"};
        ASSERT_TRUE(first.notes.await_sign(source + "/bot_0 seen"));
        const auto partition = first.notes.partition_of("bot_0");
        s.notice("bot_0", tracking_sign::drop);
        ASSERT_TRUE(first.notes.await_sign(source + "/bot_0 drop"));
        // From before it heard of that.
        const auto ticket = first.notes.ticket_of(partition);
        first.store().keep(partition, ticket, {source, "bot_0", R"({"w":1})"});
        s.store_join("bot_0", "second", now + 1s);
        s.store_join("bot_other", "third", now + 1s);
        ASSERT_TRUE(await_type(s, "bot_other", "rollcall.participant.joined"));
        ASSERT_TRUE(eventually(patience, [&] { return types_of(s, "bot_0").size() == 2; }));
        EXPECT_EQ(std::ranges::count(first.notes.signs(), source + "/bot_0 seen"), 1);
    }
    instance second{s, "b"};
    ASSERT_TRUE(second.notes.await_partitions(partitions));
    s.store_end("bot_0");
    ASSERT_TRUE(await_type(s, "bot_0", "rollcall.meeting.settled"));
    EXPECT_EQ(std::ranges::count(second.notes.signs(), source + "/bot_0 seen"), 0);
    EXPECT_EQ(std::ranges::count(second.notes.signs(), source + "/bot_0 ended"), 0);
    EXPECT_TRUE(eventually(patience, [&] {
        std::optional<std::string> last;
        for (const auto& record : s.read("tracking"))
            if (record.key == source + "/bot_0")
                last = record.value;
        return last == "";
    }));
    for (std::int32_t partition = 0; partition < partitions; ++partition)
        for (const auto& known : second.notes.known(partition))
            EXPECT_NE(known.meeting, "bot_0");
}

// An owner that died after the transaction that settled a dropped meeting, and before the one that
// forgets it.
TEST(Tracking, AMeetingThatIsDroppedAndSettledIsForgottenByTheNextOwner)
{
    scene s;
    s.feed(1, 3);
    {
        instance first{s, "a"};
        ASSERT_TRUE(await_type(s, "bot_0", "rollcall.meeting.ended"));
        s.notice("bot_0", tracking_sign::drop);
        ASSERT_TRUE(await_type(s, "bot_0", "rollcall.meeting.settled"));
        ASSERT_TRUE(await_forgotten(s));
    }
    s.keep({.what = {source, "bot_0", {}}, .dropped = true});
    ASSERT_FALSE(s.read("tracking").back().value.empty());
    const instance second{s, "b"};
    EXPECT_TRUE(await_forgotten(s));
}

TEST(Tracking, WhatThePollerHasPassedOverGoesToTheDeadLetters)
{
    scene s;
    const auto row = make_row("bot_0", {"/api/v1/bots/bot_0/chat_messages", "too large", 3});
    s.store_row(row.key, row.item, row.body);
    instance only{s, "a"};
    ASSERT_TRUE(eventually(patience, [&] { return s.read("deadletter").size() == 1; }));
    const auto letter = s.read("deadletter").front();
    EXPECT_EQ(letter.value, row.body);
    EXPECT_EQ(find_header(letter.with, "rollcall-source"), source);
    EXPECT_EQ(find_header(letter.with, "rollcall-meeting"), "bot_0");
    EXPECT_EQ(find_header(letter.with, "rollcall-step"), "poll");
    EXPECT_EQ(
        find_header(letter.with, "rollcall-where"),
        "after 3 tries: too large, at /api/v1/bots/bot_0/chat_messages"
    );
}

// Its source was not polled when it ended: the next relay, which polls it, has it swept.
TEST(Tracking, AnEndedMeetingThatNobodyHasSweptIsHandedOver)
{
    scene s;
    s.feed(1, 3);
    {
        auto unpolled = s.start("a");
        ASSERT_TRUE(await_type(s, "bot_0", "rollcall.meeting.ended"));
        unpolled.signal(SIGKILL);
        unpolled.wait(20s);
    }
    instance polling{s, "b"};
    ASSERT_TRUE(polling.notes.await_sign(source + "/bot_0 ended"));
}

// What is older than the window is forgotten. A sweep by hand reads it back from the topic first.
TEST(Tracking, AMeetingOlderThanTheWindowIsReadAgainWithoutDoublingAnything)
{
    scene s;
    const auto told = s.feed(1, 3);
    {
        instance first{s, "a"};
        ASSERT_TRUE(await_type(s, "bot_0", "rollcall.meeting.ended"));
    }
    const auto before = types_of(s, "bot_0");
    const auto since = wall_clock();
    ASSERT_TRUE(eventually(patience, [&] { return wall_clock() > since + 2s; }));  // the window

    instance second{s, "b", 1s};
    ASSERT_TRUE(second.notes.await_partitions(partitions));
    s.notice("bot_0", tracking_sign::sweep);
    ASSERT_TRUE(second.notes.await_sign(source + "/bot_0 sweep"));
    for (const auto& one : told)
        s.store(one.meeting, one.body, wall_clock());
    s.store_join("bot_0", "found by the sweep", since - 1h);
    s.notice("bot_0", tracking_sign::swept);
    ASSERT_TRUE(eventually(patience, [&] { return types_of(s, "bot_0").size() > before.size(); }));
    EXPECT_EQ(types_of(s, "bot_0").size(), before.size() + 1);
    const auto all = s.read("attendance");
    EXPECT_THAT(all.back().value, HasSubstr("found by the sweep"));
    EXPECT_EQ(
        std::stoull(std::string{find_header(all.back().with, "ce_sequence")}), before.size() + 1
    );
    EXPECT_TRUE(s.read("deadletter").empty());
}

}  // namespace
}  // namespace rollcall::test
