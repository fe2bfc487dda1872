#pragma once

#include <librdkafka/rdkafka.h>

#include <cstddef>
#include <mutex>
#include <string>

namespace rollcall {

/// Why the broker's certificate is refused, in words that name the setting to look at; empty where
/// it is not. `x509_error` as OpenSSL numbers them; `broker` as librdkafka names it:
/// `sasl_ssl://kafka-1:9093/bootstrap`.
std::string certificate_trouble(int x509_error, const std::string& broker);

/// Answers librdkafka's `ssl.certificate.verify_cb` as OpenSSL has decided: 1, or 0 with the reason
/// in `words`, which librdkafka logs; `room` bytes with the zero at its end.
int judge_certificate(int x509_error, const char* broker, char* words, std::size_t room);

/// What keeps one client from its brokers. librdkafka itself only says that nothing was answered in
/// time. Of one thread, but for `certificate_refused`.
class broker_trouble {
public:
    /// Takes what librdkafka says about a connection.
    void take(rd_kafka_resp_err_t code, const std::string& words);
    /// From librdkafka's threads; before the error that follows from it.
    void certificate_refused(std::string why);
    void over();

    /// Empty where there is none.
    const std::string& words() const { return words_; }
    /// Whether it is a password or a certificate: waiting mends neither.
    bool lasts() const { return lasts_; }

private:
    std::string words_;
    bool lasts_ = false;
    std::mutex mutex_;
    std::string certificate_;
};

}  // namespace rollcall
