#pragma once

#include "core/errors.hpp"
#include "kafka/producer.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <vector>

namespace rollcall {

using delivery_handler = boost::asio::any_completion_handler<void(error_code, delivery)>;
/// Keeps the `run()` of a handler's executor from returning early.
using work_of_handler = boost::asio::executor_work_guard<boost::asio::any_io_executor>;

/// A handler and what it is told.
struct completion {
    delivery_handler handler;
    work_of_handler work;
    error_code ec;
    delivery where;
};

/// What is finished at one time, by executor: an io_context is woken once per report of librdkafka,
/// which covers a whole batch, and not once per record. One thread.
class completion_batch {
public:
    void add(completion done);
    /// Posts each executor's handlers, to run there one after the other. A handler that throws does
    /// not take the others with it.
    void post();

private:
    struct group {
        boost::asio::any_io_executor executor;
        std::vector<completion> members;
    };
    static void post(group of);
    static void run(group all);

    std::vector<group> groups_;
};

}  // namespace rollcall
