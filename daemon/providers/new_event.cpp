#include "providers/new_event.hpp"

namespace rollcall {

event new_event(const intake_record& record, kind what, std::string_view type)
{
    event made;
    made.source = record.source;
    made.provider = record.provider;
    made.kind = what;
    made.received_at = record.received_at;
    made.via = record.via;
    made.provider_event_type = type;
    made.traceparent = record.traceparent;
    return made;
}

}  // namespace rollcall
