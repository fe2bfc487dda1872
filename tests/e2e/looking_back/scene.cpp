#include "scene.hpp"

#include "harness/private_texts.hpp"
#include "harness/signed_sending.hpp"
#include "simulator/attendee.hpp"
#include "verifier/message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

std::string generic_source(
    const std::string& name, const std::string& kinds, const std::string& participant
)
{
    return "  " + name + R"(:
    provider: standard_webhooks
    webhook: { secrets: [ { file: attendee-0.secret } ] }
    mapping:
      kinds: )" +
           kinds + R"(
      meeting: { id: /data/session }
      participant: { id: )" +
           participant + R"(, name: /data/name, email: /data/email }
)";
}

std::string generic_body(
    const std::string& type, const std::string& meeting, const std::string& participant
)
{
    const std::string name = "Zoë 山田";
    const std::string email = participant + "@example.org";
    forbid_in_logs(name);
    forbid_in_logs(email);
    return R"({"type":")" + type + R"(","timestamp":)" + std::to_string(now_s()) +
           R"(,"data":{"session":")" + meeting + R"(","who":")" + participant + R"(","name":")" +
           name + R"(","email":")" + email + R"("}})";
}

bool passed(const deployment& in, const instance& with, const std::string& delivery)
{
    const auto is_passed = [](const rapidjson::Document& said) {
        const auto& records = said["records"];
        return records.Size() > 0 && records[records.Size() - 1]["passed"].GetBool();
    };
    return is_passed(explained(in, with, delivery, is_passed));
}

std::vector<std::string> published_facts(
    const deployment& of, const instance& by, const std::string& probes
)
{
    reading reader{of};
    reader.until_probed(by, probes);
    std::vector<std::string> facts;
    for (const auto& record : reader.without_probes().attendance)
        if (const auto read = read_message(record, "attendance"))
            facts.push_back(
                read->text("/source").value_or("") + ' ' + read->meeting + ' ' + read->kind + ' ' +
                read->participant
            );
    std::ranges::sort(facts);
    return facts;
}

}  // namespace rollcall::test
