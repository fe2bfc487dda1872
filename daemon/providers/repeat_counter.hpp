#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>

namespace rollcall {

/// Numbers what comes repeatedly, from 0. Remembers so many different things as it may and forgets
/// the one that came first, so that memory is bounded: what comes again after that many others
/// counts as the first of its kind.
class repeat_counter {
public:
    explicit repeat_counter(std::size_t most_remembered) : most_{most_remembered} {}

    /// `hash`: of the thing.
    std::uint32_t count(std::uint64_t hash)
    {
        const auto [place, fresh] = counts_.try_emplace(hash, 0);
        if (!fresh)
            return ++place->second;
        order_.push_back(hash);
        if (order_.size() > most_) {
            counts_.erase(order_.front());
            order_.pop_front();
        }
        return 0;
    }
    std::size_t remembered() const { return counts_.size(); }

private:
    std::size_t most_;
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> counts_;
    std::deque<std::uint64_t> order_;
};

}  // namespace rollcall
