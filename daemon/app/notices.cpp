#include "app/notices.hpp"

#include "app/connection.hpp"
#include "app/topic_names.hpp"
#include "core/append_all.hpp"
#include "core/traceparent.hpp"
#include "intake/kafka_journal.hpp"
#include "kafka/producer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>

namespace rollcall {
namespace {

constexpr milliseconds patience_with_kafka{10'000};

}  // namespace

struct notices::parts {
    explicit parts(const settings& with)
        : to{connection_of(with), {.timeout = patience_with_kafka}},
          intake{to, names_of(with.kafka).intake}
    {
    }
    producer to;
    kafka_journal intake;
};

notices::notices(const settings& with) : parts_{std::make_unique<parts>(with)} {}
notices::~notices() = default;

error_code notices::tell(
    const std::string& source,
    const std::string& provider,
    const std::vector<std::string>& meetings,
    tracking_sign sign
)
{
    std::vector<intake_record> records;
    records.reserve(meetings.size());
    for (const auto& meeting : meetings) {
        intake_record notice;
        notice.key = meeting;
        notice.source = source;
        notice.provider = provider;
        notice.via = way::poll;
        notice.received_at = wall_clock();
        notice.traceparent = new_traceparent();
        notice.notice = sign;
        records.push_back(std::move(notice));
    }
    boost::asio::io_context io;
    error_code outcome;
    boost::asio::co_spawn(
        io,
        append_all(parts_->intake, std::move(records)),
        [&outcome](const std::exception_ptr& bug, const appended& came) {
            if (bug)
                std::rethrow_exception(bug);
            outcome = came.error;
        }
    );
    io.run();
    return outcome;
}

}  // namespace rollcall
