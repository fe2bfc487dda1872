#pragma once

#include "providers/json_tree.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

/// A place in a JSON text (RFC 6901): `/data/participant/id`, `/items/0`, `/a~1b` for the member
/// `a/b`. The empty one is the whole.
class json_pointer {
public:
    json_pointer() = default;
    /// `errc::wrong_type`; `where` says what is wrong.
    static result<json_pointer, fault> parse(std::string_view text);

    const std::string& text() const { return text_; }
    std::span<const std::string> steps() const { return steps_; }

    bool operator==(const json_pointer&) const = default;

private:
    std::string text_;
    std::vector<std::string> steps_;
};

/// The value that `steps` lead to from `from`, or null where there is none.
const json_node* follow(
    const json_tree& tree, const json_node& from, std::span<const std::string> steps
);

}  // namespace rollcall
