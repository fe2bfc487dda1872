#include "relay/nameless_records.hpp"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

intake_record webhook(std::string key, std::string body)
{
    intake_record made;
    made.source = "kit";
    made.key = std::move(key);
    made.body = std::move(body);
    return made;
}

const fault otherwise{errc::missing_field, "meeting.sessionId"};

TEST(NamelessRecords, WaitUntilTheirMeetingIsNamed)
{
    nameless_records all;
    EXPECT_FALSE(all.oldest());
    all.hold("room@1", 7, webhook("meeting:room", "a"), otherwise);
    all.hold("room@2", 5, webhook("meeting:room", "b"), otherwise);
    all.hold("room@1", 9, webhook("meeting:room", "c"), otherwise);
    EXPECT_EQ(all.oldest(), 5);
    EXPECT_TRUE(all.take_named("other", "room@1", "s1").empty());
    const auto found = all.take_named("kit", "room@1", "s1");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].body, "a");
    EXPECT_EQ(found[0].key, "s1");
    EXPECT_EQ(found[1].body, "c");
    EXPECT_EQ(all.oldest(), 5);
    EXPECT_EQ(all.key_of("kit", "room@1"), "s1");
    EXPECT_FALSE(all.key_of("kit", "room@2"));
}

TEST(NamelessRecords, AreGivenUpWhenEverythingHasBeenToldSeveralTimes)
{
    nameless_records all;
    all.hold("room@1", 7, webhook("meeting:room", "a"), otherwise);
    EXPECT_TRUE(all.take_unknown("kit", "meeting:room").empty());
    all.hold("room@1", 8, webhook("meeting:room", "b"), otherwise);
    EXPECT_TRUE(all.take_unknown("kit", "meeting:other").empty());
    EXPECT_TRUE(all.take_unknown("kit", "meeting:room").empty());
    const auto first = all.take_unknown("kit", "meeting:room");
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].offset, 7);
    EXPECT_EQ(first[0].record.body, "a");
    EXPECT_EQ(first[0].why.where, "meeting.sessionId");
    EXPECT_EQ(all.oldest(), 8);
    EXPECT_EQ(all.take_unknown("kit", "meeting:room").size(), 1U);
    EXPECT_TRUE(all.empty());
}

TEST(NamelessRecords, AreReadAgainAfterAnAbortAndTheNamesStay)
{
    nameless_records all;
    all.hold("room@1", 7, webhook("meeting:room", "a"), otherwise);
    all.take_named("kit", "room@2", "s2");
    all.forget();
    EXPECT_TRUE(all.empty());
    EXPECT_FALSE(all.oldest());
    EXPECT_EQ(all.key_of("kit", "room@2"), "s2");
}

}  // namespace
}  // namespace rollcall
