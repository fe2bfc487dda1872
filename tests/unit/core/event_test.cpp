#include "core/event.hpp"

#include <gtest/gtest.h>

#include <set>

namespace rollcall::test {
namespace {

constexpr kind all_kinds[] = {
    kind::participant_joined,
    kind::participant_left,
    kind::participant_updated,
    kind::participant_speech_started,
    kind::participant_speech_stopped,
    kind::participant_webcam_on,
    kind::participant_webcam_off,
    kind::participant_screenshare_on,
    kind::participant_screenshare_off,
    kind::participant_chat,
    kind::meeting_started,
    kind::meeting_ended,
    kind::meeting_settled,
};
static_assert(std::size(all_kinds) == kinds);

TEST(EventId, IsTheFirstHalfOfSha256OverSourceAndIdentity)
{
    // printf 'attendee-prod\0attendee:pe_8Jx2kQz91LmN' | sha256sum
    EXPECT_EQ(
        to_hex(make_event_id("attendee-prod", "attendee:pe_8Jx2kQz91LmN")),
        "fedb587c07a48330f79477552acaf055"
    );
}

TEST(EventId, DependsOnWhereTheSourceEnds)
{
    EXPECT_NE(make_event_id("a", "bc"), make_event_id("ab", "c"));
    EXPECT_NE(make_event_id("a", ""), make_event_id("", "a"));
    EXPECT_EQ(make_event_id("a", "bc"), make_event_id("a", "bc"));
}

TEST(EventId, ComesBackFromItsText)
{
    for (int i = 0; i < 100; ++i) {
        const auto id = make_event_id("source", std::to_string(i));
        EXPECT_EQ(to_hex(id).size(), 32u);
        EXPECT_EQ(parse_event_id(to_hex(id)), id);
    }
}

TEST(EventId, IsReadFromNothingElse)
{
    const auto good = to_hex(make_event_id("source", "identity"));
    EXPECT_FALSE(parse_event_id(""));
    EXPECT_FALSE(parse_event_id(good.substr(1)));
    EXPECT_FALSE(parse_event_id(good + "0"));
    EXPECT_FALSE(parse_event_id("G" + good.substr(1)));
    EXPECT_FALSE(parse_event_id("A" + good.substr(1))
    );  // ids are compared as text: one text for each
    EXPECT_FALSE(parse_event_id("-" + good.substr(1)));
}

TEST(Kind, HasANameOfItsOwnThatLeadsBack)
{
    std::set<std::string_view> names;
    for (const auto each : all_kinds) {
        names.insert(to_string(each));
        EXPECT_EQ(parse_kind(to_string(each)), each);
    }
    EXPECT_EQ(names.size(), kinds);
    EXPECT_EQ(to_string(kind::participant_joined), "participant.joined");
    EXPECT_EQ(to_string(kind::meeting_settled), "meeting.settled");
    EXPECT_FALSE(parse_kind(""));
    EXPECT_FALSE(parse_kind("participant.Joined"));
}

TEST(Kind, BelongsToAttendanceOrActivity)
{
    const std::set attendance = {
        kind::participant_joined,
        kind::participant_left,
        kind::participant_updated,
        kind::meeting_started,
        kind::meeting_ended,
        kind::meeting_settled};
    for (const auto each : all_kinds)
        EXPECT_EQ(
            channel_of(each), attendance.contains(each) ? channel::attendance : channel::activity
        ) << to_string(each);
    EXPECT_EQ(to_string(channel::attendance), "attendance");
    EXPECT_EQ(to_string(channel::activity), "activity");
}

TEST(Kind, RanksStartedJoinedOthersLeftEndedSettled)
{
    const std::set singular = {
        kind::meeting_started,
        kind::participant_joined,
        kind::participant_left,
        kind::meeting_ended,
        kind::meeting_settled};
    EXPECT_LT(rank(kind::meeting_started), rank(kind::participant_joined));
    EXPECT_LT(rank(kind::participant_left), rank(kind::meeting_ended));
    EXPECT_LT(rank(kind::meeting_ended), rank(kind::meeting_settled));
    for (const auto each : all_kinds) {
        if (singular.contains(each))
            continue;
        EXPECT_LT(rank(kind::participant_joined), rank(each)) << to_string(each);
        EXPECT_LT(rank(each), rank(kind::participant_left)) << to_string(each);
    }
}

TEST(Way, HasANameThatLeadsBack)
{
    for (const auto each : {way::webhook, way::poll, way::download, way::derived})
        EXPECT_EQ(parse_way(to_string(each)), each);
    EXPECT_EQ(to_string(way::derived), "derived");
    EXPECT_FALSE(parse_way("Webhook"));
}

}  // namespace
}  // namespace rollcall::test
