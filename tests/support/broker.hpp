#pragma once

#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <optional>
#include <string>

namespace rollcall::test {

/// A real Apache Kafka of a test's own, one node on a free port of 127.0.0.1, with data of its own.
/// For tests that kill or stop it; the others take `shared_broker()`. Every call throws
/// `std::runtime_error` where Kafka does not do as it is told within a minute.
class broker {
public:
    enum class doors {
        open,     ///< only in the clear
        guarded,  ///< also by TLS with a client certificate, and by TLS with a password
    };
    explicit broker(doors with = doors::open);  ///< prepared, not started
    ~broker();

    /// Returns once the node answers: two to three seconds.
    void start();
    /// `127.0.0.1:port`, the same through every restart.
    const std::string& address() const { return address_; }
    /// Of a guarded one: where a certificate of its authority has to be shown (`client.pem`,
    /// `client.key`), and where the password of the user `rollcall` is asked for (`password`). Its
    /// own certificate is for 127.0.0.1 and for no name, by the authority in `ca.pem`.
    std::string ssl_address() const;
    std::string sasl_ssl_address() const;
    std::filesystem::path file(const std::string& name) const { return directory_.path() / name; }

    /// SIGKILL: what was not on disk yet is gone, as after a crash of the process (not of the
    /// machine).
    void kill();
    /// SIGTERM, as an operator does it.
    void stop();
    /// `kill` or `stop` may have gone before; the same address and data.
    void restart();

    /// SIGSTOP and SIGCONT: connections stay open and nothing answers.
    void pause();
    void resume();

private:
    std::filesystem::path log() const { return directory_.path() / "broker.log"; }

    temp_dir directory_;
    std::string address_;
    std::optional<process> node_;
};

/// The address of the broker that ctest started for this run (fixture `kafka`), or what the
/// environment's ROLLCALL_TEST_KAFKA says. Throws `std::runtime_error` where there is neither.
std::string shared_broker();

/// A prefix for topics, groups and transactional ids that no other test has: `t3f9c2a71.`
std::string unique_prefix();

}  // namespace rollcall::test
