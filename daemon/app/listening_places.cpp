#include "app/listening_places.hpp"

#include "core/log.hpp"
#include "http/address.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <sys/socket.h>

namespace rollcall {
namespace {

using boost::asio::ip::tcp;

// 0 where it is no TCP socket.
std::uint16_t port_of(int socket)
{
    tcp::endpoint bound;
    auto size = static_cast<socklen_t>(bound.capacity());
    if (::getsockname(socket, bound.data(), &size) != 0)
        return 0;
    bound.resize(size);
    const bool is_ip = bound.data()->sa_family == AF_INET || bound.data()->sa_family == AF_INET6;
    return is_ip ? bound.port() : std::uint16_t{0};
}

std::uint16_t port_of(const std::string& address)
{
    const auto parsed = http::parse_address(address);
    return parsed ? parsed->port : std::uint16_t{0};
}

}  // namespace

std::vector<http::listening_place> listening_places(
    const settings& with,
    const std::vector<passed_socket>& passed,
    const std::vector<std::shared_ptr<http::tls_identity>>& identities
)
{
    std::vector<http::listening_place> places;
    std::vector<std::uint16_t> ports;
    for (const auto& each : passed) {
        if (each.name != "hooks") {
            stage_log{"serve"}.warn(
                "a socket was passed that nobody here listens on",
                {{"name", each.name}, {"descriptor", each.descriptor}}
            );
            continue;
        }
        places.push_back({.socket = each.descriptor});
        ports.push_back(port_of(each.descriptor));
    }
    for (std::size_t i = 0; i < with.listen.size(); ++i) {
        const auto& address = with.listen[i].address;
        const auto port = port_of(address);
        bool is_passed = false;
        for (std::size_t n = 0; n < ports.size(); ++n)
            if (port != 0 && ports[n] == port) {
                is_passed = true;
                places[n].identity = identities.at(i);
            }
        if (!is_passed)
            places.push_back({.address = address, .identity = identities.at(i)});
    }
    return places;
}

}  // namespace rollcall
