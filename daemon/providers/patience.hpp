#pragma once

#include <cstddef>
#include <utility>

namespace rollcall {

/// Counts how often one thing has failed while the provider was there all the same, to tell what
/// will never work from an outage, in which nothing is given up.
class patience {
public:
    /// A server that is being restarted, or a page that is being written, is over after a few. With
    /// the waits in between these take minutes.
    static constexpr unsigned most_tries = 10;

    /// The provider has answered something else.
    void others_work() { others_work_ = true; }
    /// A walk has got to that page; only farther than ever before is progress.
    void got_to(std::size_t page)
    {
        if (page <= farthest_)
            return;
        farthest_ = page;
        tries_ = 0;
    }
    /// It has failed. `answered`: by an answer that is of no use, so the provider is there.
    void failed(bool answered)
    {
        if (answered || std::exchange(others_work_, false))
            ++tries_;
    }
    /// Trying again will not change that.
    void lose() { for_good_ = true; }

    bool is_over() const { return for_good_ || tries_ >= most_tries; }
    unsigned tries() const { return tries_; }

private:
    unsigned tries_ = 0;
    std::size_t farthest_ = 0;
    bool others_work_ = false;
    bool for_good_ = false;
};

}  // namespace rollcall
