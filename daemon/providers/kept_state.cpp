#include "providers/kept_state.hpp"

#include "providers/json_facts.hpp"

namespace rollcall {
namespace {

constexpr std::string_view account_key = "account";

}  // namespace

void append_time(std::string& json, std::string_view key, std::optional<timestamp> at)
{
    if (at)
        json.append(",\"").append(key).append("\":").append(
            std::to_string(at->time_since_epoch().count())
        );
}

std::optional<timestamp> kept_time(const json_tree& tree, std::string_view key)
{
    const auto at = epoch_ms(tree, tree.root(), "", key);
    return at ? std::optional{*at} : std::nullopt;
}

void append_account(std::string& json, std::string_view account)
{
    if (!account.empty())
        json.append(",\"").append(account_key).append("\":\"").append(account).append("\"");
}

// It is written as it is: what is none of ours could end the text.
std::optional<std::string> kept_account(const json_tree& tree)
{
    auto text = optional_text(tree, tree.root(), account_key);
    const bool ours = text && text->find_first_not_of("0123456789abcdef") == std::string::npos;
    return ours ? text : std::nullopt;
}

}  // namespace rollcall
