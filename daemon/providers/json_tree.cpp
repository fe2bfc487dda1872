#include "providers/json_tree.hpp"

#include "providers/json_scanner.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace rollcall {
namespace {

constexpr std::size_t kept_bytes =
    std::size_t{64} * 1024;  // texts up to here do not cost an allocation each

std::uint64_t key_start(std::string_view key)
{
    std::uint64_t start = 0;
    std::memcpy(&start, key.data(), std::min(key.size(), sizeof start));
    if constexpr (std::endian::native == std::endian::little)
        start = __builtin_bswap64(start);
    return start;
}

}  // namespace

/// Recursive descent; how deep is bounded by `max_depth`.
class json_tree_reader {
public:
    json_tree_reader(json_tree& tree, std::string_view text)
        : tree_{tree}, scanner_{text, tree.unescaped_}
    {
    }

    bool read_text()
    {
        return read_value({}, 0) && (scanner_.at_end() || scanner_.fail(errc::not_json));
    }
    fault why() const { return scanner_.why(); }

private:
    bool read_value(const json_string& key, unsigned depth)
    {
        const auto index = static_cast<std::uint32_t>(tree_.nodes_.size());
        auto& node = tree_.nodes_.emplace_back();
        node.key = key.text;
        node.key_plain = key.plain;
        const char first = scanner_.peek();
        const auto start = scanner_.position();
        if (!read_typed(index, first, depth))
            return false;
        tree_.nodes_[index].bytes = static_cast<std::uint32_t>(scanner_.position() - start);
        return true;
    }

    bool read_typed(std::uint32_t index, char first, unsigned depth)
    {
        auto& node = tree_.nodes_[index];  // until the next one is made
        switch (first) {
            case '"':
                return read_string(node);
            case '{':
                node.type = json_type::object;
                return read_object(index, depth + 1);
            case '[':
                node.type = json_type::array;
                return read_array(index, depth + 1);
            case 't':
                return read_literal(node, json_type::boolean, "true");
            case 'f':
                return read_literal(node, json_type::boolean, "false");
            case 'n':
                return read_literal(node, json_type::null, "null");
            default:
                break;
        }
        node.type = json_type::number;
        const bool starts_number = first == '-' || (first >= '0' && first <= '9');
        return starts_number ? scanner_.read_number(node.text) : scanner_.fail(errc::not_json);
    }

    bool read_string(json_node& node)
    {
        json_string text;
        if (!scanner_.read_string(text))
            return false;
        node.type = json_type::string;
        node.text = text.text;
        node.text_plain = text.plain;
        return true;
    }

    bool read_literal(json_node& node, json_type type, std::string_view word)
    {
        node.type = type;
        node.text = word;
        return scanner_.read_literal(word);
    }

    bool read_object(std::uint32_t index, unsigned depth)
    {
        const auto outer = tree_.open_.size();
        if (!enter('{', depth))
            return false;
        if (!scanner_.take('}')) {
            do {
                json_string key;
                if (!scanner_.read_key(key))
                    return false;
                tree_.open_.push_back(static_cast<std::uint32_t>(tree_.nodes_.size()));
                if (!read_value(key, depth))
                    return false;
            } while (scanner_.take(','));
            if (!scanner_.take('}'))
                return scanner_.fail(errc::not_json);
        }
        return sort_members(outer) && leave(index, outer);
    }

    bool read_array(std::uint32_t index, unsigned depth)
    {
        const auto outer = tree_.open_.size();
        if (!enter('[', depth))
            return false;
        if (!scanner_.take(']')) {
            do {
                tree_.open_.push_back(static_cast<std::uint32_t>(tree_.nodes_.size()));
                if (!read_value({}, depth))
                    return false;
            } while (scanner_.take(','));
            if (!scanner_.take(']'))
                return scanner_.fail(errc::not_json);
        }
        return leave(index, outer);
    }

    bool enter(char bracket, unsigned depth)
    {
        if (depth > json_tree::max_depth)
            return scanner_.fail(errc::too_deep);
        return scanner_.take(bracket);
    }

    // Code points sort as the unsigned bytes of their UTF-8, which is how string_view compares.
    bool sort_members(std::size_t first)
    {
        auto& nodes = tree_.nodes_;
        const std::span members{
            tree_.open_.begin() + static_cast<std::ptrdiff_t>(first), tree_.open_.end()};
        for (const auto member : members)
            nodes[member].key_start = key_start(nodes[member].key);
        std::ranges::sort(members, [&nodes](std::uint32_t a, std::uint32_t b) {
            const auto &left = nodes[a], &right = nodes[b];
            return left.key_start != right.key_start ? left.key_start < right.key_start
                                                     : left.key < right.key;
        });
        const auto twice =
            std::ranges::adjacent_find(members, [&nodes](std::uint32_t a, std::uint32_t b) {
                return nodes[a].key == nodes[b].key;
            });
        return twice == members.end() || scanner_.fail(errc::duplicate_key);
    }

    // Lists the children of `index`, which are open_ from `outer` on.
    bool leave(std::uint32_t index, std::size_t outer)
    {
        auto& node = tree_.nodes_[index];
        const auto first = tree_.open_.begin() + static_cast<std::ptrdiff_t>(outer);
        node.first = static_cast<std::uint32_t>(tree_.children_.size());
        node.children = static_cast<std::uint32_t>(tree_.open_.end() - first);
        tree_.children_.insert(tree_.children_.end(), first, tree_.open_.end());
        tree_.open_.resize(outer);
        return true;
    }

    json_tree& tree_;
    json_scanner scanner_;
};

result<void, fault> json_tree::parse(std::string_view text)
{
    if (unescaped_.capacity() > kept_bytes)
        *this = json_tree{};
    nodes_.clear();
    children_.clear();
    open_.clear();
    if (text.size() > max_bytes)
        return fault{errc::not_json, "byte " + std::to_string(max_bytes)};
    json_tree_reader reader{*this, text};
    if (reader.read_text())
        return {};
    nodes_.clear();
    return reader.why();
}

const json_node* json_tree::find(const json_node& object, std::string_view key) const
{
    if (object.type != json_type::object)
        return nullptr;
    for (const auto index : children(object))
        if (nodes_[index].key == key)
            return &nodes_[index];
    return nullptr;
}

}  // namespace rollcall
