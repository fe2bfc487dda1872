#include "bench/latencies.hpp"

#include <algorithm>

namespace rollcall::bench {

double latencies::percentile(double share)
{
    if (nanoseconds_.empty())
        return 0;
    const auto place =
        static_cast<std::size_t>(share * static_cast<double>(nanoseconds_.size() - 1));
    const auto at = nanoseconds_.begin() + static_cast<std::ptrdiff_t>(place);
    std::ranges::nth_element(nanoseconds_, at);
    return static_cast<double>(*at) / 1e6;
}

}  // namespace rollcall::bench
