#pragma once

#include "providers/realtimekit/answer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace rollcall::realtimekit {

/// One walk over the numbered pages of a list. It ends with an empty page, when as many rows have
/// come as the list says it has, or when a page shows nothing but what the page before it has
/// shown.
///
/// That the first page is page 1 is nowhere written down: where a list says that it has more rows
/// than came, page 0 is asked for as well.
class page_walk {
public:
    /// `with_page_0`: false where an earlier walk has found nothing there.
    explicit page_walk(bool with_page_0 = true) : with_page_0_{with_page_0} {}

    /// No list has so many pages; a provider that gives them means harm.
    static constexpr std::size_t most_pages = 10'000;

    /// The page to be asked for.
    std::size_t page() const { return page_; }
    /// How many pages lie behind.
    std::size_t pages() const { return pages_; }

    /// Whether the walk is over with that page, of which `ids` are the rows' ids; nothing moves.
    bool ends_with(const answer& page, const std::vector<std::uint64_t>& ids) const;
    /// Goes on past that page.
    void take(const answer& page, std::vector<std::uint64_t> ids);

private:
    enum class ending : std::uint8_t { goes_on, asks_page_0, ends };
    ending after(const answer& page, const std::vector<std::uint64_t>& ids) const;

    bool with_page_0_;
    std::size_t page_ = 1;
    std::size_t pages_ = 0;
    std::uint64_t collected_ = 0;
    std::vector<std::uint64_t> previous_;  // sorted
};

}  // namespace rollcall::realtimekit
