#include "support/raw_client.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <utility>

namespace rollcall::test {
namespace {

constexpr std::chrono::milliseconds patience{10'000};

}  // namespace

bool raw_answer::has(std::string_view line) const
{
    return (head + "\r\n").find("\r\n" + std::string{line} + "\r\n") != std::string::npos;
}

raw_client::raw_client() : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}
{
    EXPECT_GE(fd_, 0);
}

raw_client::raw_client(const boost::asio::ip::tcp::endpoint& server)
    : fd_{::socket(server.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0)}
{
    EXPECT_GE(fd_, 0);
    connect(server);
}

raw_client::raw_client(raw_client&& other) noexcept
    : fd_{std::exchange(other.fd_, -1)}, received_{std::move(other.received_)}
{
}

raw_client::~raw_client()
{
    if (fd_ >= 0)
        ::close(fd_);
}

void raw_client::connect(const boost::asio::ip::tcp::endpoint& server)
{
    EXPECT_EQ(::connect(fd_, server.data(), static_cast<socklen_t>(server.size())), 0);
}

bool raw_client::send(std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::size_t raw_client::send_some(std::string_view bytes)
{
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

void raw_client::half_close()
{
    ::shutdown(fd_, SHUT_WR);
}

void raw_client::reset()
{
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(fd_, -1));
}

bool raw_client::readable_within(std::chrono::milliseconds time) const
{
    pollfd watched{.fd = fd_, .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, static_cast<int>(time.count())) > 0;
}

bool raw_client::read_more()
{
    if (!readable_within(patience)) {
        ADD_FAILURE() << "nothing from the server within " << patience.count() << " ms";
        return false;
    }
    char bytes[16 * 1024];
    const auto count = ::recv(fd_, bytes, sizeof bytes, 0);
    if (count <= 0)
        return false;
    received_.append(bytes, static_cast<std::size_t>(count));
    return true;
}

raw_answer raw_client::read_answer(bool to_head)
{
    raw_answer answer;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
        if (!read_more())
            return answer;
    answer.head = received_.substr(0, end);
    received_.erase(0, end + 4);
    EXPECT_TRUE(answer.head.starts_with("HTTP/1.1 ")) << answer.head;
    std::from_chars(answer.head.data() + 9, answer.head.data() + answer.head.size(), answer.status);

    constexpr std::string_view length_field = "\r\nContent-Length: ";
    const auto field = answer.head.find(length_field);
    std::size_t length = 0;
    if (field != std::string::npos && !to_head) {
        const auto* digits = answer.head.data() + field + length_field.size();
        std::from_chars(digits, answer.head.data() + answer.head.size(), length);
    }
    while (received_.size() < length)
        if (!read_more())
            break;
    answer.body = received_.substr(0, length);
    received_.erase(0, answer.body.size());
    return answer;
}

bool raw_client::closes()
{
    while (received_.empty() && read_more()) {
    }
    EXPECT_EQ(received_, "");
    return received_.empty();
}

}  // namespace rollcall::test
