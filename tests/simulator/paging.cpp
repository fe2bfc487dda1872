#include "simulator/paging.hpp"

#include "simulator/base64.hpp"
#include "simulator/calendar.hpp"
#include "simulator/dice.hpp"
#include "simulator/query.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace rollcall::simulator {
namespace {

constexpr std::uint64_t largest_offset = 1000;

/// Python's `b64decode`: what is not of the alphabet is passed over, the padding has to be right.
std::optional<std::string> decode_leniently(std::string_view text)
{
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    unsigned bits = 0;
    unsigned held = 0;
    std::size_t digits = 0;
    std::size_t padding = 0;
    for (const char c : text) {
        if (c == '=' && digits % 4 >= 2 && ++padding + digits % 4 == 4)
            return bytes;
        const auto digit = alphabet.find(c);
        if (digit == std::string_view::npos)
            continue;
        padding = 0;
        ++digits;
        bits = (bits << 6U) | static_cast<unsigned>(digit);
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes += static_cast<char>((bits >> held) & 0xffU);
        }
    }
    return digits % 4 == 0 ? std::optional{bytes} : std::nullopt;
}

/// A whole number as Python's `int` takes it, without the exotic ones.
std::optional<std::int64_t> whole(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::uint64_t mixed(std::uint64_t into, std::string_view what)
{
    for (const char c : what)
        into = (into ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return into;
}

/// One row with its place in the order.
struct placed {
    stamp inserted{};
    const row* what = nullptr;
};

class query {
public:
    query(const table& of, const selection& asked, const std::optional<cursor>& from)
        : asked_{asked}, from_{from.value_or(cursor{})}
    {
        auto after = asked.after;
        auto before = asked.before;
        if (from_.position && from_.reverse)
            before = before ? std::min(*before, *from_.position) : from_.position;
        else if (from_.position)
            after = after ? std::max(*after, *from_.position) : from_.position;
        const auto begin = after ? of.upper_bound(*after) : of.begin();
        const auto end = before ? of.lower_bound(*before) : of.end();
        if (after && before && *after >= *before)
            return;
        if (from_.reverse)
            read(std::make_reverse_iterator(end), std::make_reverse_iterator(begin));
        else
            read(begin, end);
    }

    page cut()
    {
        const auto begin = std::min<std::size_t>(from_.offset, found_.size());
        const auto end = std::min(begin + rows_a_page, found_.size());
        page_.assign(
            found_.begin() + static_cast<std::ptrdiff_t>(begin),
            found_.begin() + static_cast<std::ptrdiff_t>(end)
        );
        const bool more = end < found_.size();
        const bool less = from_.position.has_value() || from_.offset > 0;
        const auto following = more ? std::optional{found_[end].inserted} : std::nullopt;
        if (from_.reverse)
            std::ranges::reverse(page_);
        page made;
        for (const auto& each : page_)
            made.rows.push_back(each.what);
        const bool has_next = from_.reverse ? less : more;
        const bool has_previous = from_.reverse ? more : less;
        const auto next_position = from_.reverse ? from_.position : following;
        const auto previous_position = from_.reverse ? following : from_.position;
        if (has_next)
            made.next = next(next_position, previous_position, has_previous);
        if (has_previous)
            made.previous = previous(next_position, previous_position, has_next);
        return made;
    }

private:
    using position = std::optional<stamp>;

    /// As many rows as the query is limited to, and the rest of the last group of equal times.
    template <class Iterator>
    void read(Iterator at, Iterator end)
    {
        const auto limit = from_.offset + rows_a_page + 1;
        for (; at != end; ++at) {
            if (found_.size() >= limit && found_.back().inserted != at->first)
                break;
            if (!asked_.wanted || asked_.wanted(at->second))
                found_.push_back({at->first, &at->second});
        }
        shuffle_equals();
        if (found_.size() > limit)
            found_.resize(limit);
    }

    /// The whim: it depends on the query, and on nothing else.
    void shuffle_equals()
    {
        std::uint64_t seed = mixed(0xcbf29ce484222325U, to_text(from_));
        for (const auto& bound : {asked_.after, asked_.before})
            seed = mixed(seed, bound ? python_datetime(*bound) : "-");
        for (auto begin = found_.begin(); begin != found_.end();) {
            const auto end = std::find_if(begin, found_.end(), [&](const placed& each) {
                return each.inserted != begin->inserted;
            });
            if (end - begin > 1)
                std::sort(begin, end, [&](const placed& a, const placed& b) {
                    return dice{mixed(seed, a.what->id)}.throw_once() <
                           dice{mixed(seed, b.what->id)}.throw_once();
                });
            begin = end;
        }
    }

    /// The nearest row to the page's edge whose time differs from that of its neighbour beyond;
    /// how many rows lie between it and the edge.
    template <class Range>
    static bool find_marker(const Range& rows, position& compare, std::uint64_t& offset)
    {
        for (const auto& each : rows) {
            if (each.inserted != compare) {
                compare = each.inserted;
                return true;
            }
            ++offset;
        }
        return false;
    }

    cursor next(position next_position, position previous_position, bool has_previous) const
    {
        position compare = next_position;
        std::vector<placed> backwards(page_.rbegin(), page_.rend());
        if (!page_.empty() && from_.reverse && from_.offset != 0)
            compare = page_.back().inserted;
        cursor made;
        if (page_.empty()) {
            made.position = next_position;
        } else if (find_marker(backwards, compare, made.offset)) {
            made.position = compare;
        } else if (!has_previous) {
            made = {rows_a_page, false, std::nullopt};
        } else if (from_.reverse) {
            made = {0, false, previous_position};
        } else {
            made = {from_.offset + rows_a_page, false, previous_position};
        }
        return made;
    }

    cursor previous(position next_position, position previous_position, bool has_next) const
    {
        position compare = previous_position;
        if (!page_.empty() && !from_.reverse && from_.offset != 0)
            compare = page_.front().inserted;
        cursor made{0, true, std::nullopt};
        if (page_.empty()) {
            made.position = previous_position;
        } else if (find_marker(page_, compare, made.offset)) {
            made.position = compare;
        } else if (!has_next) {
            made = {rows_a_page, true, std::nullopt};
        } else if (from_.reverse) {
            made = {from_.offset + rows_a_page, true, next_position};
        } else {
            made = {0, true, next_position};
        }
        return made;
    }

    const selection& asked_;
    cursor from_;
    std::vector<placed> found_;
    std::vector<placed> page_;
};

std::string link(
    const std::optional<cursor>& to, const std::string& address, const parameters& with
)
{
    if (!to)
        return "null";
    return to_compact_json(value{address + "?" + with_parameter(with, "cursor", to_text(*to))});
}

}  // namespace

std::string to_text(const cursor& of)
{
    parameters tokens;
    if (of.offset != 0)
        tokens.emplace_back("o", std::to_string(of.offset));
    if (of.reverse)
        tokens.emplace_back("r", "1");
    if (of.position)
        tokens.emplace_back("p", python_datetime(*of.position, ' ') + "+00:00");
    return encode_base64(to_query(tokens));
}

read_cursor parse_cursor(std::string_view text)
{
    using verdict = read_cursor::verdict;
    const auto bytes = decode_leniently(text);
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (!bytes || !std::ranges::all_of(*bytes, is_ascii))
        return {verdict::undecodable, {}};
    const auto tokens = parse_query(*bytes);
    const auto first = [&](std::string_view name) {
        const auto found = std::ranges::find(tokens, name, &parameters::value_type::first);
        return found == tokens.end() ? std::nullopt : std::optional{found->second};
    };
    const auto offset = whole(first("o").value_or("0"));
    const auto reverse = whole(first("r").value_or("0"));
    if (!offset || *offset < 0 || !reverse)
        return {verdict::undecodable, {}};
    read_cursor read;
    read.found.offset = std::min(static_cast<std::uint64_t>(*offset), largest_offset);
    read.found.reverse = *reverse != 0;
    if (const auto position = first("p")) {
        read.found.position = parse_datetime(*position);
        if (!read.found.position)
            return {verdict::misplaced, {}};
    }
    return read;
}

page cut_page(const table& of, const selection& asked, const std::optional<cursor>& from)
{
    return query{of, asked, from}.cut();
}

std::string render_page(const page& of, const std::string& address, const parameters& asked_with)
{
    std::string text = R"({"next":)" + link(of.next, address, asked_with) + R"(,"previous":)" +
                       link(of.previous, address, asked_with) + R"(,"results":[)";
    for (std::string_view comma; const auto* each : of.rows) {
        text.append(comma).append(each->text);
        comma = ",";
    }
    return text + "]}";
}

stamp endless_position(const parameters& with)
{
    const auto sent = parse_cursor(last(with, "cursor").value_or("")).found.position;
    return sent.value_or(stamp{std::chrono::seconds{1'786'698'000}}) + std::chrono::seconds{1};
}

}  // namespace rollcall::simulator
