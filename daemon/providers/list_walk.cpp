#include "providers/list_walk.hpp"

#include <bit>
#include <utility>

namespace rollcall {

void list_walk::start(std::string cursor)
{
    pages_ = 0;
    cursor_ = std::move(cursor);
    milestone_ = cursor_;
}

result<page, fault> list_walk::read(std::string_view body) const
{
    auto found = read_page(body, next_);
    if (!found)
        return found;
    const auto& next = found->next;
    if (next && !may_go_on(*next))
        return fault{errc::unknown_value, is_last() ? "next: too many pages" : "next: a circle"};
    return found;
}

bool list_walk::may_go_on(const std::string& next) const
{
    return !is_last() && next != milestone_ && next != cursor_;
}

void list_walk::go_on(const std::string& next, bool by_cursor)
{
    ++pages_;
    if (std::has_single_bit(pages_))
        milestone_ = next;
    cursor_ = by_cursor ? next : std::string{};
}

}  // namespace rollcall
