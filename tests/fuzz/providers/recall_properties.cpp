#include "recall_properties.hpp"

#include "providers/canonical_json.hpp"
#include "providers/recall/normalise.hpp"
#include "providers/recall/route.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace rollcall::test {
namespace {

void expect(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

result<normalised, fault> normalise(std::string_view body)
{
    intake_record record;
    record.body = body;
    record.source = "fuzz";
    record.provider = "recall";
    return recall::normalise(record, "us-east-1");
}

bool is_object(std::string_view json)
{
    json_tree tree;
    return tree.parse(json) && tree.root().type == json_type::object;
}

void expect_whole_event(const event& made, const std::string& meeting)
{
    const bool about_somebody = made.kind < kind::meeting_started;
    expect(made.meeting.id == meeting && !meeting.empty(), "routed to the meeting of the event");
    expect(made.meeting.recording_id == meeting, "the meeting is the recording");
    expect(made.identity.starts_with("recall:us-east-1:" + meeting), "identity of its recording");
    expect(made.participant.has_value() == about_somebody, "somebody did what participants do");
    expect(
        !made.participant || !made.participant->name || !made.participant->name->empty(),
        "no name is empty"
    );
    expect(is_object(made.data), "data: an object");
    expect(is_object(made.meeting.metadata), "metadata: an object");
}

void expect_same_events(const normalised& a, const normalised& b)
{
    expect(
        a.ignored == b.ignored && a.sign == b.sign && a.events.size() == b.events.size(),
        "compact form: same events"
    );
    for (std::size_t i = 0; i < a.events.size(); ++i) {
        const auto &one = a.events[i], &other = b.events[i];
        expect(
            one.identity == other.identity && one.kind == other.kind &&
                one.occurred_at == other.occurred_at && one.data == other.data &&
                one.meeting.metadata == other.meeting.metadata,
            "compact form: same event"
        );
    }
}

}  // namespace

void expect_recall_properties(std::string_view body)
{
    const auto where = recall::route(body);
    const auto found = normalise(body);
    json_tree tree;
    if (!tree.parse(body))
        return expect(!found, "no events of what is no JSON");
    const bool object = tree.root().type == json_type::object;
    expect(where.has_value() == object, "every object has a route");
    expect(object || !found, "no events of what is no object");

    std::string compact;
    append_canonical(compact, tree, tree.root());
    const auto again = normalise(compact);
    expect(found.has_value() == again.has_value(), "compact form: as usable");
    if (!found)
        return expect(
            found.error().code == again.error().code && found.error().where == again.error().where,
            "compact form: same fault"
        );
    expect(found->events.size() == 1 || !found->ignored.empty(), "an event, or the name of none");
    expect_same_events(*found, *again);
    for (const auto& each : found->events)
        expect_whole_event(each, *where);
}

}  // namespace rollcall::test
