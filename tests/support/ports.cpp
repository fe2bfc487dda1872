#include "support/ports.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <fstream>
#include <random>

namespace rollcall::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::uint16_t lowest = 10'000;

std::uint16_t first_outgoing_port()
{
    std::uint16_t first = 32'768;  // the kernel's default
    std::ifstream{"/proc/sys/net/ipv4/ip_local_port_range"} >> first;
    return first;
}

bool is_free(std::uint16_t port)
{
    asio::io_context io;
    tcp::acceptor probe{io};
    boost::system::error_code ec;
    probe.open(tcp::v4(), ec);
    probe.bind({asio::ip::address_v4::loopback(), port}, ec);
    return !ec;
}

}  // namespace

std::uint16_t free_port()
{
    static std::mt19937 random{std::random_device{}()};
    std::uniform_int_distribution<unsigned> ports{lowest, first_outgoing_port() - 1U};
    for (;;) {
        const auto port = static_cast<std::uint16_t>(ports(random));
        if (is_free(port))
            return port;
    }
}

std::string free_address()
{
    return "127.0.0.1:" + std::to_string(free_port());
}

}  // namespace rollcall::test
