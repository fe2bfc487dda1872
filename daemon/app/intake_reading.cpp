#include "app/intake_reading.hpp"

#include "providers/given_up.hpp"

#include <charconv>
#include <utility>

namespace rollcall {
namespace {

template <class Integer>
bool parse_number(std::string_view text, Integer& into)
{
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), into);
    return ec == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string to_string(const intake_place& place)
{
    return std::to_string(place.partition) + ':' + std::to_string(place.offset);
}

std::optional<intake_place> parse_intake_place(std::string_view text)
{
    const auto colon = text.find(':');
    intake_place place;
    if (colon == std::string_view::npos || !parse_number(text.substr(0, colon), place.partition) ||
        !parse_number(text.substr(colon + 1), place.offset))
        return std::nullopt;
    return place;
}

made_of_record normalise(const intake_record& what, const source_providers& by)
{
    const auto* from = by.find(what.source);
    if (from == nullptr || from->name() != what.provider)
        from = find_provider(what.provider);
    if (from == nullptr)
        return {{}, fault{errc::unknown_value, "rollcall-provider"}};
    auto made = from->normalise(what);
    if (!made)
        return {{}, made.error()};
    return {*std::move(made), std::nullopt};
}

bool stored_record::is_payload() const
{
    return !unreadable && what.notice == tracking_sign::none && what.item != given_up_item;
}

stored_record read_stored(const consumed_record& record)
{
    stored_record stored{
        .at = {record.partition(), record.offset()},
        .stored_at = record.at(),
        .what = {},
        .unreadable = {},
        .replayed = std::string{record.header(replayed_header.data())}};
    auto read = read_intake_record(record.key(), record.value(), record.all_headers());
    if (read) {
        stored.what = *std::move(read);
        return stored;
    }
    stored.unreadable = read.error();
    stored.what.key = record.key();
    stored.what.body = record.value();
    return stored;
}

}  // namespace rollcall
