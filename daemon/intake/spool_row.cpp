#include "intake/spool_row.hpp"

#include <boost/crc.hpp>

#include <array>
#include <charconv>

namespace rollcall {
namespace {

// The row's own columns and its places in SQLite's tables.
constexpr std::uint64_t bytes_of_a_row = 64;

std::uint32_t checksum_of(std::string_view key, std::string_view facts, std::string_view body)
{
    boost::crc_32_type sum;
    for (const auto part : {key, facts, body}) {
        const std::uint64_t length = part.size();
        sum.process_bytes(&length, sizeof length);
        sum.process_bytes(part.data(), part.size());
    }
    return sum.checksum();
}

// "4:name," (D. J. Bernstein's netstrings): readable, and right for any bytes.
void put(std::string& out, std::string_view text)
{
    out.append(std::to_string(text.size())).append(1, ':').append(text).append(1, ',');
}

std::optional<std::string_view> take(std::string_view& in)
{
    std::size_t length = 0;
    const auto [end, ec] = std::from_chars(in.data(), in.data() + in.size(), length);
    const auto digits = static_cast<std::size_t>(end - in.data());
    if (ec != std::errc{} || in.size() - digits < 2 || *end != ':')
        return std::nullopt;
    in.remove_prefix(digits + 1);
    if (length >= in.size() || in[length] != ',')
        return std::nullopt;
    const auto text = in.substr(0, length);
    in.remove_prefix(length + 1);
    return text;
}

}  // namespace

spool_row make_spool_row(const intake_record& record)
{
    spool_row made;
    for (const auto& [name, value] : arrival_headers(record)) {
        put(made.headers, name);
        put(made.headers, value);
    }
    made.checksum = checksum_of(record.key, made.headers, record.body);
    return made;
}

std::optional<intake_record> read_spool_row(
    std::string_view key, std::string_view text, std::string_view body, std::uint32_t checksum
)
{
    if (checksum_of(key, text, body) != checksum)
        return std::nullopt;
    headers found;
    while (!text.empty()) {
        const auto name = take(text);
        const auto value = name ? take(text) : std::nullopt;
        if (!value)
            return std::nullopt;
        found.emplace_back(*name, *value);
    }
    auto record = read_intake_record(key, body, found);
    if (!record)
        return std::nullopt;
    return std::move(*record);
}

std::uint64_t spool_bytes(std::string_view key, std::string_view facts, std::string_view body)
{
    return key.size() + facts.size() + body.size() + bytes_of_a_row;
}

}  // namespace rollcall
