#include "providers/keyed_hmacs.hpp"

#include <algorithm>

namespace rollcall {

hmac_sha256& keyed_hmacs::of(std::string_view key)
{
    constexpr std::size_t most = 64;
    const auto it = std::ranges::find(kept_, key, &keyed::key);
    if (it != kept_.end())
        return it->hmac;
    if (kept_.size() == most)
        kept_.pop_back();
    return kept_.emplace_front(keyed{std::string{key}, hmac_sha256{key}}).hmac;
}

}  // namespace rollcall
