#include "support/broker.hpp"

#include "support/eventually.hpp"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <random>
#include <sstream>
#include <stdexcept>

namespace rollcall::test {
namespace {

constexpr const char* runner = ROLLCALL_SOURCE_DIR "/tests/kafka/broker";
constexpr milliseconds patience{60'000};

std::string first_line(const std::filesystem::path& path)
{
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);
    return line;
}

}  // namespace

broker::broker(doors with)
{
    std::vector<std::string> arguments{"prepare", directory_.path()};
    if (with == doors::guarded)
        arguments.emplace_back("--secured");
    // The first time on a machine this fetches Kafka.
    const auto done = run(runner, arguments, {}, milliseconds{300'000});
    if (done.status.code != 0)
        throw std::runtime_error("no Kafka: " + done.err);
    address_ = first_line(directory_.path() / "address");
}

broker::~broker() = default;

std::string broker::ssl_address() const
{
    return first_line(file("ssl_address"));
}

std::string broker::sasl_ssl_address() const
{
    return first_line(file("sasl_ssl_address"));
}

void broker::start()
{
    write_file(log(), "");  // what the last one said is not to be taken for an answer of this one
    node_.emplace(process::options{
        .program = runner,
        .arguments = {"run", directory_.path()},
        .environment = {},
        .standard_output = output::to_file(log()),
        .standard_error = output::to_file(log()),
    });
    const auto started = [this] {
        return read_file(log()).find("Kafka Server started") != std::string::npos;
    };
    if (!eventually(patience, [&] { return started() || !node_->running(); }) || !started())
        throw std::runtime_error("Kafka does not start: " + read_file(log()));
}

void broker::kill()
{
    node_.reset();
}

void broker::stop()
{
    if (node_ && !node_->stop(patience))
        throw std::runtime_error("Kafka does not stop: " + read_file(log()));
    node_.reset();
}

void broker::restart()
{
    stop();
    start();
}

void broker::pause()
{
    if (node_)
        node_->signal(SIGSTOP);
}

void broker::resume()
{
    if (node_)
        node_->signal(SIGCONT);
}

std::string shared_broker()
{
    if (const char* given = std::getenv("ROLLCALL_TEST_KAFKA"))
        return given;
    // ctest, our parent, is who the broker was started for.
    const auto directory =
        std::filesystem::path{ROLLCALL_BINARY_DIR} / "kafka" / std::to_string(::getppid());
    auto address = first_line(directory / "address");
    if (address.empty())
        throw std::runtime_error(
            "no broker: run this through ctest, or start one (tests/kafka/broker start DIR) and "
            "give "
            "its address in ROLLCALL_TEST_KAFKA"
        );
    return address;
}

std::string unique_prefix()
{
    static std::mt19937 random{std::random_device{}()};
    std::ostringstream name;
    name << 't' << std::hex << std::setw(8) << std::setfill('0') << random() << '.';
    return name.str();
}

}  // namespace rollcall::test
