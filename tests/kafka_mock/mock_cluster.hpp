#pragma once

#include "core/errors.hpp"
#include "kafka/connection.hpp"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <memory>
#include <string>
#include <vector>

namespace rollcall::test {

/// Requests of Kafka's protocol, as `mock_cluster::refuse` takes them.
enum class request : std::int16_t {
    produce = 0,
    metadata = 3,
    find_coordinator = 10,
    init_producer_id = 22,
    add_partitions_to_txn = 24,
    add_offsets_to_txn = 25,
    end_txn = 26,
    txn_offset_commit = 28,
};

/// librdkafka's mock of a cluster with one broker: it can refuse, delay and vanish. It keeps no
/// transactions, so it proves nothing about what is visible when.
class mock_cluster {
public:
    mock_cluster();
    ~mock_cluster();
    mock_cluster(const mock_cluster&) = delete;
    mock_cluster& operator=(const mock_cluster&) = delete;

    kafka_connection connection() const;
    void make_topic(const std::string& name, int partitions);

    /// The next requests of this kind are answered with these errors, one each.
    void refuse(request what, const std::vector<rd_kafka_resp_err_t>& errors);
    /// The next requests of this kind get their (good) answer this late.
    void delay(request what, int times, int ms);
    void go_down();
    void come_up();

private:
    rd_kafka_t* host_;
    rd_kafka_mock_cluster_t* cluster_;
};

}  // namespace rollcall::test
