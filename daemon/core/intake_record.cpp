#include "core/intake_record.hpp"

#include <algorithm>
#include <charconv>

namespace rollcall {

std::string_view find_header(const headers& in, std::string_view name)
{
    const auto it =
        std::find_if(in.rbegin(), in.rend(), [&](const auto& h) { return h.first == name; });
    return it == in.rend() ? std::string_view{} : std::string_view{it->second};
}

headers arrival_headers(const intake_record& record)
{
    headers out;
    out.reserve(6 + record.signed_headers.size());
    out.emplace_back("rollcall-source", record.source);
    out.emplace_back("rollcall-provider", record.provider);
    out.emplace_back("rollcall-via", to_string(record.via));
    out.emplace_back("rollcall-received", to_rfc3339(record.received_at));
    if (!record.delivery_id.empty())
        out.emplace_back("rollcall-delivery", record.delivery_id);
    if (!record.item.empty())
        out.emplace_back("rollcall-item", record.item);
    if (record.number != 0)
        out.emplace_back("rollcall-number", std::to_string(record.number));
    if (record.notice != tracking_sign::none)
        out.emplace_back("rollcall-notice", to_string(record.notice));
    if (!record.traceparent.empty())
        out.emplace_back("traceparent", record.traceparent);
    for (const auto& [name, value] : record.signed_headers)
        out.emplace_back("http-" + name, value);
    return out;
}

boost::system::result<intake_record, fault> read_intake_record(
    std::string_view key, std::string_view body, const headers& in
)
{
    intake_record record;
    record.key = key;
    record.body = body;
    bool has_way = false, has_time = false, known_notice = true, known_number = true;
    for (const auto& [name, value] : in) {
        if (name == "rollcall-source") {
            record.source = value;
        } else if (name == "rollcall-provider") {
            record.provider = value;
        } else if (name == "rollcall-via") {
            const auto via = parse_way(value);
            has_way = via.has_value();
            record.via = via.value_or(way::webhook);
        } else if (name == "rollcall-received") {
            const auto at = parse_rfc3339(value);
            has_time = at.has_value();
            record.received_at = at.has_value() ? *at : timestamp{};
        } else if (name == "rollcall-delivery") {
            record.delivery_id = value;
        } else if (name == "rollcall-item") {
            record.item = value;
        } else if (name == "rollcall-number") {
            const auto read =
                std::from_chars(value.data(), value.data() + value.size(), record.number);
            known_number = read.ec == std::errc{} && read.ptr == value.data() + value.size();
        } else if (name == "rollcall-notice") {
            const auto told = parse_tracking_sign(value);
            known_notice = told.has_value();
            record.notice = told.value_or(tracking_sign::none);
        } else if (name == "traceparent") {
            record.traceparent = value;
        } else if (name.starts_with("http-")) {
            record.signed_headers.emplace_back(name.substr(5), value);
        }
    }
    if (record.source.empty())
        return fault{errc::bad_record, "rollcall-source"};
    if (record.provider.empty())
        return fault{errc::bad_record, "rollcall-provider"};
    if (!has_way)
        return fault{errc::bad_record, "rollcall-via"};
    if (!has_time)
        return fault{errc::bad_record, "rollcall-received"};
    if (!known_notice)
        return fault{errc::bad_record, "rollcall-notice"};
    if (!known_number)
        return fault{errc::bad_record, "rollcall-number"};
    return record;
}

}  // namespace rollcall
