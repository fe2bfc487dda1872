#include "http/public_address.hpp"

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

bool is_public(const char* text)
{
    return http::is_public(boost::asio::ip::make_address(text));
}

TEST(PublicAddress, IsOneThatAnybodyMeansTheSameBy)
{
    for (const auto* const each :
         {"8.8.8.8",
          "52.218.0.1",
          "172.15.255.255",
          "172.32.0.0",
          "100.63.255.255",
          "100.128.0.0",
          "169.253.255.255",
          "223.255.255.255",
          "2600:1f18::1",
          "2001:4860:4860::8888",
          "2a00:1450::1",
          "64:ff9b::8.8.8.8"})
        EXPECT_TRUE(is_public(each)) << each;
}

TEST(PublicAddress, IsNoneOfOurOwnNetwork)
{
    for (const auto* const each :
         {"0.0.0.0",
          "10.0.0.0",
          "10.255.255.255",
          "100.64.0.1",
          "127.0.0.1",
          "127.255.255.254",
          "169.254.169.254",
          "172.16.0.1",
          "172.31.255.255",
          "192.168.0.1",
          "192.0.0.1",
          "192.0.2.1",
          "192.88.99.1",
          "198.18.0.1",
          "198.19.255.255",
          "198.51.100.1",
          "203.0.113.1",
          "224.0.0.1",
          "255.255.255.255",
          "240.0.0.1",
          "::",
          "::1",
          "fd00::1",
          "fc00::1",
          "fe80::1",
          "fec0::1",
          "ff02::1",
          "::ffff:10.0.0.1",
          "::ffff:8.8.8.8",
          "::127.0.0.1",
          "2001:db8::1",
          "2002:7f00:1::",
          "2001:0:4136:e378::",
          "64:ff9b::10.0.0.1",
          "64:ff9b::169.254.169.254",
          "64:ff9b:1::1",
          "100::1",
          "3fff:0fff::1",
          "fd00:ec2::254"})
        EXPECT_FALSE(is_public(each)) << each;
}

}  // namespace
}  // namespace rollcall::http
