#include "providers/hmac_sha256.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rollcall::test {
namespace {

std::string hex(const sha256_digest& digest)
{
    std::string text;
    for (const auto byte : digest) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

struct rfc4231_vector {
    std::string key, message, mac;
};

TEST(HmacSha256, GivesTheVectorsOfRfc4231)
{
    const rfc4231_vector vectors[] = {
        {std::string(20, '\x0b'),
         "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe",
         "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {std::string(20, '\xaa'),
         std::string(50, '\xdd'),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {std::string(131, '\xaa'),
         "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    for (const auto& each : vectors)
        EXPECT_EQ(hex(hmac_sha256{each.key}(each.message)), each.mac);
}

TEST(HmacSha256, StartsAnewWithEveryMessage)
{
    hmac_sha256 mac{"Jefe"};
    const auto first = mac("what do ya want for nothing?");
    mac("something else");
    EXPECT_EQ(mac("what do ya want for nothing?"), first);
}

TEST(Sha256, GivesTheVectorOfFips180)
{
    EXPECT_EQ(
        hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

}  // namespace
}  // namespace rollcall::test
