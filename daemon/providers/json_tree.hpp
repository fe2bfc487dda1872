#pragma once

#include "core/errors.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

enum class json_type : std::uint8_t { null, boolean, number, string, array, object };

/// One value of a `json_tree`, with the key it stands under.
struct json_node {
    std::string_view key;         ///< decoded; empty outside of an object
    std::string_view text;        ///< a string, decoded; the token of a number or a literal
    std::uint64_t key_start = 0;  ///< the key's first eight bytes, to be compared as one number
    std::uint32_t first = 0;      ///< where the tree lists the children
    std::uint32_t children = 0;
    std::uint32_t bytes = 0;  ///< how long the value is in the text
    json_type type = json_type::null;
    bool key_plain = true;   ///< the key needs no escape to be written
    bool text_plain = true;  ///< the string needs no escape to be written
};

/// A JSON text as a flat tree of views into it: nothing is copied but strings with escapes, and
/// numbers stay the tokens they were. Refused are duplicate keys, nesting deeper than 64 and texts
/// longer than 1 MiB, besides what `json_scanner` refuses; so what was signed, what is routed and
/// what is published cannot be three different things.
///
/// RapidJSON is not used here: 1.1.0 takes a lone low surrogate for a character, does not look for
/// duplicate keys, and its reader alone takes as long as a whole verification (bench_verify).
///
/// Made to be kept and parsed into again: memory is used again, and that of a large text is given
/// back with the next one. One thread at a time.
class json_tree {
public:
    static constexpr std::size_t max_bytes = std::size_t{1024} * 1024;
    static constexpr unsigned max_depth = 64;

    /// Takes in `text`, which must outlive the use of the tree. On failure the tree is empty, and
    /// the fault's `where` is the byte: `errc::not_json`, `duplicate_key`, `too_deep` or
    /// `bad_encoding`.
    result<void, fault> parse(std::string_view text);

    /// After a successful `parse` only.
    const json_node& root() const { return nodes_.front(); }

    /// An array's elements in their order, an object's members sorted by the bytes of their keys:
    /// to be looked up with `operator[]`.
    std::span<const std::uint32_t> children(const json_node& node) const
    {
        return {children_.data() + node.first, node.children};
    }
    const json_node& operator[](std::uint32_t index) const { return nodes_[index]; }

    /// The member of an object; null where there is none or `object` is none.
    const json_node* find(const json_node& object, std::string_view key) const;

private:
    friend class json_tree_reader;

    std::vector<json_node> nodes_;         // in the order of the text
    std::vector<std::uint32_t> children_;  // each container's, side by side
    std::vector<std::uint32_t> open_;      // children of the containers that are being read
    std::string unescaped_;
};

}  // namespace rollcall
