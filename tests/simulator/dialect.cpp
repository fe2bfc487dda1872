#include "simulator/dialect.hpp"

#include "simulator/attendee.hpp"
#include "simulator/realtimekit.hpp"
#include "simulator/recall.hpp"

namespace rollcall::simulator {

value dialect::metadata_of(const world& of, std::size_t meeting) const
{
    value::object members;
    if (const auto& given = of.meetings[meeting].metadata)
        for (const auto& [name, text] : *given)
            members.emplace_back(name, text);
    return members;
}

std::unique_ptr<dialect> make_dialect(std::string_view name, std::string_view secret)
{
    if (name == "attendee")
        return std::make_unique<attendee>(secret);
    if (name == "recall")
        return std::make_unique<recall>(secret);
    if (name == "realtimekit")
        return std::make_unique<realtimekit>(secret);
    return nullptr;
}

}  // namespace rollcall::simulator
