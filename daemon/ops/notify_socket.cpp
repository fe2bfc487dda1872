#include "ops/notify_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>

namespace rollcall {
namespace {

std::string datagram_of(const notify_socket::assignments& told)
{
    std::string text;
    for (const auto& [name, value] : told) {
        text.append(name).append("=");
        const auto begin = text.size();
        text.append(value).append("\n");
        std::replace(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end() - 1, '\n', ' ');
    }
    return text;
}

}  // namespace

notify_socket::notify_socket(std::string_view address) : address_{address}
{
    const bool known = address.starts_with('/') || address.starts_with('@');
    if (!known || address.size() < 2 || address.size() >= sizeof(sockaddr_un::sun_path))
        return;
    if (address_.front() == '@')
        address_.front() = '\0';
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

notify_socket::~notify_socket()
{
    if (socket_ >= 0)
        ::close(socket_);
}

error_code notify_socket::send(const assignments& told) const
{
    if (socket_ < 0)
        return {};
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, address_.data(), address_.size());
    // An abstract name is as long as the length says; a path ends with its NUL.
    const auto size =
        offsetof(sockaddr_un, sun_path) + address_.size() + (address_.front() == '\0' ? 0 : 1);
    const auto text = datagram_of(told);
    const auto sent = ::sendto(
        socket_,
        text.data(),
        text.size(),
        MSG_NOSIGNAL,
        reinterpret_cast<const sockaddr*>(&to),
        static_cast<socklen_t>(size)
    );
    return sent < 0 ? error_code{errno, boost::system::system_category()} : error_code{};
}

std::uint64_t monotonic_us()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec) / 1'000;
}

}  // namespace rollcall
