#include "support/notify_receiver.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <system_error>

namespace rollcall::test {
namespace {

using clock = std::chrono::steady_clock;

}  // namespace

notify_receiver::notify_receiver(name how)
{
    const auto path = (directory_.path() / "notify").string();
    address_ = how == name::path ? path : "@" + path;
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, address_.data(), address_.size());
    auto size = offsetof(sockaddr_un, sun_path) + address_.size();
    if (how == name::abstract)
        at.sun_path[0] = '\0';
    else
        ++size;
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto* const bound = reinterpret_cast<const sockaddr*>(&at);
    if (socket_ < 0 || ::bind(socket_, bound, static_cast<socklen_t>(size)) != 0)
        throw std::system_error{errno, std::generic_category(), address_};
}

notify_receiver::~notify_receiver()
{
    ::close(socket_);
}

std::optional<std::string> notify_receiver::next(std::chrono::milliseconds timeout)
{
    pollfd one{socket_, POLLIN, 0};
    if (::poll(&one, 1, static_cast<int>(timeout.count())) <= 0)
        return std::nullopt;
    std::array<char, 4096> bytes{};
    const auto size = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (size < 0)
        throw std::system_error{errno, std::generic_category(), "recv"};
    return std::string{bytes.data(), static_cast<std::size_t>(size)};
}

std::optional<std::string> notify_receiver::until(
    std::string_view begin, std::chrono::milliseconds timeout
)
{
    const auto end = clock::now() + timeout;
    for (auto now = clock::now(); now < end; now = clock::now()) {
        const auto told = next(std::chrono::ceil<std::chrono::milliseconds>(end - now));
        std::istringstream lines{told.value_or("")};
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with(begin))
                return line;
    }
    return std::nullopt;
}

std::vector<std::string> notify_receiver::take_all()
{
    std::vector<std::string> all;
    while (auto told = next(std::chrono::milliseconds{0}))
        all.push_back(*std::move(told));
    return all;
}

}  // namespace rollcall::test
