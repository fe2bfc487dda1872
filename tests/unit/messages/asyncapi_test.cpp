#include "core/event.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <functional>
#include <set>
#include <sstream>

namespace rollcall::test {
namespace {

const std::filesystem::path docs = ROLLCALL_SOURCE_DIR "/docs";

const YAML::Node& document()
{
    static const auto loaded = YAML::LoadFile(docs / "asyncapi.yaml");
    return loaded;
}

// What `#/a/b` stands for; an undefined node where there is nothing.
YAML::Node resolve(std::string_view reference)
{
    YAML::Node at = document();
    std::istringstream steps{std::string{reference.substr(2)}};
    for (std::string step; std::getline(steps, step, '/');) {
        if (!at.IsMap() || !at[step])
            return YAML::Node{YAML::NodeType::Undefined};
        at.reset(at[step]);
    }
    return at;
}

void for_each_reference(const YAML::Node& in, const std::function<void(const std::string&)>& seen)
{
    if (in.IsSequence())
        for (const auto& element : in)
            for_each_reference(element, seen);
    if (!in.IsMap())
        return;
    for (const auto& member : in) {
        if (member.first.Scalar() == "$ref")
            seen(member.second.Scalar());
        else
            for_each_reference(member.second, seen);
    }
}

TEST(AsyncApi, EveryReferenceResolves)
{
    std::size_t count = 0;
    for_each_reference(document(), [&](const std::string& reference) {
        ++count;
        if (reference.starts_with("#/"))
            EXPECT_TRUE(resolve(reference).IsDefined()) << reference;
        else
            EXPECT_TRUE(std::filesystem::exists(docs / reference)) << reference;
    });
    EXPECT_GT(count, 50U);
}

TEST(AsyncApi, IsAVersion3DocumentWithItsParts)
{
    EXPECT_EQ(document()["asyncapi"].Scalar(), "3.1.0");
    EXPECT_TRUE(document()["info"]["title"]);
    EXPECT_TRUE(document()["info"]["version"]);
    std::set<std::string> topics;
    for (const auto& channel : document()["channels"]) {
        const auto address = channel.second["address"].Scalar();
        topics.insert(address);
        EXPECT_EQ(channel.second["bindings"]["kafka"]["topic"].Scalar(), address);
        EXPECT_EQ(channel.second["bindings"]["kafka"]["bindingVersion"].Scalar(), "0.5.0");
    }
    EXPECT_EQ(
        topics,
        (std::set<std::string>{
            "rollcall.activity",
            "rollcall.attendance",
            "rollcall.deadletter",
            "rollcall.intake",
            "rollcall.tracking"})
    );
}

// A record of a channel has to match exactly one of its messages: ce_type tells which.
TEST(AsyncApi, EachKindIsOneMessageOfItsChannel)
{
    for (std::size_t i = 0; i < kinds; ++i) {
        const auto k = static_cast<kind>(i);
        const auto channel = document()["channels"][std::string{to_string(channel_of(k))}];
        const auto wanted = "rollcall." + std::string{to_string(k)};
        std::size_t matches = 0;
        for (const auto& message : channel["messages"]) {
            const auto resolved = resolve(message.second["$ref"].Scalar());
            const auto type = resolved["headers"]["properties"]["ce_type"]["const"].Scalar();
            matches += type == wanted ? 1U : 0U;
        }
        EXPECT_EQ(matches, 1U) << wanted;
    }
}

TEST(AsyncApi, OperationsSpeakOfMessagesOfTheirChannel)
{
    for (const auto& operation : document()["operations"]) {
        const auto channel = operation.second["channel"]["$ref"].Scalar();
        for (const auto& message : operation.second["messages"])
            EXPECT_TRUE(message["$ref"].Scalar().starts_with(channel + "/messages/"))
                << message["$ref"];
    }
}

// The table of the page and the trait of the document are about the same headers.
TEST(AsyncApi, TheHeadersAreThoseOfThePage)
{
    std::set<std::string> described;
    for (const auto& header :
         resolve("#/components/messageTraits/cloudEvent")["headers"]["properties"])
        described.insert(header.first.Scalar());

    std::set<std::string> listed;
    std::istringstream page{read_file(docs / "messages/README.md")};
    std::string line;
    while (std::getline(page, line) && line != "## Headers") {
    }
    while (std::getline(page, line) && !line.starts_with("## "))
        if (line.starts_with("| `"))
            listed.insert(line.substr(3, line.find('`', 3) - 3));
    EXPECT_EQ(described, listed);
}

}  // namespace
}  // namespace rollcall::test
