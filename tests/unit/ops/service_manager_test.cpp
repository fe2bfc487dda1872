#include "ops/service_manager.hpp"

#include "support/notify_receiver.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

service_environment told(const std::map<std::string, std::string>& variables, int own_id = 77)
{
    return service_environment::read(
        [&](const std::string& name) {
            const auto found = variables.find(name);
            return found == variables.end() ? std::string{} : found->second;
        },
        own_id
    );
}

TEST(ServiceEnvironment, HasTheWatchdogThatIsMeantForUs)
{
    EXPECT_EQ(told({{"WATCHDOG_USEC", "30000000"}}).watchdog, 30s);
    EXPECT_EQ(told({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "77"}}).watchdog, 30s);
    EXPECT_EQ(told({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "1"}}).watchdog, 0s);
    EXPECT_EQ(told({{"WATCHDOG_USEC", "-5"}}).watchdog, 0s);
    EXPECT_EQ(told({}).watchdog, 0s);
    EXPECT_EQ(told({{"NOTIFY_SOCKET", "@a"}}).notify_socket, "@a");
}

class ServiceManager : public testing::Test {
protected:
    test::notify_receiver manager;
    std::atomic<bool> goes_on{true};
    std::string status = "ready";

    std::unique_ptr<service_manager> make(milliseconds watchdog)
    {
        life_signs signs;
        signs.expect("relay", [this] { return goes_on.load(); });
        return std::make_unique<service_manager>(
            service_environment{manager.address(), watchdog},
            std::move(signs),
            [this] { return status; }
        );
    }
};

TEST_F(ServiceManager, IsToldHowTheDaemonIs)
{
    const auto it = make(0s);
    it->ready();
    EXPECT_EQ(manager.until("READY=1", 5s), "READY=1");
    it->reloading();
    const auto since = manager.until("MONOTONIC_USEC=", 5s);
    ASSERT_TRUE(since);
    EXPECT_NEAR(
        std::stod(since->substr(since->find('=') + 1)), static_cast<double>(monotonic_us()), 1e6
    );
    it->remark("the settings were refused");
    EXPECT_EQ(manager.until("STATUS=", 5s), "STATUS=ready; the settings were refused");
    it->remark("");
    it->stopping();
    EXPECT_EQ(manager.until("STOPPING=1", 5s), "STOPPING=1");
}

TEST_F(ServiceManager, FeedsTheWatchdogAsLongAsEverythingGoesOn)
{
    const auto it = make(400ms);
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(manager.until("WATCHDOG=1", 5s));
    goes_on = false;
    // What was on its way when it stopped; after that a whole watchdog's time without another.
    while (manager.until("WATCHDOG=1", 300ms)) {
    }
    EXPECT_FALSE(manager.until("WATCHDOG=1", 400ms));
    goes_on = true;
    EXPECT_TRUE(manager.until("WATCHDOG=1", 5s));
}

TEST_F(ServiceManager, FeedsNoWatchdogThatIsNotThere)
{
    const auto it = make(0s);
    EXPECT_TRUE(manager.until("STATUS=ready", 5s));
    EXPECT_FALSE(manager.until("WATCHDOG=1", 300ms));
}

}  // namespace
}  // namespace rollcall
