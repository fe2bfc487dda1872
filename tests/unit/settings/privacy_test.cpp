#include "loading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall {
namespace {

using test::settings_directory;
using testing::HasSubstr;

std::string with_privacy(const std::string& rules)
{
    return test::minimal + "    privacy: " + rules + "\n";
}

class PrivacySettings : public testing::Test {
protected:
    settings_directory at;

    std::string fault_of(const std::string& rules)
    {
        const auto loaded = at.load(with_privacy(rules));
        return loaded ? "" : to_string(loaded.error().front());
    }
};

TEST_F(PrivacySettings, AreReadWithTheirKey)
{
    at.variables["PRIVACY_KEY"] = "0123456789abcdef";
    const auto loaded =
        at.load(with_privacy("{ name: pseudonymise, email: drop, key: { env: PRIVACY_KEY } }"));
    ASSERT_TRUE(loaded) << to_string(loaded.error().front());
    const auto& privacy = loaded->sources.front().privacy;
    EXPECT_EQ(privacy.name, disclosure::pseudonymise);
    EXPECT_EQ(privacy.email, disclosure::drop);
    EXPECT_EQ(privacy.user_id, disclosure::keep);
    EXPECT_EQ(privacy.key, "0123456789abcdef");
}

TEST_F(PrivacySettings, WantAKeyForPseudonymsAndNoneOtherwise)
{
    EXPECT_THAT(fault_of("{ user_id: pseudonymise }"), HasSubstr("privacy.key: is missing"));
    EXPECT_EQ(fault_of("{ user_id: drop }"), "");
    EXPECT_THAT(fault_of("{ name: hide }"), HasSubstr("should be keep, drop or pseudonymise"));
}

TEST_F(PrivacySettings, TakeNoKeyThatCanBeGuessed)
{
    at.variables["PRIVACY_KEY"] = "short";
    const auto loaded = at.load(with_privacy("{ name: pseudonymise, key: { env: PRIVACY_KEY } }"));
    ASSERT_FALSE(loaded);
    EXPECT_THAT(to_string(loaded.error().front()), HasSubstr("less than 16 bytes"));
}

}  // namespace
}  // namespace rollcall
