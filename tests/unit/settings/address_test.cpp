#include "settings/address.hpp"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

TEST(ListenAddress, IsAnAddressAndAPort)
{
    EXPECT_EQ(parse_listen_address("127.0.0.1:8080"), (listen_address{"127.0.0.1", false, 8080}));
    EXPECT_EQ(parse_listen_address("0.0.0.0:0"), (listen_address{"0.0.0.0", false, 0}));
    EXPECT_EQ(parse_listen_address("[::]:65535"), (listen_address{"::", true, 65535}));
    EXPECT_EQ(parse_listen_address("[0:0::0:1]:80"), (listen_address{"::1", true, 80}));
}

TEST(ListenAddress, IsNothingElse)
{
    for (const std::string text :
         {"",
          "8080",
          ":8080",
          "127.0.0.1",
          "127.0.0.1:",
          "127.0.0.1:65536",
          "127.0.0.1:x",
          "127.0.0.1:+1",
          "127.0.0.1:-1",
          "127.0.0.1:80 ",
          "127.0.0.1: 80",
          "127.0.0:80",
          "127.0.0.256:80",
          "localhost:80",
          "::1:80",
          "[::1]",
          "[::1]80",
          "[::1:80",
          "[127.0.0.1]:80",
          "[fe80::1%eth0]:80",
          "::1",
          "[]:80",
          "1.2.3.4:80:90"})
        EXPECT_FALSE(parse_listen_address(text)) << text;
    using namespace std::string_literals;
    EXPECT_FALSE(parse_listen_address("127.0.0.1\0:80"s));
}

bool collide(const char* one, const char* other)
{
    const auto first = parse_listen_address(one).value_or(listen_address{});
    const auto second = parse_listen_address(other).value_or(listen_address{});
    EXPECT_EQ(collide(first, second), collide(second, first));
    return collide(first, second);
}

TEST(ListenAddresses, CollideOnTheSamePort)
{
    EXPECT_TRUE(collide("127.0.0.1:80", "127.0.0.1:80"));
    EXPECT_TRUE(collide("0.0.0.0:80", "127.0.0.1:80"));
    EXPECT_TRUE(collide("[::]:80", "[::1]:80"));
    EXPECT_TRUE(collide("[0::1]:80", "[::1]:80"));
    EXPECT_FALSE(collide("127.0.0.1:80", "127.0.0.1:81"));
    EXPECT_FALSE(collide("127.0.0.1:80", "127.0.0.2:80"));
    EXPECT_FALSE(collide("0.0.0.0:80", "[::]:80"));
    EXPECT_FALSE(collide("127.0.0.1:0", "127.0.0.1:0"));
}

TEST(Broker, IsAHostWithOrWithoutAPort)
{
    for (const std::string text :
         {"kafka", "kafka:9092", "127.0.0.1:9092", "[::1]:9092", "[::1]", "SASL_SSL://k:1"})
        EXPECT_TRUE(is_broker(text)) << text;
    for (const std::string text :
         {"",
          ":9092",
          "kafka:",
          "kafka:0",
          "kafka:99999",
          "kafka:x",
          "ka fka:1",
          "[kafka]:1",
          "[::1",
          "a:1:2",
          "http://"})
        EXPECT_FALSE(is_broker(text)) << text;
}

}  // namespace
}  // namespace rollcall
