#include "support/process.hpp"

#include "support/eventually.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

TEST(Process, RunGivesStatusAndBothOutputs)
{
    const auto done = run("sh", {"-c", "echo $WHO; echo trouble >&2; exit 3"}, {{"WHO", "Zoë"}});
    EXPECT_EQ(done.status, (exit_status{3, 0}));
    EXPECT_EQ(done.out, "Zoë\n");
    EXPECT_EQ(done.err, "trouble\n");
}

TEST(Process, RunDoesNotWaitForEver)
{
    EXPECT_THROW(run("sleep", {"60"}, {}, 50ms), std::runtime_error);
}

TEST(Process, ReadsLinesAsTheyAreWritten)
{
    process it{
        {"sh", {"-c", "echo one; printf 'two\\nhalf'; read line"}, {}, output::to_pipe(), {}}};
    EXPECT_EQ(it.read_line(10s), "one");
    EXPECT_EQ(it.read_line(10s), "two");
    EXPECT_EQ(it.read_line(0ms), std::nullopt);
}

TEST(Process, TheEndOfTheOutputIsNotATimeout)
{
    process it{{"true", {}, {}, output::to_pipe(), {}}};
    EXPECT_EQ(it.read_line(10s), std::nullopt);
    EXPECT_TRUE(it.at_end());
}

TEST(Process, WaitsWithADeadlineAndTellsTheSignal)
{
    process it{{"sleep", {"60"}, {}, {}, {}}};
    EXPECT_EQ(it.wait(0ms), std::nullopt);
    EXPECT_TRUE(it.running());
    EXPECT_EQ(it.stop(10s), (exit_status{-1, SIGTERM}));
    EXPECT_FALSE(it.running());
    it.signal(SIGTERM);  // nobody is there any more
}

TEST(Process, AStoppedProgramIsKilledWhenItsObjectGoes)
{
    int id = 0;
    {
        process it{{"sleep", {"60"}, {}, {}, {}}};
        id = it.id();
        it.signal(SIGSTOP);
        process moved = std::move(it);
        EXPECT_EQ(::kill(id, 0), 0);
    }
    EXPECT_NE(::kill(id, 0), 0);
}

TEST(Process, AnUnknownProgramIsToldAtOnce)
{
    EXPECT_THROW((process{{"no-such-program", {}, {}, {}, {}}}), std::system_error);
}

TEST(Process, AProgramDiesWithTheOneThatStartedIt)
{
    const temp_dir files;
    const auto pid_file = files.path() / "pid";
    const auto crashing_test = ::fork();
    if (crashing_test == 0) {
        process it{{"sleep", {"60"}, {}, {}, {}}};
        write_file(pid_file, std::to_string(it.id()));
        ::_exit(0);
    }
    const auto is_gone = [&] {
        std::error_code none;
        const auto pid = std::filesystem::exists(pid_file) ? read_file(pid_file) : std::string{};
        return !pid.empty() && !std::filesystem::exists("/proc/" + pid + "/exe", none);
    };
    EXPECT_TRUE(eventually(10s, is_gone));
}

}  // namespace
}  // namespace rollcall::test
