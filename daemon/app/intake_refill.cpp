#include "app/intake_refill.hpp"

#include "app/connection.hpp"
#include "app/intake_reading.hpp"
#include "app/topic_names.hpp"
#include "kafka/producer.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <utility>

namespace rollcall {
namespace {

constexpr milliseconds patience_with_kafka{10'000};

}  // namespace

struct intake_refill::parts {
    explicit parts(const settings& with)
        : topic{names_of(with.kafka).intake},
          to{connection_of(with), {.timeout = patience_with_kafka}}
    {
    }

    void wait_for(std::size_t most)
    {
        while (under_way > most) {
            io.restart();
            io.run_one();
        }
    }

    std::string topic;
    boost::asio::io_context io;
    producer to;
    std::size_t under_way = 0;
    std::size_t stored = 0;
    error_code failed;
};

intake_refill::intake_refill(const settings& with) : parts_{std::make_unique<parts>(with)} {}

intake_refill::~intake_refill()
{
    parts_->wait_for(0);
}

error_code intake_refill::put(
    std::string_view key, std::string_view body, headers with, std::string from
)
{
    parts_->wait_for(most_in_flight - 1);
    if (parts_->failed)
        return parts_->failed;
    std::erase_if(with, [](const auto& header) { return header.first == replayed_header; });
    with.emplace_back(replayed_header, std::move(from));
    ++parts_->under_way;
    const auto reported = [of = parts_.get()](error_code ec, delivery) {
        --of->under_way;
        of->stored += ec ? 0 : 1;
        if (ec && !of->failed)
            of->failed = ec;
    };
    const outgoing_record record{
        .topic = parts_->topic, .key = key, .value = body, .with = &with, .at = {}};
    parts_->to.async_produce(
        record, boost::asio::bind_executor(parts_->io.get_executor(), reported)
    );
    return {};
}

error_code intake_refill::finish()
{
    parts_->wait_for(0);
    return parts_->failed;
}

std::size_t intake_refill::stored() const
{
    return parts_->stored;
}

}  // namespace rollcall
