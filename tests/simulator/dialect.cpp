#include "simulator/dialect.hpp"

#include "simulator/attendee.hpp"

namespace rollcall::simulator {

std::unique_ptr<dialect> make_dialect(std::string_view name, std::string_view secret)
{
    if (name == "attendee")
        return std::make_unique<attendee>(secret);
    return nullptr;
}

}  // namespace rollcall::simulator
