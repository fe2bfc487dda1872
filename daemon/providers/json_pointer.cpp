#include "providers/json_pointer.hpp"

#include <algorithm>
#include <charconv>

namespace rollcall {
namespace {

result<std::string, fault> parse_step(std::string_view written)
{
    std::string step;
    for (std::size_t i = 0; i < written.size(); ++i) {
        if (written[i] != '~') {
            step += written[i];
            continue;
        }
        const char code = ++i < written.size() ? written[i] : '\0';
        if (code != '0' && code != '1')
            return fault{errc::wrong_type, "has a ~ that is neither ~0 nor ~1"};
        step += code == '0' ? '~' : '/';
    }
    return step;
}

const json_node* element(const json_tree& tree, const json_node& array, std::string_view written)
{
    std::size_t index = 0;
    const char* const end = written.data() + written.size();
    const bool padded = written.size() > 1 && written.front() == '0';
    const auto [after, ec] = std::from_chars(written.data(), end, index);
    if (padded || ec != std::errc{} || after != end || index >= array.children)
        return nullptr;
    return &tree[tree.children(array)[index]];
}

}  // namespace

result<json_pointer, fault> json_pointer::parse(std::string_view text)
{
    json_pointer made;
    made.text_ = text;
    if (text.empty())
        return made;
    if (text.front() != '/')
        return fault{errc::wrong_type, "does not begin with /"};
    while (!text.empty()) {
        text.remove_prefix(1);
        const auto written = text.substr(0, text.find('/'));
        auto step = parse_step(written);
        if (!step)
            return step.error();
        made.steps_.push_back(std::move(*step));
        text.remove_prefix(written.size());
    }
    return made;
}

const json_node* follow(
    const json_tree& tree, const json_node& from, std::span<const std::string> steps
)
{
    const json_node* at = &from;
    for (const auto& step : steps) {
        at = at->type == json_type::array ? element(tree, *at, step) : tree.find(*at, step);
        if (at == nullptr)
            return nullptr;
    }
    return at;
}

}  // namespace rollcall
