#include "app/shortfall.hpp"

#include "app/relay_progress.hpp"
#include "core/listed.hpp"
#include "settings/quantities.hpp"

namespace rollcall {
namespace {

std::string spool_text(const spooling_journal::status& of)
{
    return std::string{of.spooling ? "spooling, " : "sending on what was spooled, "} +
           std::to_string(of.waiting.records) + " records wait (" + size_text(of.waiting.bytes) +
           ")";
}

}  // namespace

std::optional<std::string> shortfall_text(const shortfall_facts& of)
{
    std::vector<std::string> all;
    if (of.spooled.spooling || of.spooled.waiting.records > 0)
        all.push_back(spool_text(of.spooled));
    if (of.ready && of.relay.restoring > 0)
        all.push_back(restoring_text(of.relay));
    for (const auto& source : of.keyless)
        all.push_back(source + ": the key that webhooks are signed with cannot be had");
    for (const auto& source : of.refused)
        all.push_back(source + ": the provider refuses the API key");
    if (all.empty())
        return std::nullopt;
    return listed(all, "; ");
}

}  // namespace rollcall
