#include "settings/yaml_tree.hpp"

#include <gmock/gmock.h>

namespace rollcall {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct read_yaml {
    yaml_node root;  ///< of nothing where `given_up`
    bool given_up = false;
    std::vector<std::string> faults;
};

read_yaml read(std::string_view text)
{
    std::vector<settings_fault> faults;
    const auto root = parse_yaml(text, "f.yaml", faults);
    read_yaml all{root.value_or(yaml_node{}), !root, {}};
    for (const auto& fault : faults)
        all.faults.push_back(to_string(fault));
    return all;
}

TEST(YamlTree, KeepsTheLineOfEveryValue)
{
    const auto yaml = read("a: 1\nb:\n  - x\n  - c: \"2\"\n    d:\n");
    ASSERT_THAT(yaml.faults, IsEmpty());
    const auto& root = yaml.root;
    EXPECT_EQ(find(root, yaml_path{} / "a")->line, 1);
    EXPECT_EQ(find(root, yaml_path{} / "b" / 0)->line, 3);
    const auto* quoted = find(root, yaml_path{} / "b" / 1 / "c");
    EXPECT_EQ(quoted->line, 4);
    EXPECT_EQ(quoted->text, "2");
    EXPECT_FALSE(quoted->plain);
    EXPECT_TRUE(find(root, yaml_path{} / "a")->plain);
    EXPECT_EQ(find(root, yaml_path{} / "b" / 1 / "d")->is, yaml_node::form::nothing);
    EXPECT_EQ(find(root, yaml_path{} / "b" / 2), nullptr);
    EXPECT_EQ(find(root, yaml_path{} / "a" / "b"), nullptr);
}

TEST(YamlTree, OfNothingIsAnEmptyMapping)
{
    for (const auto* text : {"", "# only this\n", "---\n", "\n\n"}) {
        const auto yaml = read(text);
        EXPECT_THAT(yaml.faults, IsEmpty()) << text;
        EXPECT_TRUE(yaml.root.is_mapping()) << text;
    }
}

TEST(YamlTree, WritesAliasesOut)
{
    const auto yaml = read("a: &x { k: v }\nb: *x\n");
    ASSERT_THAT(yaml.faults, IsEmpty());
    EXPECT_EQ(find(yaml.root, yaml_path{} / "b" / "k")->text, "v");
    EXPECT_EQ(find(yaml.root, yaml_path{} / "b")->line, 2);
}

TEST(YamlTree, NamesThePlaceOfASyntaxError)
{
    const auto yaml = read("a: 1\nb: [1, 2\nc: 3\n");
    EXPECT_TRUE(yaml.given_up);
    EXPECT_THAT(yaml.faults, ElementsAre(StartsWith("f.yaml:3: is not YAML: ")));
    EXPECT_THAT(read("a: *nobody\n").faults, ElementsAre(StartsWith("f.yaml:1: is not YAML: ")));
    EXPECT_THAT(read("a:\n\t- b\n").faults, ElementsAre(StartsWith("f.yaml:2: is not YAML: ")));
}

TEST(YamlTree, RefusesAKeyTwice)
{
    const auto yaml = read("o:\n  a: 1\n  b: 2\n  a: 3\nl: [ { x: 1, x: 2 } ]\n");
    EXPECT_THAT(
        yaml.faults,
        ElementsAre(
            "f.yaml:4: o.a: stands here a second time, should stand once (first on line 2)",
            "f.yaml:5: l[0].x: stands here a second time, should stand once (first on line 5)"
        )
    );
    EXPECT_EQ(find(yaml.root, yaml_path{} / "o" / "a")->text, "1");
}

TEST(YamlTree, RefusesKeysThatAreNoText)
{
    EXPECT_THAT(read("[a]: 1\n").faults, ElementsAre("f.yaml:1: has a key that is no text"));
    EXPECT_THAT(
        read("o: { ~: 1 }\n").faults, ElementsAre("f.yaml:1: o: has a key that is no text")
    );
}

TEST(YamlTree, RefusesTagsOfOthers)
{
    EXPECT_THAT(
        read("a:\n- !secret x\n").faults, ElementsAre("f.yaml:2: a[0]: has a tag, should have none")
    );
    EXPECT_THAT(
        read("a: !!binary aGk=\n").faults, ElementsAre("f.yaml:1: a: has a tag, should have none")
    );
    EXPECT_THAT(read("a: !!str 12\n").faults, IsEmpty());
}

TEST(YamlTree, RefusesASecondDocument)
{
    EXPECT_THAT(
        read("a: 1\n---\nb: 2\n").faults,
        ElementsAre("f.yaml:2: begins a second document, should be one document")
    );
}

TEST(YamlTree, RefusesABombOfAliases)
{
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 30; ++i) {
        const auto last = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
        for (int j = 1; j < 10; ++j)
            bomb += ", " + last;
        bomb += "]\n";
    }
    const auto yaml = read(bomb);
    EXPECT_TRUE(yaml.given_up);
    EXPECT_THAT(
        yaml.faults, ElementsAre("f.yaml:4: holds more than 10000 values (aliases written out)")
    );
}

TEST(YamlTree, RefusesAnAliasOfWhatItStandsIn)
{
    EXPECT_THAT(
        read("a: &x\n  b: *x\n").faults,
        ElementsAre(HasSubstr("f.yaml:2: is an alias of what it stands in"))
    );
}

TEST(YamlTree, RefusesDepth)
{
    EXPECT_THAT(
        read(std::string(40, '[') + std::string(40, ']')).faults,
        ElementsAre("f.yaml:1: nests deeper than 32 levels")
    );
    EXPECT_THAT(
        read(std::string(200'000, '[')).faults, ElementsAre("f.yaml:1: nests deeper than 32 levels")
    );
    // Each alias on its own is shallow.
    std::string tower = "a0: &a0 [[[[x]]]]\n";
    for (int i = 1; i < 20; ++i)
        tower += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [[[[*a" +
                 std::to_string(i - 1) + "]]]]\n";
    EXPECT_THAT(read(tower).faults, ElementsAre(HasSubstr("nests deeper than 32 levels")));
}

TEST(YamlTree, RefusesWhatIsTooLarge)
{
    EXPECT_THAT(
        read(std::string(300'000, '#')).faults, ElementsAre("f.yaml: is larger than 256KiB")
    );
    EXPECT_THAT(
        read("a: " + std::string(5'000, 'x')).faults,
        ElementsAre("f.yaml:1: is longer than 4000 bytes")
    );
    std::string many;
    for (int i = 0; i < 11'000; ++i)
        many += "- x\n";
    EXPECT_THAT(read(many).faults, ElementsAre(HasSubstr("holds more than 10000 values")));
}

TEST(SettingsFault, IsAlwaysOneLine)
{
    EXPECT_EQ(to_string(settings_fault{"f\ng", 3, "a\rb", "c\x1b[2J"}), "f?g:3: a?b: c?[2J");
}

}  // namespace
}  // namespace rollcall
