#include "support/process.hpp"

#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace rollcall::test {
namespace {

using clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what, int error = errno)
{
    throw std::system_error(error, std::generic_category(), what);
}

/// A descriptor that closes itself; children do not inherit it.
class owned_fd {
public:
    explicit owned_fd(int fd = -1) : fd_{fd} {}
    owned_fd(owned_fd&& other) noexcept : fd_{other.release()} {}
    owned_fd& operator=(owned_fd&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~owned_fd()
    {
        if (fd_ >= 0)
            ::close(fd_);
    }
    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_;
};

struct pipe_ends {
    owned_fd read, write;
};

pipe_ends make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        fail("pipe2");
    return {owned_fd{ends[0]}, owned_fd{ends[1]}};
}

// The descriptor the child is to have as its output, or none where it keeps ours.
owned_fd open_output(const output& to, pipe_ends& pipe)
{
    switch (to.where) {
        case output::kind::inherit:
            return owned_fd{};
        case output::kind::pipe:
            pipe = make_pipe();
            return std::move(pipe.write);
        default:
            break;
    }
    const char* path = to.where == output::kind::discard ? "/dev/null" : to.path.c_str();
    owned_fd file{::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
    if (file.get() < 0)
        fail(to.path.string());
    return file;
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added)
{
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        if (!added.contains(text.substr(0, text.find('='))))
            all.push_back(text);
    }
    for (const auto& [name, value] : added)
        all.push_back(std::string{name}.append("=").append(value));
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> all;
    all.reserve(texts.size() + 1);
    for (auto& text : texts)
        all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

struct child_plan {
    char* const* arguments;
    char* const* environment;
    int standard_output;
    int standard_error;
    int report;  ///< takes errno where the program could not be started
    pid_t parent;
};

// Between fork and exec: nothing but async-signal-safe calls.
[[noreturn]] void become(const child_plan& plan)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent)  // it died before the line above
        ::_exit(127);
    if (plan.standard_output >= 0)
        ::dup2(plan.standard_output, STDOUT_FILENO);
    if (plan.standard_error >= 0)
        ::dup2(plan.standard_error, STDERR_FILENO);
    environ = const_cast<char**>(plan.environment);
    ::execvp(plan.arguments[0], plan.arguments);
    const int error = errno;
    [[maybe_unused]] const auto written = ::write(plan.report, &error, sizeof error);
    ::_exit(127);
}

int remaining_ms(clock::time_point until)
{
    const auto left = std::chrono::ceil<milliseconds>(until - clock::now()).count();
    return left > 0 ? static_cast<int>(left) : 0;
}

bool readable(int fd, clock::time_point until)
{
    for (;;) {
        pollfd one{fd, POLLIN, 0};
        const int ready = ::poll(&one, 1, remaining_ms(until));
        if (ready >= 0)
            return ready > 0;
        if (errno != EINTR)
            fail("poll");
    }
}

}  // namespace

process::process(const options& how)
{
    std::vector<std::string> argument_texts{how.program};
    argument_texts.insert(argument_texts.end(), how.arguments.begin(), how.arguments.end());
    auto environment_texts = merged_environment(how.environment);
    const auto arguments = pointers(argument_texts);
    const auto environment = pointers(environment_texts);

    pipe_ends out, err;
    const auto standard_output = open_output(how.standard_output, out);
    const auto standard_error = open_output(how.standard_error, err);
    auto report = make_pipe();

    const child_plan plan{
        arguments.data(),
        environment.data(),
        standard_output.get(),
        standard_error.get(),
        report.write.get(),
        ::getpid()};
    id_ = ::fork();
    if (id_ < 0)
        fail("fork");
    if (id_ == 0)
        become(plan);

    descriptor_ = static_cast<int>(::syscall(SYS_pidfd_open, id_, 0));
    output_ = out.read.release();
    report.write = owned_fd{};  // what is left of it is the child's, and exec closes that
    int error = 0;
    if (::read(report.read.get(), &error, sizeof error) == sizeof error) {
        close();
        fail("cannot start " + how.program, error);
    }
}

process::~process()
{
    close();
}

process::process(process&& other) noexcept
{
    *this = std::move(other);
}

process& process::operator=(process&& other) noexcept
{
    if (this == &other)
        return *this;
    close();
    id_ = std::exchange(other.id_, -1);
    descriptor_ = std::exchange(other.descriptor_, -1);
    output_ = std::exchange(other.output_, -1);
    at_end_ = other.at_end_;
    buffered_ = std::move(other.buffered_);
    status_ = other.status_;
    return *this;
}

void process::close() noexcept
{
    if (id_ < 0)
        return;
    kill();
    if (descriptor_ >= 0)
        ::close(descriptor_);
    if (output_ >= 0)
        ::close(output_);
    id_ = descriptor_ = output_ = -1;
}

bool process::running()
{
    return !wait(milliseconds{0});
}

void process::signal(int number)
{
    if (!status_)
        ::kill(id_, number);
}

void process::kill()
{
    if (status_)
        return;
    ::kill(id_, SIGKILL);
    int how = 0;
    while (::waitpid(id_, &how, 0) < 0 && errno == EINTR) {
    }
    status_ = WIFEXITED(how) ? exit_status{WEXITSTATUS(how), 0} : exit_status{-1, WTERMSIG(how)};
}

std::optional<exit_status> process::wait(milliseconds timeout)
{
    if (status_)
        return status_;
    if (!readable(descriptor_, clock::now() + timeout))
        return std::nullopt;
    kill();  // it has ended: this takes its status
    return status_;
}

std::optional<exit_status> process::stop(milliseconds timeout)
{
    signal(SIGTERM);
    return wait(timeout);
}

std::optional<std::string> process::read_line(milliseconds timeout)
{
    const auto until = clock::now() + timeout;
    for (std::size_t searched = 0;;) {
        if (const auto end = buffered_.find('\n', searched); end != std::string::npos) {
            auto line = buffered_.substr(0, end);
            buffered_.erase(0, end + 1);
            return line;
        }
        searched = buffered_.size();
        if (at_end_ || !readable(output_, until))
            return std::nullopt;
        std::array<char, 65536> chunk{};
        const auto size = ::read(output_, chunk.data(), chunk.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            at_end_ = true;
        else
            buffered_.append(chunk.data(), static_cast<std::size_t>(size));
    }
}

completed run(
    const std::string& program,
    const std::vector<std::string>& arguments,
    const std::map<std::string, std::string>& environment,
    milliseconds timeout
)
{
    const temp_dir files;
    const auto out = files.path() / "out", err = files.path() / "err";
    process it{{program, arguments, environment, output::to_file(out), output::to_file(err)}};
    const auto status = it.wait(timeout);
    if (!status)
        throw std::runtime_error(
            program + " still runs after " + std::to_string(timeout.count()) + " ms"
        );
    return {*status, read_file(out), read_file(err)};
}

}  // namespace rollcall::test
