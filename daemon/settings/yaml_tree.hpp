#pragma once

#include "settings/fault.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall {

struct yaml_member;

/// A value of a YAML document, with where it stands: the tree that settings and their schema are
/// read from. Aliases are replaced by copies, tags are gone.
struct yaml_node {
    enum class form { nothing, scalar, list, mapping };

    form is = form::nothing;
    std::string text;  ///< of a scalar
    bool plain =
        true;      ///< of a scalar: not quoted, so that `12` is a number and `true` a truth value
    int line = 0;  ///< from 1; 0 where no file holds it
    std::string set_by;            ///< the option or variable that brought it; empty for the file
    std::vector<yaml_node> items;  ///< of a list
    std::vector<yaml_member> members;  ///< of a mapping, in order, each key once

    bool is_scalar() const { return is == form::scalar; }
    bool is_list() const { return is == form::list; }
    bool is_mapping() const { return is == form::mapping; }

    /// The member of a mapping, or null where there is none or this is something else.
    const yaml_node* member(std::string_view key) const;
    yaml_node* member(std::string_view key);
};

struct yaml_member {
    std::string key;
    int line = 0;
    yaml_node value;
};

/// What a document may take up. Settings are far below; a bomb of aliases or brackets is far above.
inline constexpr std::size_t max_yaml_bytes = 256 * 1024;
inline constexpr std::size_t max_yaml_nodes = 10'000;  ///< with aliases written out
inline constexpr std::size_t max_yaml_depth = 32;
inline constexpr std::size_t max_yaml_text = 4'000;  ///< bytes of one scalar or key

/// Reads the one document `text` holds; an empty one is an empty mapping. Whatever is wrong
/// (syntax, a key twice, a key that is no text, a tag, a further document, a limit) is added to
/// `faults` under the name `file`; after a syntax error or a limit the tree is empty.
std::optional<yaml_node> parse_yaml(
    std::string_view text, const std::string& file, std::vector<settings_fault>& faults
);

/// Steps from the root of a document: a member's key, or the index of a list's item.
struct path_step {
    std::string key;
    std::optional<std::size_t> index;

    bool operator==(const path_step&) const = default;
};
using yaml_path = std::vector<path_step>;

/// `kafka.topics.prefix`, `listen[0].address`.
std::string to_string(const yaml_path& path);
yaml_path operator/(yaml_path path, std::string key);
yaml_path operator/(yaml_path path, std::size_t index);

/// The value at `path`, or null.
const yaml_node* find(const yaml_node& root, const yaml_path& path);

}  // namespace rollcall
