#include "relay/tracking.hpp"

#include <gmock/gmock.h>

namespace rollcall::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TrackingRecord, ComesBackAsItWasWritten)
{
    for (const tracking_entry& entry : {
             tracking_entry{{"attendee", "bot_1", R"({"w":12,"phase":"active"})"}, false},
             tracking_entry{{"attendee", "", R"({})"}, false},
             tracking_entry{{"a-b", "with / and \" and \n", ""}, true},
             tracking_entry{{"attendee", "bot_2", ""}, false, true},
         }) {
        const auto record = encode(entry);
        ASSERT_TRUE(record.value);
        const auto read = read_tracking(*record.value);
        ASSERT_TRUE(read) << read.error().where;
        EXPECT_EQ(*read, entry);
    }
}

TEST(TrackingRecord, IsKeyedByItsSourceAndMeeting)
{
    EXPECT_EQ(encode({{"s", "m", "{}"}, false}).key, "s/m");
    EXPECT_EQ(encode({{"s", "", "{}"}, false}).key, "s");
    EXPECT_EQ(encode_forgotten({"s", "m", {}}), (tracking_record{"s/m", std::nullopt}));
}

TEST(TrackingRecord, NamesWhatIsWrongWithOneThatIsNotOurs)
{
    const auto where = [](std::string_view value) {
        const auto read = read_tracking(value);
        return read ? "nothing" : read.error().where;
    };
    EXPECT_EQ(where("{"), "");
    EXPECT_EQ(where("[]"), "");
    EXPECT_EQ(where(R"({"meeting":"m","state":{}})"), "source");
    EXPECT_EQ(where(R"({"source":"s","meeting":1,"state":{}})"), "meeting");
    EXPECT_EQ(where(R"({"source":"s","meeting":"m"})"), "state");
    EXPECT_EQ(where(R"({"source":"s","meeting":"m","state":[]})"), "state");
}

TEST(TrackingTable, TellsTheTopicOnlyWhatHasChanged)
{
    tracking_table table;
    table.restore("s/old", tracking_entry{{"s", "old", "{}"}, false});
    table.restore("s/gone", tracking_entry{{"s", "gone", "{}"}, false});
    table.restore("s/gone", std::nullopt);
    EXPECT_TRUE(table.contains("s", "old"));
    EXPECT_FALSE(table.contains("s", "gone"));
    EXPECT_FALSE(table.has_unwritten());

    table.put({"s", "new", "{}"});
    table.put({"s", "new", R"({"w":1})"});
    table.forget({"s", "old", {}});
    table.forget({"s", "never", {}});
    const std::vector<tracking_record> expected{
        encode({{"s", "new", R"({"w":1})"}, false}), {"s/old", std::nullopt}};
    EXPECT_EQ(table.unwritten(), expected);
    // An aborted transaction: they are still to be written.
    EXPECT_EQ(table.unwritten(), expected);
    table.written();
    EXPECT_THAT(table.unwritten(), IsEmpty());
    EXPECT_THAT(table.all(), ElementsAre(tracking_entry{{"s", "new", R"({"w":1})"}, false}));
}

TEST(TrackingTable, RemembersThatAPersonAskedForAMeeting)
{
    tracking_table table;
    table.put({"s", "m", R"({"w":1})"});
    table.set_recall("s", "m");
    table.put({"s", "m", R"({"w":2})"});
    EXPECT_TRUE(table.recalls("s", "m"));
    EXPECT_THAT(table.all(), ElementsAre(tracking_entry{{"s", "m", R"({"w":2})"}, true}));
    table.forget({"s", "m", {}});
    table.put({"s", "m", "{}"});
    EXPECT_FALSE(table.recalls("s", "m"));
}

TEST(TrackingTable, WhatIsDroppedStaysSoUntilAPersonAsksForIt)
{
    tracking_table table;
    table.put({"s", "m", R"({"w":1})"});
    table.set_dropped("s", "m");
    table.put({"s", "m", R"({"w":2})"});  // whoever polled it has not heard yet
    EXPECT_TRUE(table.is_dropped("s", "m"));
    EXPECT_THAT(table.all(), ElementsAre(tracking_entry{{"s", "m", ""}, false, true}));
    table.set_recall("s", "m");
    EXPECT_FALSE(table.is_dropped("s", "m"));
    EXPECT_TRUE(table.recalls("s", "m"));
    table.set_dropped("s", "m");
    EXPECT_FALSE(table.recalls("s", "m"));
    table.forget({"s", "m", {}});
    EXPECT_FALSE(table.is_dropped("s", "m"));
}

}  // namespace
}  // namespace rollcall::test
