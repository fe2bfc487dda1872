#include "providers/provider.hpp"

#include <gtest/gtest.h>

namespace rollcall::test {
namespace {

TEST(Providers, AreFoundUnderTheirNames)
{
    ASSERT_FALSE(provider_names().empty());
    for (const auto name : provider_names()) {
        ASSERT_NE(find_provider(name), nullptr) << name;
        EXPECT_EQ(find_provider(name)->name(), name);
        EXPECT_EQ(find_provider(name), find_provider(name)) << name;
    }
}

TEST(Providers, AreMadeForEverySource)
{
    for (const auto name : provider_names()) {
        const auto one = make_provider(name, {});
        const auto other = make_provider(name, {});
        ASSERT_TRUE(one && other) << name;
        EXPECT_EQ(one->name(), name);
        EXPECT_NE(one, other) << name;
    }
}

TEST(Providers, UnknownOnesAreNotFound)
{
    EXPECT_EQ(find_provider(""), nullptr);
    EXPECT_EQ(find_provider("Attendee"), nullptr);
    EXPECT_EQ(make_provider("", {}), nullptr);
}

}  // namespace
}  // namespace rollcall::test
