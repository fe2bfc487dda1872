#include "app/doctor/diagnosis.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rollcall {
namespace {

TEST(Finding, IsOneLineAndASecondOneWithWhatToDo)
{
    EXPECT_EQ(to_text({verdict::ok, "kafka", "answers", {}}), "ok    kafka: answers\n");
    EXPECT_EQ(
        to_text({verdict::fail, "kafka", "is away", "start it"}),
        "FAIL  kafka: is away\n      -> start it\n"
    );
    EXPECT_EQ(to_text({verdict::warn, "a", "b", "c"}), "warn  a: b\n      -> c\n");
}

TEST(Finding, IsAnObjectForPrograms)
{
    EXPECT_EQ(
        to_json({verdict::fail, "a \"b\"", "c", "d"}),
        "{\"verdict\":\"fail\",\"step\":\"a \\\"b\\\"\",\"seen\":\"c\",\"advice\":\"d\"}\n"
    );
    EXPECT_EQ(
        to_json({verdict::skip, "a", "b", {}}),
        "{\"verdict\":\"skip\",\"step\":\"a\",\"seen\":\"b\"}\n"
    );
}

TEST(Diagnosis, TellsEachAtOnceAndKnowsWhatHasFallen)
{
    std::vector<std::string> told;
    diagnosis all{[&told](const finding& found) { told.push_back(to_text(found)); }};
    all.ok("one", "well");
    all.warn("two", "soon", "mend it");
    EXPECT_FALSE(all.any_failed());
    EXPECT_TRUE(all.holds("one") && all.holds("two"));
    all.fail("three", "two\nlines\n", "mend\tit");
    all.skip_for("four", "three");
    EXPECT_TRUE(all.any_failed());
    EXPECT_FALSE(all.holds("three") || all.holds("four"));
    EXPECT_EQ(told.size(), 4U);
    EXPECT_EQ(told[2], "FAIL  three: two lines\n      -> mend it\n");
    EXPECT_EQ(told[3], "skip  four: stands on `three`, see there\n");
}

}  // namespace
}  // namespace rollcall
