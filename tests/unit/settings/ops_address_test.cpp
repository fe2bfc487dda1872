#include "loading.hpp"

#include <gmock/gmock.h>

namespace rollcall {
namespace {

using test::settings_directory;
using testing::HasSubstr;

boost::system::result<std::string, std::vector<settings_fault>> address_in(
    settings_directory& at, const std::string& yaml
)
{
    test::write_file(at.path() / "f.yaml", yaml);
    return load_ops_address(at.path() / "f.yaml", at.variables, at.options);
}

TEST(OpsAddress, IsReadInFileVariableAndOption)
{
    settings_directory at;
    const std::string file = "ops: { address: \"10.0.0.7:1\" }\n";
    EXPECT_EQ(*address_in(at, "kafka: {}\n"), "127.0.0.1:9464");
    EXPECT_EQ(*address_in(at, file), "10.0.0.7:1");
    at.variables["ROLLCALL_OPS_ADDRESS"] = "[::]:2";
    EXPECT_EQ(*address_in(at, file), "[::]:2");
    at.options = {{"ops.address", "127.0.0.1:3"}};
    EXPECT_EQ(*address_in(at, file), "127.0.0.1:3");
}

// The daemon that is asked runs with the file as it was.
TEST(OpsAddress, IsReadThoughTheRestIsFaulty)
{
    settings_directory at;
    at.variables["ROLLCALL_NO_SUCH_SETTING"] = "1";
    const auto got = address_in(
        at,
        "ops: { address: \"10.0.0.7:1\" }\n"
        "kafkas: 7\n"
        "sources: { one: { webhook: { secrets: [ { file: nowhere } ] } } }\n"
    );
    EXPECT_EQ(*got, "10.0.0.7:1");
}

TEST(OpsAddress, IsRefusedWhereItIsNone)
{
    settings_directory at;
    for (const auto* yaml : {"ops: { address: nowhere }\n", "ops: { address: [ 1 ] }\n"}) {
        const auto got = address_in(at, yaml);
        ASSERT_TRUE(got.has_error());
        EXPECT_THAT(to_string(got.error().at(0)), HasSubstr("f.yaml:1: ops.address: should be"));
    }
    EXPECT_TRUE(address_in(at, "ops: [\n").has_error());
    EXPECT_TRUE(load_ops_address(at.path() / "none.yaml", {}, {}).has_error());
}

}  // namespace
}  // namespace rollcall
