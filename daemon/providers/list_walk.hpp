#pragma once

#include "providers/page.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall {

/// One walk over the pages of a list, as long as the server likes but not for ever: it notices a
/// list that goes round in a circle, and stops after a number of pages that no real list has.
class list_walk {
public:
    list_walk(std::size_t most_pages, next_reader next)
        : most_pages_{most_pages}, next_{std::move(next)}
    {
    }

    /// Begins with the first page, or at a cursor (or whatever else `next` is read as) that an
    /// earlier walk met.
    void start(std::string cursor = {});

    /// Of the page to be asked for; empty: the first.
    const std::string& cursor() const { return cursor_; }

    /// The page in that body. Fails as `read_page` does, and with `errc::unknown_value` where the
    /// walk may not go on to the next one.
    result<page, fault> read(std::string_view body) const;
    /// How many pages lie behind.
    std::size_t pages() const { return pages_; }
    /// There may be no page after the one that is asked for.
    bool is_last() const { return pages_ + 1 >= most_pages_; }

    /// May the walk go on to `next`? Not if that page has been met in this walk, or if it is one
    /// too many. A circle is noticed within three rounds of it, with one cursor remembered (Brent's
    /// algorithm).
    bool may_go_on(const std::string& next) const;
    /// Goes on to `next`; `by_cursor` is false where the caller asks for that page in another way.
    void go_on(const std::string& next, bool by_cursor = true);

private:
    std::size_t most_pages_;
    next_reader next_;
    std::size_t pages_ = 0;  // that lie behind
    std::string cursor_;
    std::string milestone_;  // the cursor of the page whose number is a power of two
};

}  // namespace rollcall
