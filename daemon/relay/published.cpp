#include "relay/published.hpp"

namespace rollcall {

message_parts parts_of(const consumed_record& record)
{
    message_parts parts{.key = record.key(), .value = record.value(), .published_at = record.at()};
    record.for_each_header([&](std::string_view name, std::string_view value) {
        if (name == "ce_id")
            parts.id = value;
        else if (name == "ce_source")
            parts.source = value;
        else if (name == "ce_type")
            parts.type = value;
        else if (name == "ce_subject")
            parts.subject = value;
        else if (name == "ce_time")
            parts.time = value;
        else if (name == "ce_sequence")
            parts.sequence = value;
        else if (name == "rollcall-via")
            parts.via = value;
        else if (name == "rollcall-intake")
            parts.intake = value;
        else if (name == "rollcall-occurrence")
            parts.occurrence = value;
        else if (name == "rollcall-alias")
            parts.alias = value;
        else if (name == "rollcall-content")
            parts.content = value;
        else if (name == "rollcall-alike")
            parts.alike = value;
        else if (name == "rollcall-stands-in")
            parts.stands_in = value;
    });
    return parts;
}

}  // namespace rollcall
