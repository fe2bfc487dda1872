#include "bench/http_load.hpp"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <deque>
#include <stdexcept>
#include <system_error>

namespace rollcall::bench {
namespace {

using clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC, as the timer's
using time_point = clock::time_point;

constexpr int patience_ms = 10'000;

int must(int result, const char* what)
{
    if (result < 0)
        throw std::system_error{errno, std::generic_category(), what};
    return result;
}

struct descriptor {
    int fd;
    explicit descriptor(int opened) : fd{opened} {}
    descriptor(descriptor&& other) noexcept : fd{std::exchange(other.fd, -1)} {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor()
    {
        if (fd >= 0)
            ::close(fd);
    }
};

// A connection with at most one request on its way.
class connection {
public:
    explicit connection(const boost::asio::ip::tcp::endpoint& to)
        : socket_{must(::socket(to.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")}
    {
        must(::connect(socket_.fd, to.data(), static_cast<socklen_t>(to.size())), "connect");
        const int on = 1;
        must(::setsockopt(socket_.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    }

    int fd() const { return socket_.fd; }
    time_point asked_at() const { return asked_at_; }

    void ask(std::string_view request, time_point counts_from)
    {
        asked_at_ = counts_from;
        received_.clear();
        while (!request.empty()) {
            const auto sent = ::send(socket_.fd, request.data(), request.size(), MSG_NOSIGNAL);
            must(static_cast<int>(sent), "send");
            request.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    // The status once the answer is whole, otherwise 0.
    int receive()
    {
        std::array<char, 4096> bytes;
        const auto count = ::recv(socket_.fd, bytes.data(), bytes.size(), 0);
        must(static_cast<int>(count), "recv");
        if (count == 0)
            throw std::runtime_error{"the server closed a connection"};
        received_.append(bytes.data(), static_cast<std::size_t>(count));
        const auto end = received_.find("\r\n\r\n");
        if (end == std::string::npos ||
            received_.size() < end + 4 + number_after("\r\nContent-Length: ", 0))
            return 0;
        return static_cast<int>(number_after("HTTP/1.1 ", 0));
    }

private:
    std::size_t number_after(std::string_view text, std::size_t otherwise) const
    {
        const auto at = received_.find(text);
        if (at == std::string::npos)
            return otherwise;
        std::size_t number = otherwise;
        std::from_chars(
            received_.data() + at + text.size(), received_.data() + received_.size(), number
        );
        return number;
    }

    descriptor socket_;
    time_point asked_at_;
    std::string received_;
};

// Connections, what they are asked, and what is counted. Epoll's data is the connection, null for
// the timer.
class generator {
public:
    explicit generator(const load& what)
        : what_{what},
          poll_{must(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
          counts_from_{clock::now() + what.warm_up},
          counts_until_{counts_from_ + what.time}
    {
        connections_.reserve(what.connections);
        for (unsigned i = 0; i < what.connections; ++i) {
            auto& made = connections_.emplace_back(what.to);
            watch(made.fd(), &made);
        }
    }

    load_result run_closed()
    {
        for (auto& each : connections_)
            each.ask(next_request(), clock::now());
        while (clock::now() < counts_until_) {
            for (auto* ready : wait()) {
                if (!take_answer(*ready))
                    continue;
                ready->ask(next_request(), clock::now());
            }
        }
        return finish();
    }

    load_result run_open(double rate)
    {
        const descriptor timer{
            must(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd")};
        watch(timer.fd, nullptr);
        for (auto& each : connections_)
            free_.push_back(&each);
        const auto start = clock::now();
        const auto due = [&](std::uint64_t n) {
            return start + std::chrono::nanoseconds{
                               static_cast<std::int64_t>(static_cast<double>(n) * 1e9 / rate)};
        };
        std::uint64_t sent = 0;
        std::uint64_t answered = 0;
        std::deque<time_point> late;  // due, and no connection was free
        while (due(sent) < counts_until_ || answered < sent) {
            for (; due(sent) <= clock::now() && due(sent) < counts_until_; ++sent)
                late.push_back(due(sent));
            for (; !late.empty() && !free_.empty(); late.pop_front()) {
                free_.back()->ask(next_request(), late.front());
                free_.pop_back();
            }
            set(timer.fd, due(sent));
            for (auto* ready : wait()) {
                if (!ready || !take_answer(*ready))
                    continue;
                ++answered;
                free_.push_back(ready);
            }
        }
        return finish();
    }

private:
    void watch(int fd, connection* who)
    {
        epoll_event event{.events = EPOLLIN, .data = {.ptr = who}};
        must(::epoll_ctl(poll_.fd, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    }

    static void set(int timer, time_point at)
    {
        const auto since = at.time_since_epoch();
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
        itimerspec when{};
        when.it_value.tv_sec = seconds.count();
        when.it_value.tv_nsec = std::chrono::nanoseconds{since - seconds}.count();
        must(::timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, nullptr), "timerfd_settime");
    }

    std::span<connection* const> wait()
    {
        std::array<epoll_event, 512> events;
        const int count = must(
            ::epoll_wait(poll_.fd, events.data(), static_cast<int>(events.size()), patience_ms),
            "epoll_wait"
        );
        if (count == 0)
            throw std::runtime_error{"no answer within ten seconds"};
        ready_.clear();
        for (int i = 0; i < count; ++i)
            ready_.push_back(static_cast<connection*>(events[static_cast<std::size_t>(i)].data.ptr)
            );
        return ready_;
    }

    const std::string& next_request()
    {
        ++result_.sent;
        const auto& request = what_.requests[next_];
        next_ = next_ + 1 == what_.requests.size() ? 0 : next_ + 1;
        return request;
    }

    bool take_answer(connection& from)
    {
        const int status = from.receive();
        if (status == 0)
            return false;
        if (from.asked_at() < counts_from_)
            return true;
        result_.times.add(clock::now() - from.asked_at());
        ++(status / 100 == 2 ? result_.accepted : result_.others);
        return true;
    }

    load_result finish()
    {
        result_.seconds = std::chrono::duration<double>(clock::now() - counts_from_).count();
        return std::move(result_);
    }

    const load& what_;
    descriptor poll_;
    std::vector<connection> connections_;
    std::vector<connection*> free_;
    std::vector<connection*> ready_;
    std::size_t next_ = 0;
    time_point counts_from_;
    time_point counts_until_;
    load_result result_;
};

}  // namespace

std::string render_post(
    std::string_view path,
    const std::vector<std::pair<std::string, std::string>>& fields,
    std::string_view body
)
{
    std::string out{"POST "};
    out.append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n");
    for (const auto& [name, value] : fields)
        out.append(name).append(": ").append(value).append("\r\n");
    return out.append("Content-Length: ")
        .append(std::to_string(body.size()))
        .append("\r\n\r\n")
        .append(body);
}

load_result closed_loop(const load& what)
{
    return generator{what}.run_closed();
}

load_result open_loop(const load& what, double rate)
{
    return generator{what}.run_open(rate);
}

}  // namespace rollcall::bench
