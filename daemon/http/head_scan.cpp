#include "http/head_scan.hpp"

#include "http/message.hpp"

namespace rollcall::http {
namespace {

// Whether a request can begin so: whoever speaks TLS, or nonsense, need not be waited for.
bool begins_a_method(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

head_state head_scan::advance(std::string_view in)
{
    if (!in.empty() && !begins_a_method(in.front()))
        return head_state::malformed;
    for (;;) {
        const auto feed = in.find('\n', line_);
        if (feed == std::string_view::npos)
            return head_state::incomplete;
        if (feed == 0 || in[feed - 1] != '\r')
            return head_state::malformed;
        const bool blank = feed == line_ + 1;
        if (in[line_] == ' ' || in[line_] == '\t')
            return head_state::malformed;
        line_ = feed + 1;
        if (blank)
            return head_state::complete;
    }
}

target_parts split_target(std::string_view target)
{
    if (!target.starts_with('/')) {
        const auto scheme = target.find("://");
        if (scheme != std::string_view::npos && scheme < target.find_first_of("/?")) {
            const auto end_of_authority = target.find_first_of("/?", scheme + 3);
            target =
                end_of_authority == std::string_view::npos ? "/" : target.substr(end_of_authority);
        }
    }
    const auto mark = target.find('?');
    if (mark == std::string_view::npos)
        return {target, {}};
    const auto path = target.substr(0, mark);
    return {path.empty() ? "/" : path, target.substr(mark + 1)};
}

}  // namespace rollcall::http
