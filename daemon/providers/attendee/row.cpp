#include "providers/attendee/row.hpp"

#include "providers/hmac_sha256.hpp"
#include "providers/json_facts.hpp"

#include <algorithm>

namespace rollcall::attendee {

row_key key_of(std::string_view text)
{
    row_key key;
    const auto digest = sha256(text);
    std::copy_n(digest.begin(), key.size(), key.begin());
    return key;
}

result<row_facts, fault> read_row(std::string_view row, row_identity by)
{
    thread_local json_tree tree;
    row_facts found;
    if (const auto parsed = tree.parse(row); !parsed) {
        if (parsed.error().code == errc::not_json && row.size() <= json_tree::max_bytes)
            return parsed.error();
        found.key = key_of(row);
        return found;
    }
    const auto id = optional_text(tree, tree.root(), "id");
    found.key = key_of(id && by == row_identity::id ? std::string_view{*id} : row);
    if (const auto at = epoch_ms(tree, tree.root(), "", "timestamp_ms"))
        found.at = *at;
    return found;
}

}  // namespace rollcall::attendee
