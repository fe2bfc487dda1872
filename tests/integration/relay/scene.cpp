#include "scene.hpp"

#include "kafka/admin.hpp"
#include "kafka/partition_reader.hpp"
#include "kafka/partitioner.hpp"
#include "kafka/producer.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"

#include <boost/asio/bind_executor.hpp>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <thread>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

std::string event_body(
    const std::string& meeting, const std::string& id, bool joined, int person, timestamp at
)
{
    return R"({"idempotency_key": "k-)" + id + R"(", "bot_id": ")" + meeting +
           R"(", "bot_metadata": null, "trigger": "participant_events.join_leave", "data": {"id": ")" +
           id + R"(", "event_data": {}, "event_type": ")" + (joined ? "join" : "leave") +
           R"(", "timestamp_ms": )" + std::to_string(at.time_since_epoch().count()) +
           R"(, "participant_name": "Person )" + std::to_string(person) +
           R"(", "participant_uuid": ")" + std::to_string(person) +
           R"(", "participant_is_host": false, "participant_user_uuid": null}})";
}

std::string end_body(const std::string& meeting, timestamp at)
{
    return R"({"idempotency_key": "k-end-)" + meeting + R"(", "bot_id": ")" + meeting +
           R"(", "bot_metadata": null, "trigger": "bot.state_change", "data": {"new_state": "ended", )" +
           R"("old_state": "post_processing", "created_at": ")" + to_rfc3339(at) +
           R"(", "event_type": "post_processing_completed", "event_metadata": {}, "event_sub_type": null}})";
}

}  // namespace

scene::scene()
    : bootstrap_{shared_broker()},
      prefix_{unique_prefix()},
      io_{std::make_unique<boost::asio::io_context>()}
{
    admin topics{kafka_connection{.bootstrap_servers = bootstrap_}};
    for (const char* name : {"intake", "attendance", "activity", "tracking", "deadletter"})
        if (const auto ec = topics.create({.name = prefix_ + name, .partitions = partitions}, 20s))
            throw std::runtime_error("cannot create a topic: " + topics.last_error());
    intake_ = std::make_unique<producer>(
        kafka_connection{.bootstrap_servers = bootstrap_}, producer::options{.timeout = 20s}
    );
    intake_->warm_up(prefix_ + "intake", 20s);
}

scene::~scene() = default;

void scene::store(const std::string& meeting, const std::string& body, timestamp received_at)
{
    intake_record record;
    record.key = meeting;
    record.body = body;
    record.received_at = received_at;
    append(record);
}

void scene::store_join(const std::string& meeting, const std::string& id, timestamp at)
{
    store(meeting, event_body(meeting, id, true, 99, at), wall_clock());
}

void scene::store_end(const std::string& meeting)
{
    store(meeting, end_body(meeting, wall_clock()), wall_clock());
}

void scene::store_row(const std::string& meeting, const std::string& item, const std::string& body)
{
    intake_record record;
    record.key = meeting;
    record.body = body;
    record.via = way::poll;
    record.received_at = wall_clock();
    record.item = item;
    append(record);
}

void scene::notice(const std::string& meeting, tracking_sign sign)
{
    intake_record record;
    record.key = meeting;
    record.via = way::poll;
    record.received_at = wall_clock();
    record.notice = sign;
    append(record);
}

void scene::store_recall(
    const std::string& meeting,
    const std::string& body,
    const std::string& download,
    tracking_sign sign
)
{
    intake_record record;
    record.key = meeting;
    record.body = body;
    record.received_at = wall_clock();
    record.notice = sign;
    if (!download.empty()) {
        record.via = way::download;
        record.delivery_id = download;
        record.item = "participant_event";
    }
    append_as("recall-test", "recall", std::move(record));
}

void scene::append(const intake_record& record)
{
    append_as("attendee-test", "attendee", record);
}

void scene::append_as(const std::string& source, const std::string& provider, intake_record record)
{
    record.source = source;
    record.provider = provider;
    const headers with = arrival_headers(record);
    const std::string topic = prefix_ + "intake";
    produce({.topic = topic, .key = record.key, .value = record.body, .with = &with});
}

void scene::keep(const tracking_entry& entry)
{
    const auto record = encode(entry);
    const std::string topic = prefix_ + "tracking";
    produce(
        {.topic = topic,
         .partition = partition_of(entry.what.meeting, partitions),
         .key = record.key,
         .value = record.value}
    );
}

void scene::produce(const outgoing_record& record)
{
    error_code outcome;
    intake_->async_produce(
        record,
        boost::asio::bind_executor(
            io_->get_executor(), [&](error_code ec, delivery) { outcome = ec; }
        )
    );
    io_->restart();
    io_->run();
    if (outcome)
        throw std::runtime_error("cannot store: " + outcome.message());
}

std::vector<delivery_body> scene::feed(int meetings, int people)
{
    std::vector<delivery_body> bodies;
    std::vector<delivery_body> ends;
    const timestamp now = wall_clock();
    for (int m = 0; m < meetings; ++m) {
        const std::string meeting = "bot_" + std::to_string(next_meeting_++);
        for (int person = 0; person < people; ++person) {
            for (const bool joined : {true, false}) {
                if (!joined && person % 3 == 0)
                    continue;  // still in at the end
                const std::string id =
                    "pe_" + meeting + (joined ? "_j" : "_l") + std::to_string(person);
                bodies.push_back(
                    {meeting, event_body(meeting, id, joined, person, now - 500ms + person * 3ms)}
                );
                if (dice_() % 10 == 0)
                    bodies.push_back(bodies.back());
                fed_[meeting][id] = joined ? "participant.joined" : "participant.left";
            }
        }
        ends.push_back({meeting, end_body(meeting, now)});
    }
    for (std::size_t i = 0; i + 1 < bodies.size(); ++i)
        std::swap(bodies[i], bodies[i + dice_() % std::min<std::size_t>(8, bodies.size() - i)]);
    bodies.insert(bodies.end(), ends.begin(), ends.end());
    for (const auto& one : bodies)
        store(one.meeting, one.body, wall_clock());
    return bodies;
}

process scene::start(const std::string& id, std::vector<std::string> fate) const
{
    std::vector<std::string> arguments{bootstrap_, prefix_, id};
    arguments.insert(arguments.end(), fate.begin(), fate.end());
    return process{
        {.program = RELAY_PROCESS, .arguments = arguments, .standard_output = output::to_pipe()}};
}

std::vector<seen> scene::read(const std::string& topic) const
{
    partition_reader reader{
        {.bootstrap_servers = bootstrap_},
        prefix_ + "test",
        partition_reader::isolation::read_committed};
    std::vector<seen> all;
    std::vector<topic_partition> positions;
    positions.reserve(partitions);
    for (std::int32_t p = 0; p < partitions; ++p)
        positions.push_back({prefix_ + topic, p, 0});
    if (const auto ec = reader.assign(positions))
        throw std::runtime_error("cannot read: " + ec.message());
    std::set<std::int32_t> ended;
    while (ended.size() < partitions) {
        auto next = reader.poll(20s);
        if (const auto* record = std::get_if<consumed_record>(&next))
            all.push_back(
                {std::string{record->topic()},
                 record->partition(),
                 record->offset(),
                 std::string{record->key()},
                 std::string{record->value()},
                 record->all_headers()}
            );
        else if (const auto* end = std::get_if<end_of_partition>(&next))
            ended.insert(end->partition);
        else
            throw std::runtime_error("the reader stands still");
    }
    return all;
}

bool scene::all_settled() const
{
    std::set<std::string> settled;
    for (const auto& message : read("attendance"))
        if (find_header(message.with, "ce_type") == "rollcall.meeting.settled")
            settled.insert(message.key);
    return settled.size() == fed_.size();
}

void scene::expect_everything_once() const
{
    ASSERT_TRUE(eventually(90s, [this] { return all_settled(); }))
        << "not every meeting has settled";
    std::map<std::string, std::map<std::string, std::string>> out;
    std::map<std::string, std::uint64_t> last_sequence;
    std::map<std::string, std::string> last_time, last_type;
    std::set<std::string> ids;
    for (const auto& message : read("attendance")) {
        const std::string where = message.key + " offset " + std::to_string(message.offset);
        EXPECT_TRUE(ids.emplace(find_header(message.with, "ce_id")).second) << "twice: " << where;
        EXPECT_EQ(
            std::stoull(std::string{find_header(message.with, "ce_sequence")}),
            ++last_sequence[message.key]
        ) << where;
        const std::string time{find_header(message.with, "ce_time")};
        const bool late = !find_header(message.with, "rollcall-late").empty();
        EXPECT_TRUE(late || time >= last_time[message.key]) << "out of order: " << where;
        last_time[message.key] = std::max(last_time[message.key], time);
        EXPECT_NE(last_type[message.key], "rollcall.meeting.settled")
            << "after the settling: " << where;
        last_type[message.key] = find_header(message.with, "ce_type");
        rapidjson::Document value;
        value.Parse(message.value.data(), message.value.size());
        ASSERT_TRUE(value.IsObject()) << where;
        if (const auto& id = value["provider_event"]["id"]; id.IsString())
            out[message.key][id.GetString()] = value["kind"].GetString();
    }
    EXPECT_EQ(out, fed_);
    EXPECT_TRUE(read("deadletter").empty());
}

}  // namespace rollcall::test
