#pragma once

#include "support/temp_dir.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::test {

/// A service manager's end of the sd_notify protocol: a datagram socket of the AF_UNIX family. One
/// thread at a time.
class notify_receiver {
public:
    enum class name { path, abstract };

    explicit notify_receiver(name how = name::path);
    ~notify_receiver();
    notify_receiver(const notify_receiver&) = delete;
    notify_receiver& operator=(const notify_receiver&) = delete;

    /// What NOTIFY_SOCKET is to say.
    const std::string& address() const { return address_; }

    /// The next datagram; nothing where none comes in time.
    std::optional<std::string> next(std::chrono::milliseconds timeout);
    /// Reads on until a datagram has a line that begins so, and gives that line.
    std::optional<std::string> until(std::string_view begin, std::chrono::milliseconds timeout);
    /// What has come so far, without waiting.
    std::vector<std::string> take_all();

private:
    temp_dir directory_;
    std::string address_;
    int socket_ = -1;
};

}  // namespace rollcall::test
