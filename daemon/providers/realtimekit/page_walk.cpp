#include "providers/realtimekit/page_walk.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::realtimekit {

page_walk::ending page_walk::after(const answer& page, const std::vector<std::uint64_t>& ids) const
{
    if (page_ == 0 || pages_ + 1 >= most_pages)
        return ending::ends;
    const bool shown_before = std::ranges::all_of(ids, [this](std::uint64_t id) {
        return std::ranges::binary_search(previous_, id);
    });  // also of an empty page
    const auto collected = collected_ + (shown_before ? 0 : ids.size());
    const bool complete = page.total && collected >= *page.total;
    if (complete || (shown_before && !(page.total && with_page_0_)))
        return ending::ends;
    return shown_before ? ending::asks_page_0 : ending::goes_on;
}

bool page_walk::ends_with(const answer& page, const std::vector<std::uint64_t>& ids) const
{
    return after(page, ids) == ending::ends;
}

void page_walk::take(const answer& page, std::vector<std::uint64_t> ids)
{
    const auto then = after(page, ids);
    ++pages_;
    collected_ += ids.size();
    std::ranges::sort(ids);
    previous_ = std::move(ids);
    page_ = then == ending::asks_page_0 ? 0 : page_ + 1;
}

}  // namespace rollcall::realtimekit
