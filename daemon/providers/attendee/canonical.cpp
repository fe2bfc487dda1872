#include "providers/attendee/canonical.hpp"

#include "providers/canonical_json.hpp"

namespace rollcall::attendee {

result<void, fault> canonical_form(std::string_view body, json_tree& tree, std::string& out)
{
    out.clear();
    if (auto parsed = tree.parse(body); !parsed)
        return parsed;
    append_canonical(out, tree, tree.root());
    return {};
}

}  // namespace rollcall::attendee
