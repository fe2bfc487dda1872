#pragma once

#include "core/journal.hpp"
#include "kafka/producer.hpp"

#include <string>

namespace rollcall {

/// The journal in Kafka: one record of the intake topic a payload, keyed by its meeting, the body
/// byte for byte and what was known on arrival in headers (`core/intake_record.hpp`).
class kafka_journal final : public lending_journal {
public:
    /// `to` outlives it.
    kafka_journal(producer& to, std::string topic) : producer_{to}, topic_{std::move(topic)} {}

    /// As `journal::append`; bounded by the producer's time-out.
    boost::asio::awaitable<error_code> append(intake_record record) override;
    boost::asio::awaitable<error_code> append_copy(const intake_record& record) override;

private:
    producer& producer_;
    std::string topic_;
};

}  // namespace rollcall
