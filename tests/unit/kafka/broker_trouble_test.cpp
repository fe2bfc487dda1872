#include "kafka/broker_trouble.hpp"

#include <gmock/gmock.h>
#include <openssl/x509_vfy.h>

namespace rollcall {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(BrokerTrouble, IsWhatLibrdkafkaSaidLast)
{
    broker_trouble trouble;
    EXPECT_EQ(trouble.words(), "");
    trouble.take(RD_KAFKA_RESP_ERR__TRANSPORT, "connection refused");
    trouble.take(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
    EXPECT_EQ(trouble.words(), "connection refused");
    EXPECT_FALSE(trouble.lasts());
    trouble.take(RD_KAFKA_RESP_ERR__AUTHENTICATION, "SASL PLAIN: no");
    EXPECT_TRUE(trouble.lasts());
    trouble.over();
    EXPECT_EQ(trouble.words(), "");
    EXPECT_FALSE(trouble.lasts());
}

TEST(BrokerTrouble, NamesWhatIsWrongWithACertificate)
{
    EXPECT_EQ(certificate_trouble(X509_V_OK, "k:1"), "");
    EXPECT_THAT(
        certificate_trouble(X509_V_ERR_HOSTNAME_MISMATCH, "k:1"),
        AllOf(HasSubstr("k:1"), HasSubstr("bootstrap_servers"))
    );
    EXPECT_THAT(
        certificate_trouble(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "k:1"),
        HasSubstr("ssl.ca.location")
    );
    EXPECT_THAT(certificate_trouble(X509_V_ERR_CERT_HAS_EXPIRED, "k:1"), HasSubstr("expired"));

    broker_trouble trouble;
    trouble.certificate_refused("for another host");
    trouble.take(RD_KAFKA_RESP_ERR__SSL, "ssl://k:1: certificate verify failed: who knows");
    EXPECT_EQ(trouble.words(), "for another host");
    EXPECT_TRUE(trouble.lasts());
}

TEST(BrokerTrouble, SaysWhereNoPasswordWouldHelp)
{
    broker_trouble trouble;
    trouble.take(RD_KAFKA_RESP_ERR__AUTHENTICATION, "invalid credentials with SCRAM-SHA-256");
    const bool old = rd_kafka_version() < 0x020601ff;
    EXPECT_EQ(trouble.words().find("(2.6.1 can)") != std::string::npos, old);
    trouble.take(RD_KAFKA_RESP_ERR__AUTHENTICATION, "invalid credentials with PLAIN");
    EXPECT_THAT(trouble.words(), Not(HasSubstr("2.6.1")));
}

}  // namespace
}  // namespace rollcall
