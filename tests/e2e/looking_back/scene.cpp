#include "scene.hpp"

#include "simulator/attendee.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace rollcall::test {

std::chrono::sys_time<std::chrono::milliseconds> present()
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

simulator::webhook unusable(const std::string& meeting, const std::string& delivery)
{
    using simulator::value;
    value::object envelope;
    envelope.emplace_back("idempotency_key", delivery);
    envelope.emplace_back("bot_id", meeting);
    envelope.emplace_back("trigger", "participant_events.join_leave");
    envelope.emplace_back("data", value::object{});
    return simulator::attendee{deployment::secret}.post(std::move(envelope));
}

rapidjson::Document answer_of(
    const deployment& in, const instance& with, std::vector<std::string> words, int exit_code
)
{
    const auto ran = in.rollcall(with, words);
    if (exit_code >= 0) {
        EXPECT_EQ(ran.status, (exit_status{exit_code, 0})) << ran.err;
    }
    rapidjson::Document said;
    if (said.Parse(ran.out.c_str()).HasParseError() || !said.IsObject())
        throw std::runtime_error{words.front() + " printed no JSON object: " + ran.out + ran.err};
    return said;
}

std::string fate_of(const rapidjson::Document& said, unsigned record, unsigned event)
{
    const auto& records = said["records"];
    if (record >= records.Size() || event >= records[record]["events"].Size())
        return {};
    return records[record]["events"][event]["fate"].GetString();
}

}  // namespace rollcall::test
