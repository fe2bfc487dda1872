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
    }
}

TEST(Providers, UnknownOnesAreNotFound)
{
    EXPECT_EQ(find_provider(""), nullptr);
    EXPECT_EQ(find_provider("Attendee"), nullptr);
}

}  // namespace
}  // namespace rollcall::test
