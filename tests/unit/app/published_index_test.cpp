#include "app/published_index.hpp"

#include "relay/message.hpp"
#include "relay/possible_ids.hpp"

#include <gmock/gmock.h>

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using as = sighting::as;

constexpr timestamp day_one{milliseconds{1'786'698'000'000}};

event told(milliseconds at, way via = way::webhook)
{
    event made;
    made.source = "sales";
    made.provider = "test";
    made.kind = kind::participant_joined;
    made.meeting.id = "m";
    made.participant.emplace().id = "p";
    made.occurred_at = day_one + at;
    made.received_at = day_one + at;
    made.via = via;
    made.identity = "m:joined:p";
    return made;
}

published_message published(const event& e, const event_id& id, intake_place from)
{
    published_message message;
    message.id = id;
    message.source = e.source;
    message.meeting = e.meeting.id;
    message.kind = e.kind;
    message.participant = e.participant->id;
    message.occurred_at = e.occurred_at;
    message.via = e.via;
    message.intake = from;
    message.content = e.content;
    message.alike = alike_of(e);
    return message;
}

published_message published(const event& e, intake_place from)
{
    return published(e, possible_ids(e).front(), from);
}

TEST(PublishedIndex, TellsTheRecordItselfFromAnother)
{
    published_index index;
    index.add(published(told(1s), {0, 7}));
    EXPECT_EQ(index.find(told(1s), {0, 7}).what, as::itself);
    EXPECT_EQ(index.find(told(1s), {0, 8}).what, as::told_again);
    auto other = told(1s);
    other.identity = "m:joined:q";
    EXPECT_EQ(index.find(other, {0, 7}).what, as::nowhere);
}

TEST(PublishedIndex, IsSureOfACountedJoinAtItsTimeOnly)
{
    auto join = told(1s);
    join.counts_occurrences = true;
    published_index index;
    index.add(published(join, {0, 7}));
    EXPECT_EQ(index.find(join, {0, 9}).what, as::told_again);
    auto later = told(5s);
    later.counts_occurrences = true;
    const auto seen = index.find(later, {0, 9});
    EXPECT_EQ(seen.what, as::perhaps);
    EXPECT_EQ(seen.message->occurred_at, join.occurred_at);
}

TEST(PublishedIndex, TellsWebhooksOfOneKeyApartByWhatTheySay)
{
    auto first = told(1s);
    first.content = 17;
    published_index index;
    index.add(published(first, {0, 7}));
    EXPECT_EQ(index.find(first, {0, 8}).what, as::told_again);
    auto second = first;
    second.content = 18;
    EXPECT_EQ(index.find(second, {0, 8}).what, as::perhaps);
    index.add(published(second, possible_ids(second)[1], {0, 8}));
    EXPECT_EQ(index.find(second, {0, 8}).what, as::itself);
}

TEST(PublishedIndex, MatchesTheOtherWayWithinTheWindowOfTheSource)
{
    auto webhook = told(1s);
    webhook.identity = "m:joined:p@1000";
    webhook.alike = "m:joined:p";
    auto row = told(1s + 400ms, way::download);
    row.identity = "m:joined:p@1400";
    row.alike = "m:joined:p";
    for (const auto& [window, expected] : {std::pair{500ms, as::matched}, {300ms, as::nowhere}}) {
        published_index index{{{"sales", window}}};
        index.add(published(webhook, {0, 7}));
        EXPECT_EQ(index.find(row, {0, 8}).what, expected) << window.count();
        EXPECT_EQ(published_index{}.find(row, {0, 8}).what, as::nowhere);
    }
}

TEST(IntakePlaces, AreReadAsTheyAreWritten)
{
    EXPECT_EQ(to_string(intake_place{3, 1042}), "3:1042");
    EXPECT_EQ(parse_intake_place("3:1042"), (intake_place{3, 1042}));
    for (const auto* wrong : {"", "3", "3:", ":1", "3:x", "3:1 "})
        EXPECT_EQ(parse_intake_place(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace rollcall
