#include "app/status_line.hpp"

#include "app/relay_progress.hpp"

namespace rollcall {
namespace {

std::string counted(std::uint64_t number, const std::string& what)
{
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

}  // namespace

std::string status_line(const status_facts& of)
{
    std::string text = of.not_ready.value_or("ready");
    if (!of.not_ready && of.relay.restoring > 0)
        text.append(", ").append(restoring_text(of.relay));
    return text + "; " + counted(of.sources, "source") + ", " +
           counted(of.relay.active, "partition") + ", " + counted(of.spooled, "record") +
           " spooled";
}

}  // namespace rollcall
