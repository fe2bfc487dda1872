#include "ops/passed_sockets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace rollcall {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<passed_socket> passed(const std::map<std::string, std::string>& variables)
{
    return passed_sockets(
        [&](const std::string& name) {
            const auto found = variables.find(name);
            return found == variables.end() ? std::string{} : found->second;
        },
        77
    );
}

TEST(PassedSockets, BeginAtDescriptorThreeAndHaveNames)
{
    EXPECT_THAT(
        passed({{"LISTEN_PID", "77"}, {"LISTEN_FDS", "3"}, {"LISTEN_FDNAMES", "hooks:ops:"}}),
        ElementsAre(passed_socket{3, "hooks"}, passed_socket{4, "ops"}, passed_socket{5, ""})
    );
}

TEST(PassedSockets, AreHooksWhereNobodyHasNamedThem)
{
    EXPECT_THAT(
        passed({{"LISTEN_PID", "77"}, {"LISTEN_FDS", "2"}}),
        ElementsAre(passed_socket{3, "hooks"}, passed_socket{4, "hooks"})
    );
}

TEST(PassedSockets, OfAnotherProcessAreNotOurs)
{
    EXPECT_THAT(passed({{"LISTEN_PID", "78"}, {"LISTEN_FDS", "1"}}), IsEmpty());
    EXPECT_THAT(passed({{"LISTEN_FDS", "1"}}), IsEmpty());
}

TEST(PassedSockets, AreNoneWhereTheNumberIsNone)
{
    for (const std::string number : {"", "0", "-1", "x", "1x", "99999999999", "2000"})
        EXPECT_THAT(passed({{"LISTEN_PID", "77"}, {"LISTEN_FDS", number}}), IsEmpty()) << number;
}

}  // namespace
}  // namespace rollcall
