#include "app/intake_reading.hpp"

#include "providers/given_up.hpp"

#include <utility>

namespace rollcall {

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

std::string fault_text(const fault& why)
{
    const auto what = make_error_code(why.code).message();
    return why.where.empty() ? what : what + " at " + why.where;
}

}  // namespace rollcall
