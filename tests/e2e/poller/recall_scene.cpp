#include "recall_scene.hpp"

#include "simulator/recall.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

std::unique_ptr<simulator::api_server> open_recall(const recall_scene::options& how)
{
    const simulator::recall provider{deployment::secrets_of("recall")};
    simulator::recall_limits limits;
    limits.lists = 60'000;
    limits.others = 60'000;
    limits.replaces = how.replaces_metadata;
    return std::make_unique<simulator::api_server>(
        provider.open_api({.keys = {"key-only"}, .inner_url = {}, .recall = limits}), how.api
    );
}

deployment::options deployment_of(
    const simulator::api_server& api, const recall_scene::options& how
)
{
    auto made = polling_of(api);
    made.provider = "recall";
    made.secrets = how.secrets;
    made.poll->downloads = how.downloads;
    made.poll->more = how.more;
    return made;
}

const http_headers key{{"Authorization", "Token key-only"}};

std::string text_of(const rapidjson::Value& value)
{
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> writer{text};
    value.Accept(writer);
    return {text.GetString(), text.GetSize()};
}

}  // namespace

recall_scene::recall_scene(const options& how)
    : api_{open_recall(how)},
      rollcall_{shared_broker(), deployment_of(*api_, how)},
      daemon_{rollcall_.add("only")},
      reader_{rollcall_}
{
}

bool recall_scene::start()
{
    daemon_.start();
    return daemon_.ready();
}

bool recall_scene::kill_and_start()
{
    daemon_.kill();
    daemon_.start();
    return daemon_.listening();
}

playing::options recall_scene::world(std::uint64_t seed, double lost)
{
    auto how = a_world(seed, 600, 60, lost, *api_, daemon_);
    how.provider = "recall";
    return how;
}

std::unique_ptr<playing> recall_scene::play(const playing::options& how, const std::string& name)
{
    return std::make_unique<playing>(how, rollcall_.file(name + ".ndjson"));
}

simulator::truth recall_scene::show_past(const simulator::world_options& of)
{
    const simulator::recall by{deployment::secrets_of("recall")};
    const auto now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
    simulator::faults wanted;
    wanted.lost = 1;
    const auto what = simulator::prepare(of, by, {now - 75h, 1}, wanted);
    api_->show(what, std::chrono::steady_clock::now(), true);
    const auto file = rollcall_.file("past.ndjson");
    simulator::truth_log{file}.begin(what, by);
    return simulator::read_truth(file);
}

std::string recall_scene::differences_from(const simulator::truth& truth)
{
    reader_.until_settled(ended_meetings(truth, true));
    // Webhooks that have come after their download wait for each other: a probe would overtake
    // them.
    if (matched && !eventually(std::chrono::seconds{60}, [this] { return rollcall_.is_done(); }))
        return "something waits for ever";
    reader_.until_probed(daemon_, "end");
    auto expected = rollcall_.expected();
    expected.late_allowed = true;
    expected.matched = matched;
    return listed(differences(truth, reader_.without_probes(), expected));
}

std::size_t recall_scene::via(std::string_view way) const
{
    const auto wanted = "\"via\":\"" + std::string{way} + "\"";
    const auto came = [&wanted](const console_record& each) {
        return each.value && each.value->find(wanted) != std::string::npos;
    };
    const auto all = reader_.without_probes();
    return static_cast<std::size_t>(
        std::ranges::count_if(all.attendance, came) + std::ranges::count_if(all.activity, came)
    );
}

std::map<std::string, std::string> recall_scene::metadata(const std::string& status) const
{
    std::map<std::string, std::string> all;
    auto next = api_->url() + "/api/v1/participant_events/?status_code=" + status;
    while (!next.empty()) {
        const auto answer = get(next, key);
        rapidjson::Document page;
        page.Parse(answer.body.data(), answer.body.size());
        if (answer.status != 200 || page.HasParseError())
            throw std::runtime_error{"no list of artifacts: " + std::to_string(answer.status)};
        for (const auto& each : page["results"].GetArray())
            all.emplace(each["id"].GetString(), text_of(each["metadata"]));
        next = page["next"].IsString() ? page["next"].GetString() : "";
    }
    return all;
}

void recall_scene::patch(const std::string& artifact, const std::string& metadata) const
{
    const auto answer = test::patch(
        api_->url() + "/api/v1/participant_events/" + artifact + "/",
        key,
        R"({"metadata":)" + metadata + "}"
    );
    if (answer.status != 200)
        throw std::runtime_error{"not patched: " + std::to_string(answer.status)};
}

milliseconds nearest_like(const playing::options& of)
{
    const auto by = simulator::make_dialect(of.provider, deployment::secrets_of(of.provider));
    const auto what = simulator::prepare(of.world, *by, {simulator::instant{}, 1}, of.wanted);
    using likeness = std::tuple<std::string, std::string, std::string, std::string>;
    std::map<likeness, std::vector<simulator::instant>> times;
    for (const auto& each : what.told)
        if (each.expected && each.expected->who)
            times[{each.meeting_id,
                   each.expected->kind,
                   each.expected->who->id,
                   each.expected->text}]
                .push_back(each.expected->occurred_at);
    milliseconds nearest = 24h;
    for (auto& [like, at] : times) {
        std::ranges::sort(at);
        for (std::size_t i = 1; i < at.size(); ++i)
            nearest = std::min(nearest, at[i] - at[i - 1]);
    }
    return nearest;
}

}  // namespace rollcall::test
