#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::test {

using std::chrono::milliseconds;

/// How a program ended: with `code`, or by `signal` (then `code` is -1).
struct exit_status {
    int code = -1;
    int signal = 0;
    bool operator==(const exit_status&) const = default;
};

/// Where one of a program's output streams goes.
struct output {
    enum class kind { inherit, discard, file, pipe } where = kind::inherit;
    std::filesystem::path path;  ///< of a file: made anew, or appended to where it exists

    static output to_file(std::filesystem::path path) { return {kind::file, std::move(path)}; }
    static output to_pipe() { return {kind::pipe, {}}; }
    static output discarded() { return {kind::discard, {}}; }
};

/// A program of ours, killed at the latest when this object goes. Should the test itself die, the
/// kernel kills the program (also when the *thread* that started it ends: start programs from a
/// thread that stays). One thread at a time; throws `std::system_error` where the program cannot be
/// started.
class process {
public:
    struct options {
        std::string program;  ///< a path, or a name that is looked up in PATH
        std::vector<std::string> arguments;
        std::map<std::string, std::string> environment;  ///< added to ours; wins over it
        output standard_output;                          ///< a pipe is read with `read_line`
        output standard_error;                           ///< not a pipe
    };

    explicit process(const options& how);
    ~process();
    process(process&& other) noexcept;
    process& operator=(process&& other) noexcept;

    int id() const { return id_; }
    bool running();

    /// SIGTERM, SIGSTOP, SIGCONT, ...; nothing where the program has ended.
    void signal(int number);
    /// SIGKILL, and waits until the program is gone.
    void kill();

    /// Nothing where it still runs after `timeout`.
    std::optional<exit_status> wait(milliseconds timeout);
    /// SIGTERM, then `wait`.
    std::optional<exit_status> stop(milliseconds timeout);

    /// The next line of the output pipe, without its end; nothing at the pipe's end (`at_end`) or
    /// when `timeout` is over.
    std::optional<std::string> read_line(milliseconds timeout);
    bool at_end() const { return at_end_; }

private:
    void close() noexcept;

    int id_ = -1;          ///< -1 where there is no program (moved away)
    int descriptor_ = -1;  ///< the program's pidfd: readable once it has ended
    int output_ = -1;      ///< our end of its standard output
    bool at_end_ = false;
    std::string buffered_;
    std::optional<exit_status> status_;
};

/// A program that has run to its end.
struct completed {
    exit_status status;
    std::string out;
    std::string err;
};

/// Runs a program to its end; kills it and throws `std::runtime_error` where that takes longer than
/// `timeout`.
completed run(
    const std::string& program,
    const std::vector<std::string>& arguments,
    const std::map<std::string, std::string>& environment = {},
    milliseconds timeout = milliseconds{60'000}
);

}  // namespace rollcall::test
