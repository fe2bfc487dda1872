#include "kafka/broker_trouble.hpp"

#include <openssl/x509_vfy.h>

#include <utility>

namespace rollcall {
namespace {

// Before this one SCRAM sends its nonce twice, which Kafka 4 no longer takes
// (https://github.com/confluentinc/librdkafka/pull/4895).
constexpr int scram_right_since = 0x020601ff;

}  // namespace

std::string certificate_trouble(int x509_error, const std::string& broker)
{
    const std::string whose = "the certificate of " + broker;
    switch (x509_error) {
        case X509_V_OK:
            return {};
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return whose +
                   " is not for that host: kafka.bootstrap_servers and the broker's "
                   "advertised.listeners have to use a name that is in it";
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return whose +
                   " is from an unknown authority: ssl.ca.location in kafka.properties has to name "
                   "a file that holds it";
        default:
            return whose + " is refused: " + ::X509_verify_cert_error_string(x509_error);
    }
}

int judge_certificate(int x509_error, const char* broker, char* words, std::size_t room)
{
    if (x509_error == X509_V_OK)
        return 1;
    words[certificate_trouble(x509_error, broker).copy(words, room - 1)] = '\0';
    return 0;
}

void broker_trouble::take(rd_kafka_resp_err_t code, const std::string& words)
{
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        return;  // says less than what came before it
    words_ = words;
    // A broker that restarts breaks handshakes off.
    const bool broken_off = words.find("Disconnected") != std::string::npos;
    lasts_ = code == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
             (code == RD_KAFKA_RESP_ERR__SSL && !broken_off);
    if (words.find("certificate verify failed") != std::string::npos) {
        const std::lock_guard lock{mutex_};
        if (!certificate_.empty())
            words_ = certificate_;
    }
    if (words.find("SCRAM") != std::string::npos && rd_kafka_version() < scram_right_since)
        words_ += std::string{"; librdkafka "} + rd_kafka_version_str() +
                  " cannot authenticate by SCRAM with Kafka 4 (2.6.1 can), whatever the password: "
                  "PLAIN or a client certificate, over TLS, do";
}

void broker_trouble::certificate_refused(std::string why)
{
    const std::lock_guard lock{mutex_};
    certificate_ = std::move(why);
}

void broker_trouble::over()
{
    words_.clear();
    lasts_ = false;
}

}  // namespace rollcall
