#include "relay/privacy.hpp"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

constexpr std::string_view key = "0123456789abcdef";

event somebody()
{
    event e;
    e.identity = "identity";
    e.participant =
        participant_facts{.id = "7", .user_id = "u", .name = "Zoë 山田", .email = "z@x.y"};
    return e;
}

TEST(Privacy, KeepsEverythingUnlessToldOtherwise)
{
    auto e = somebody();
    apply({}, e);
    EXPECT_EQ(e.participant->name, "Zoë 山田");
    EXPECT_EQ(e.participant->email, "z@x.y");
    EXPECT_EQ(e.participant->user_id, "u");
}

TEST(Privacy, DropsWhatIsToBeDroppedAndNothingElse)
{
    auto e = somebody();
    apply({.name = disclosure::drop, .email = disclosure::drop}, e);
    EXPECT_EQ(e.participant->name, std::nullopt);
    EXPECT_EQ(e.participant->email, std::nullopt);
    EXPECT_EQ(e.participant->user_id, "u");
    EXPECT_EQ(e.participant->id, "7");
    EXPECT_EQ(e.identity, "identity");
}

TEST(Privacy, PseudonymisesWhatIsThereAndMakesNothingOfWhatIsNot)
{
    auto e = somebody();
    e.participant->email.reset();
    const privacy_rules rules{
        .name = disclosure::pseudonymise,
        .email = disclosure::pseudonymise,
        .user_id = disclosure::pseudonymise,
        .key = std::string{key}};
    apply(rules, e);
    EXPECT_EQ(e.participant->name, pseudonym_of(key, "name", "Zoë 山田"));
    EXPECT_EQ(e.participant->email, std::nullopt);
    EXPECT_EQ(e.participant->user_id, pseudonym_of(key, "user_id", "u"));
    event of_nobody;
    apply(rules, of_nobody);
    EXPECT_FALSE(of_nobody.participant);
}

// printf 'name\0Zo\303\253' | openssl dgst -sha256 -mac HMAC -macopt key:0123456789abcdef -binary |
// head -c 16 | base64 | tr +/ -_ | tr -d =
TEST(Privacy, PseudonymsAreWhatOpensslMakesOfIt)
{
    EXPECT_EQ(pseudonym_of(key, "name", "Zoë"), "RUs5FfCTtmFfyTDSDVvaiw");
}

TEST(Privacy, PseudonymsAreEqualForEqualPeopleAndDifferByKeyAndFact)
{
    const auto one = pseudonym_of(key, "name", "a");
    EXPECT_EQ(one.size(), 22U);
    EXPECT_EQ(pseudonym_of(key, "name", "a"), one);
    EXPECT_NE(pseudonym_of(key, "name", "b"), one);
    EXPECT_NE(pseudonym_of(key, "email", "a"), one);
    EXPECT_NE(pseudonym_of("fedcba9876543210", "name", "a"), one);
}

}  // namespace
}  // namespace rollcall
