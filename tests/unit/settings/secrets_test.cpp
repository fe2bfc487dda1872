#include "settings/secrets.hpp"

#include "loading.hpp"

#include <gmock/gmock.h>

namespace rollcall {
namespace {

using test::write_file;

class Secrets : public testing::Test {
protected:
    boost::system::result<std::string, secret_fault> read(const std::string& yaml)
    {
        std::vector<settings_fault> faults;
        return read_secret(
            parse_yaml(yaml, "f", faults).value_or(yaml_node{}), variables, directory.path()
        );
    }

    test::temp_dir directory;
    environment variables;
};

TEST_F(Secrets, AreReadFromFilesWithoutTheirTrailingNewline)
{
    const std::pair<const char*, const char*> files[] = {
        {"s3cret", "s3cret"},
        {"s3cret\n", "s3cret"},
        {"s3cret\r\n", "s3cret"},
        {"s3\ncret\n\n", "s3\ncret\n"},
        {" s3cret ", " s3cret "}};
    for (const auto& [content, secret] : files) {
        write_file(directory.path() / "s", content);
        EXPECT_EQ(*read("file: s"), secret);
        EXPECT_EQ(*read("file: " + (directory.path() / "s").string()), secret);
    }
}

TEST_F(Secrets, AreReadFromVariablesAsTheyAre)
{
    variables["S"] = "s3cret\n";
    EXPECT_EQ(*read("env: S"), "s3cret\n");
}

TEST_F(Secrets, AreReadFromCredentialsOfSystemd)
{
    write_file(directory.path() / "attendee.secret", "s3cret\n");
    variables["CREDENTIALS_DIRECTORY"] = directory.path();
    EXPECT_EQ(*read("credential: attendee.secret"), "s3cret");
    EXPECT_EQ(
        read("credential: other").error().what,
        "names a credential that cannot be read (No such file or directory), should hold the secret"
    );
}

TEST_F(Secrets, AreNeverEmpty)
{
    write_file(directory.path() / "s", "\n");
    variables["S"] = "";
    EXPECT_EQ(read("file: s").error().what, "names a file that is empty, should hold the secret");
    EXPECT_EQ(
        read("env: S").error().what, "names a variable that is empty, should hold the secret"
    );
}

TEST_F(Secrets, AreNotLong)
{
    write_file(directory.path() / "s", std::string(max_secret_bytes, 'x'));
    EXPECT_TRUE(read("file: s"));
    write_file(directory.path() / "s", std::string(max_secret_bytes + 1, 'x'));
    EXPECT_EQ(
        read("file: s").error().what, "names a file larger than 64KiB, should hold the secret alone"
    );
}

TEST(SecretsInFaults, NeverShow)
{
    // The same word wherever a secret could be written by mistake.
    const std::string places[] = {
        "hunter2",
        "[ hunter2 ]",
        "[ [ hunter2 ] ]",
        "{ hunter2: x }",
        "[ { hunter2: x } ]",
        "[ { secret: hunter2 } ]",
        "[ { file: hunter2 } ]",
        "[ { env: hunter2 } ]",
        "[ { env: \"hunter2 \" } ]",
        "[ { credential: hunter2 } ]",
        "[ { credential: /hunter2 } ]",
        "[ { file: [ hunter2 ] } ]",
        "[ { file: { hunter2: x } } ]",
        "[ { file: secret, env: hunter2 } ]",
    };
    for (const auto& place : places) {
        test::settings_directory at;
        const auto faults = at.faults(
            "kafka: { bootstrap_servers: k }\nsources: { one: { provider: attendee, webhook: { "
            "secrets: " +
            place + " } } }\n"
        );
        EXPECT_THAT(faults, testing::Not(testing::IsEmpty())) << place;
        EXPECT_THAT(faults, testing::Each(testing::Not(testing::HasSubstr("hunter2")))) << place;
    }
    for (const std::string value :
         {"hunter2",
          "[ hunter2 ]",
          "{ hunter2: x }",
          "{ file: hunter2 }",
          "{ env: \"hunter2 \" }"}) {
        test::settings_directory at;
        const auto faults = at.faults(
            "kafka: { bootstrap_servers: k, properties: { sasl.password: " + value + " } }\n" +
            test::minimal.substr(test::minimal.find("sources"))
        );
        EXPECT_THAT(faults, testing::Not(testing::IsEmpty())) << value;
        EXPECT_THAT(faults, testing::Each(testing::Not(testing::HasSubstr("hunter2")))) << value;
    }
}

}  // namespace
}  // namespace rollcall
