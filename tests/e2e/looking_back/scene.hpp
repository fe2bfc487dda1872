#pragma once

#include "harness/deployment.hpp"
#include "harness/reading.hpp"

#include <rapidjson/document.h>

#include <chrono>
#include <string>
#include <vector>

namespace rollcall::test {

/// What a test sends has happened then.
std::chrono::sys_time<std::chrono::milliseconds> present();

/// A webhook of the source `demo` that is authentic and of which nothing can be made.
simulator::webhook unusable(const std::string& meeting, const std::string& delivery);

/// What a command that answers in JSON has said, in one object; `exit_code` is what it must end
/// with. Throws `std::runtime_error` where it printed anything else.
rapidjson::Document answer_of(
    const deployment& in, const instance& with, std::vector<std::string> words, int exit_code
);

/// What `rollcall explain` says of an id once that satisfies `enough`; its last answer where it
/// never does.
template <class Enough>
rapidjson::Document explained(
    const deployment& in, const instance& with, const std::string& id, const Enough& enough
)
{
    rapidjson::Document said;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    do
        said = answer_of(in, with, {"explain", id, "--json"}, -1);
    while (!enough(said) && std::chrono::steady_clock::now() < until);
    return said;
}

/// `record/event` of what explain has said: its fate, or empty where there is no such event.
std::string fate_of(const rapidjson::Document& said, unsigned record, unsigned event = 0);

/// A source of Standard Webhooks, as the settings have it: its kinds and where the participant's id
/// stands may be wrong.
std::string generic_source(
    const std::string& name, const std::string& kinds, const std::string& participant
);

/// A join (`joined`) or a leave (`left`) as such a source tells it.
std::string generic_body(
    const std::string& type, const std::string& meeting, const std::string& participant
);

/// Waits until the relay has passed a delivery.
[[nodiscard]] bool passed(const deployment& in, const instance& with, const std::string& delivery);

/// What is published, but for the probes of meetings `end`: `source meeting kind participant` each.
std::vector<std::string> published_facts(
    const deployment& of, const instance& by, const std::string& probes
);

}  // namespace rollcall::test
