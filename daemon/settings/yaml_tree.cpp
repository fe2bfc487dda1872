#include "settings/yaml_tree.hpp"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

namespace rollcall {
namespace {

/// yaml-cpp's parser calls us; leaving it early takes an exception. Never leaves this file.
struct gave_up {};

struct extent {
    std::size_t nodes = 1;
    std::size_t depth = 1;
};

extent measure(const yaml_node& node)
{
    extent all;
    const auto add = [&all](const yaml_node& child) {
        const auto [nodes, depth] = measure(child);
        all.nodes += nodes;
        all.depth = std::max(all.depth, depth + 1);
    };
    std::ranges::for_each(node.items, add);
    for (const auto& member : node.members)
        add(member.value);
    return all;
}

/// Builds the tree from the parser's events, within the limits.
class tree_builder final : public YAML::EventHandler {
public:
    tree_builder(const std::string& file, std::vector<settings_fault>& faults)
        : file_{file}, faults_{faults}
    {
    }

    yaml_node take_root() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        add(make(yaml_node::form::nothing, mark), anchor);
    }

    void OnScalar(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        const std::string& value
    ) override
    {
        if (value.size() > max_yaml_text)
            give_up(mark, "is longer than " + std::to_string(max_yaml_text) + " bytes");
        check_tag(mark, tag);
        auto node = make(yaml_node::form::scalar, mark);
        node.text = value;
        node.plain = tag != "!" && tag != "tag:yaml.org,2002:str";
        add(std::move(node), anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        const auto known = anchors_.find(anchor);
        if (known == anchors_.end())
            give_up(mark, "is an alias of what it stands in, should be written out");
        const auto [nodes, depth] = measure(known->second);
        count(mark, nodes);
        limit_depth(mark, depth);
        auto copy = known->second;
        copy.line = line_of(mark);
        add(std::move(copy), 0);
    }

    void OnSequenceStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value
    ) override
    {
        open(yaml_node::form::list, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value
    ) override
    {
        open(yaml_node::form::mapping, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

private:
    /// A list or mapping that is not complete yet.
    struct open_node {
        yaml_node node;
        YAML::anchor_t anchor = 0;
        std::optional<std::string> key;  ///< of the member whose value comes next
        int key_line = 0;
        bool drop = false;  ///< that member: its key is at fault
    };

    static int line_of(const YAML::Mark& mark) { return mark.line + 1; }

    yaml_node make(yaml_node::form is, const YAML::Mark& mark)
    {
        count(mark, 1);
        yaml_node node;
        node.is = is;
        node.line = line_of(mark);
        return node;
    }

    void open(
        yaml_node::form is, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor
    )
    {
        limit_depth(mark, 1);
        check_tag(mark, tag);
        open_.push_back({make(is, mark), anchor, std::nullopt, 0, false});
    }

    void close()
    {
        auto [node, anchor, key, key_line, drop] = std::move(open_.back());
        open_.pop_back();
        add(std::move(node), anchor);
    }

    void add(yaml_node node, YAML::anchor_t anchor)
    {
        if (anchor != 0)
            anchors_.insert_or_assign(anchor, node);
        if (open_.empty())
            root_ = std::move(node);
        else if (auto& parent = open_.back(); parent.node.is_list())
            parent.node.items.push_back(std::move(node));
        else if (!parent.key)
            take_key(parent, node);
        else
            take_value(parent, std::move(node));
    }

    void take_key(open_node& parent, const yaml_node& node)
    {
        parent.key = node.text;
        parent.key_line = node.line;
        parent.drop = true;
        if (!node.is_scalar())
            report(node.line, path(), "has a key that is no text");
        else if (parent.node.member(node.text))
            report(
                node.line,
                to_string(open_path() / node.text),
                "stands here a second time, should stand once (first on line " +
                    std::to_string(line_of_key(parent.node, node.text)) + ")"
            );
        else
            parent.drop = false;
    }

    static void take_value(open_node& parent, yaml_node node)
    {
        // What has no text of its own begins at its key.
        if (!node.is_scalar())
            node.line = parent.key_line;
        if (!parent.drop)
            parent.node.members.push_back(
                {parent.key.value_or(""), parent.key_line, std::move(node)}
            );
        parent.key.reset();
    }

    static int line_of_key(const yaml_node& mapping, std::string_view key)
    {
        return std::ranges::find(mapping.members, key, &yaml_member::key)->line;
    }

    /// The path of the innermost list or mapping that is open.
    yaml_path open_path() const
    {
        yaml_path path;
        for (std::size_t i = 0; i + 1 < open_.size(); ++i)
            path = open_[i].node.is_list() ? path / open_[i].node.items.size()
                                           : path / open_[i].key.value_or("");
        return path;
    }
    std::string path() const { return to_string(open_path()); }

    /// The path of the value that comes next.
    std::string path_of_next() const
    {
        if (open_.empty())
            return {};
        const auto& [node, anchor, key, key_line, drop] = open_.back();
        return to_string(
            node.is_list() ? open_path() / node.items.size() : open_path() / key.value_or("")
        );
    }

    void check_tag(const YAML::Mark& mark, const std::string& tag)
    {
        constexpr std::string_view yaml = "tag:yaml.org,2002:";
        if (tag.empty() || tag == "?" || tag == "!")
            return;
        if (!tag.starts_with(yaml) || tag.ends_with(":binary"))
            report(line_of(mark), path_of_next(), "has a tag, should have none");
    }

    void count(const YAML::Mark& mark, std::size_t nodes)
    {
        nodes_ += nodes;
        if (nodes_ > max_yaml_nodes)
            give_up(
                mark,
                "holds more than " + std::to_string(max_yaml_nodes) +
                    " values (aliases written out)"
            );
    }

    void limit_depth(const YAML::Mark& mark, std::size_t more)
    {
        if (open_.size() + more > max_yaml_depth)
            give_up(mark, "nests deeper than " + std::to_string(max_yaml_depth) + " levels");
    }

    void report(int line, std::string path, std::string what)
    {
        faults_.push_back({file_, line, std::move(path), std::move(what)});
    }

    [[noreturn]] void give_up(const YAML::Mark& mark, std::string what)
    {
        report(line_of(mark), {}, std::move(what));
        throw gave_up{};
    }

    const std::string& file_;
    std::vector<settings_fault>& faults_;
    yaml_node root_;
    std::vector<open_node> open_;
    std::map<YAML::anchor_t, yaml_node> anchors_;
    std::size_t nodes_ = 0;
};

/// Sees only whether there is anything.
class nothing_expected final : public YAML::EventHandler {
public:
    std::optional<int> line;

    void OnDocumentStart(const YAML::Mark& mark) override { line = mark.line + 1; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&)
        override
    {
    }
    void OnSequenceStart(
        const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value
    ) override
    {
    }
    void OnSequenceEnd() override {}
    void OnMapStart(
        const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value
    ) override
    {
    }
    void OnMapEnd() override {}
};

}  // namespace

const yaml_node* yaml_node::member(std::string_view key) const
{
    const auto it = std::ranges::find(members, key, &yaml_member::key);
    return it == members.end() ? nullptr : &it->value;
}

yaml_node* yaml_node::member(std::string_view key)
{
    return const_cast<yaml_node*>(std::as_const(*this).member(key));
}

std::optional<yaml_node> parse_yaml(
    std::string_view text, const std::string& file, std::vector<settings_fault>& faults
)
{
    if (text.size() > max_yaml_bytes) {
        faults.push_back(
            {file, 0, {}, "is larger than " + std::to_string(max_yaml_bytes / 1024) + "KiB"}
        );
        return std::nullopt;
    }
    try {
        std::istringstream in{std::string{text}};
        YAML::Parser parser{in};
        tree_builder builder{file, faults};
        parser.HandleNextDocument(builder);
        auto root = builder.take_root();
        if (root.is == yaml_node::form::nothing) {
            root.is = yaml_node::form::mapping;
            root.line = 1;
        }
        nothing_expected rest;
        if (parser.HandleNextDocument(rest))
            faults.push_back(
                {file,
                 rest.line.value_or(1),
                 {},
                 "begins a second document, should be one document"}
            );
        return root;
    } catch (const gave_up&) {
        return std::nullopt;
    } catch (const YAML::DeepRecursion& deep) {
        faults.push_back({file, deep.mark.line + 1, {}, "nests too deep"});
        return std::nullopt;
    } catch (const YAML::Exception& syntax) {
        faults.push_back({file, syntax.mark.line + 1, {}, "is not YAML: " + syntax.msg});
        return std::nullopt;
    }
}

std::string to_string(const yaml_path& path)
{
    std::string text;
    for (const auto& step : path) {
        if (step.index) {
            text += '[' + std::to_string(*step.index) + ']';
            continue;
        }
        if (!text.empty())
            text += '.';
        text += step.key;
    }
    return text;
}

yaml_path operator/(yaml_path path, std::string key)
{
    path.push_back({std::move(key), std::nullopt});
    return path;
}

yaml_path operator/(yaml_path path, std::size_t index)
{
    path.push_back({{}, index});
    return path;
}

const yaml_node* find(const yaml_node& root, const yaml_path& path)
{
    const yaml_node* at = &root;
    for (const auto& step : path) {
        if (step.index)
            at = *step.index < at->items.size() ? &at->items[*step.index] : nullptr;
        else
            at = at->member(step.key);
        if (!at)
            return nullptr;
    }
    return at;
}

}  // namespace rollcall
