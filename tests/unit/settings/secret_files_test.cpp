#include "settings/secret_files.hpp"

#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

namespace rollcall::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SecretFiles, AreAllThatTheSettingsNameEachOnce)
{
    const temp_dir directory;
    const auto file = directory.path() / "rollcall.yaml";
    write_file(
        file,
        "kafka: { properties: { sasl.password: { file: /run/p } } }\n"
        "listen: [ { address: \"127.0.0.1:0\", tls: { certificate: c, key: { credential: k } } } "
        "]\n"
        "sources:\n"
        "  a: { webhook: { secrets: [ { file: s }, { env: S } ] }, poll: { api_key: { file: s } } "
        "}\n"
    );
    const environment with{{"CREDENTIALS_DIRECTORY", "/run/c"}, {"S", "hunter2"}};
    EXPECT_THAT(
        secret_files(file, with, {}), ElementsAre("/run/p", "/run/c/k", directory.path() / "s")
    );
    EXPECT_THAT(
        secret_files(file, with, {{"sources.b.poll.api_key.file", "t"}}),
        testing::Contains(directory.path() / "t")
    );
}

TEST(SecretFiles, AreNoneWhereThereAreNoSettings)
{
    EXPECT_THAT(secret_files("/nowhere/rollcall.yaml", {}, {}), IsEmpty());
}

}  // namespace
}  // namespace rollcall::test
