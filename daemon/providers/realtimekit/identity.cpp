#include "providers/realtimekit/identity.hpp"

namespace rollcall::realtimekit {
namespace {

std::string_view last_word(kind what)
{
    const auto name = to_string(what);
    return name.substr(name.find('.') + 1);
}

}  // namespace

std::string identity_of(std::string_view session, kind what)
{
    return std::string{"realtimekit:"}.append(session).append(":").append(last_word(what));
}

std::string identity_of(std::string_view session, std::string_view peer, kind what)
{
    return std::string{"realtimekit:"}.append(session).append(":").append(peer).append(":").append(
        last_word(what)
    );
}

std::string name_of(std::string_view meeting, timestamp started_at)
{
    return std::string{meeting}.append("@").append(
        std::to_string(started_at.time_since_epoch().count())
    );
}

}  // namespace rollcall::realtimekit
