#include "poller/retry_after.hpp"

#include "poller/http_date.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace rollcall {
namespace {

std::optional<milliseconds> read_seconds(std::string_view digits)
{
    std::uint64_t seconds = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [stopped, ec] = std::from_chars(digits.data(), end, seconds);
    if (stopped != end)
        return std::nullopt;
    constexpr auto most =
        std::chrono::duration_cast<std::chrono::seconds>(longest_retry_after).count();
    if (ec == std::errc::result_out_of_range || seconds > static_cast<std::uint64_t>(most))
        return longest_retry_after;
    return std::chrono::seconds{seconds};
}

}  // namespace

std::optional<milliseconds> parse_retry_after(
    std::string_view header, std::optional<timestamp> date, timestamp now
)
{
    if (header.empty())
        return std::nullopt;
    if (header.front() >= '0' && header.front() <= '9')
        return read_seconds(header);
    const auto until = parse_http_date(header);
    if (!until)
        return std::nullopt;
    return std::clamp(*until - date.value_or(now), milliseconds{0}, longest_retry_after);
}

}  // namespace rollcall
