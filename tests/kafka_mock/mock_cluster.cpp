#include "kafka_mock/mock_cluster.hpp"

#include <array>
#include <stdexcept>

namespace rollcall::test {

mock_cluster::mock_cluster()
{
    std::array<char, 256> words{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(
        conf, "log_level", "0", words.data(), words.size()
    );  // it is a client without a cluster
    host_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words.data(), words.size());
    if (!host_)
        throw std::runtime_error{words.data()};
    cluster_ = rd_kafka_mock_cluster_new(host_, 1);
    if (!cluster_)
        throw std::runtime_error{"no mock cluster"};
}

mock_cluster::~mock_cluster()
{
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(host_);
}

kafka_connection mock_cluster::connection() const
{
    return {
        .bootstrap_servers = rd_kafka_mock_cluster_bootstraps(cluster_),
        .client_id = "test",
        .properties = {}};
}

void mock_cluster::make_topic(const std::string& name, int partitions)
{
    rd_kafka_mock_topic_create(cluster_, name.c_str(), partitions, 1);
}

void mock_cluster::refuse(request what, const std::vector<rd_kafka_resp_err_t>& errors)
{
    rd_kafka_mock_push_request_errors_array(
        cluster_, static_cast<std::int16_t>(what), errors.size(), errors.data()
    );
}

void mock_cluster::delay(request what, int times, int ms)
{
    for (int i = 0; i < times; ++i)
        rd_kafka_mock_broker_push_request_error_rtts(
            cluster_, 1, static_cast<std::int16_t>(what), 1, RD_KAFKA_RESP_ERR_NO_ERROR, ms
        );
}

void mock_cluster::go_down()
{
    rd_kafka_mock_broker_set_down(cluster_, -1);
}
void mock_cluster::come_up()
{
    rd_kafka_mock_broker_set_up(cluster_, -1);
}

}  // namespace rollcall::test
