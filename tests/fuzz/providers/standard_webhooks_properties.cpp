#include "standard_webhooks_properties.hpp"

#include "providers/canonical_json.hpp"
#include "providers/json_pointer.hpp"
#include "providers/query_token.hpp"
#include "providers/standard_webhooks/header_value.hpp"
#include "providers/standard_webhooks/normalise.hpp"
#include "providers/standard_webhooks/signature.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace rollcall::test {
namespace {

void expect(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

json_pointer at(const char* text)
{
    return *json_pointer::parse(text);
}

// One that makes events of the recorded bodies, be they of the sender's own form or CloudEvents.
event_mapping mapping(bool cloudevents)
{
    event_mapping by;
    if (cloudevents)
        by.cloudevents = event_mapping::cloudevents_modes{true, true, true};
    by.type = at("/type");
    by.kinds = {
        {"participant.joined", kind::participant_joined},
        {"participant.left", kind::participant_left},
        {"meeting.started", kind::meeting_started},
        {"meeting.ended", kind::meeting_ended},
        {"com.example.meetings.participant.joined.v1", kind::participant_joined},
        {"com.example.meetings.participant.left.v1", kind::participant_left},
        {"ignored", std::nullopt}};
    by.time = cloudevents ? at("/time") : at("/timestamp");
    by.data = at("/data");
    by.meeting.id = at("/data/session_id");
    by.meeting.title = at("/data/title");
    by.participant.id =
        cloudevents ? at("/data/participant/peer_id") : at("/data/participant/connection_id");
    by.participant.name = at("/data/participant/name");
    by.participant.email = at("/data/participant/email");
    return by;
}

const provider& generic(bool cloudevents)
{
    const auto made = [](bool events) {
        source_options options;
        options.mapping = mapping(events);
        return make_provider("standard_webhooks", options);
    };
    static const auto plain = made(false), events = made(true);
    return cloudevents ? *events : *plain;
}

struct request final : webhook_request {
    headers with;

    request(std::string_view content, headers fields) : with{std::move(fields)} { body = content; }
    header_value header(std::string_view name) const override
    {
        header_value found;
        for (const auto& [key, value] : with)
            if (key == name && found.count++ == 0)
                found.text = value;
        return found;
    }
    headers headers_from(std::string_view prefix) const override
    {
        headers found;
        std::ranges::copy_if(with, std::back_inserter(found), [prefix](const auto& each) {
            return each.first.starts_with(prefix);
        });
        return found;
    }
};

result<normalised, fault> normalise(const provider& from, const parcel& each)
{
    intake_record record;
    record.key = each.to.key;
    record.body = each.body;
    record.source = "fuzz";
    record.provider = from.name();
    record.delivery_id = each.to.delivery_id;
    record.signed_headers = each.kept;
    return from.normalise(record);
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
    expect(made.participant.has_value() == about_somebody, "somebody did what participants do");
    expect(
        !made.participant || !made.participant->name || !made.participant->name->empty(),
        "no name is empty"
    );
    expect(is_object(made.data) && is_object(made.meeting.metadata), "data: objects");
    expect(made.identity.starts_with("standard_webhooks:"), "an identity of its own kind");
}

// How many events are in it.
std::size_t expect_unpacked(const provider& from, const request& posted)
{
    const auto parcels = from.unpack(posted);
    if (!parcels) {
        parcel whole;
        whole.body = posted.body;
        whole.kept = from.kept_headers(posted);
        expect(!normalise(from, whole), "no events of what cannot be read");
        return 0;
    }
    std::size_t events = 0;
    for (const auto& each : *parcels) {
        const auto found = normalise(from, each);
        expect(!found || found->events.size() <= 1, "one event at most");
        expect(!found || found->events.empty() != found->ignored.empty(), "an event or its name");
        for (const auto& made : found ? found->events : std::vector<event>{}) {
            expect_whole_event(made, each.to.key);
            ++events;
        }
    }
    return events;
}

void expect_body_properties(std::string_view body)
{
    const headers id = {{"webhook-id", "msg_1"}};
    auto with = id;
    with.emplace_back("content-type", "application/json");
    expect_unpacked(generic(false), request{body, with});
    for (const auto* attribute : {"specversion", "id", "source", "type"})
        with.emplace_back(
            std::string{"ce-"}.append(attribute),
            attribute[1] == 'p'   ? "1.0"
            : attribute[0] == 't' ? "com.example.meetings.participant.joined.v1"
                                  : "x"
        );
    with.emplace_back("ce-time", "2026-03-04T14:00:02Z");
    expect_unpacked(generic(true), request{body, with});

    const request one{body, {{"content-type", "application/cloudevents+json"}}};
    const auto events = expect_unpacked(generic(true), one);
    const bool readable = generic(true).unpack(one).has_value();
    const auto twice = "[" + std::string{body} + "," + std::string{body} + "]";
    const request batch{twice, {{"content-type", "application/cloudevents-batch+json"}}};
    const bool fits = twice.size() <= json_tree::max_bytes;
    if (readable && fits)
        expect(expect_unpacked(generic(true), batch) == 2 * events, "a batch of one event twice");
    expect_unpacked(
        generic(true), request{body, {{"content-type", "application/cloudevents-batch+json"}}}
    );

    json_tree tree;
    if (!readable || !tree.parse(body))
        return;
    std::string compact;
    append_canonical(compact, tree, tree.root());
    expect(
        expect_unpacked(
            generic(true), request{compact, {{"content-type", "application/cloudevents+json"}}}
        ) == events,
        "compact form: same events"
    );
}

void expect_header_properties(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    bool control = false;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        control = control || byte < 0x20 || byte == 0x7f;
        encoded += '%';
        encoded += digits[byte >> 4];
        encoded += digits[byte & 15];
    }
    const auto decoded = standard_webhooks::decode_header_value(encoded);
    expect(decoded.has_value() == !control, "every text but control characters can be sent");
    expect(!decoded || *decoded == text, "what is decoded is what was encoded");
    const auto any = standard_webhooks::decode_header_value(text);
    expect(!any || any->size() <= text.size(), "decoding makes nothing longer");

    auto with = headers{{"content-type", "application/json"}, {"ce-specversion", "1.0"}};
    for (const auto* name : {"ce-id", "ce-source", "ce-type", "ce-time", "ce-other"})
        with.emplace_back(name, text);
    expect_unpacked(generic(true), request{"{}", with});
}

void expect_signature_properties(std::string_view text)
{
    constexpr std::array<std::string_view, 2> families = {"webhook-", "svix-"};
    const auto key = standard_webhooks::parse_secret(text);
    expect(
        key || key.error().where.size() < 200 || text.size() < 16 ||
            key.error().where.find(text) == std::string::npos,
        "a fault holds no secret"
    );
    const std::vector<webhook_key> keys = {
        webhook_key{std::string(32, 'k')}, webhook_key{std::string(32, 'k'), key_kind::ed25519}};
    const timestamp now{std::chrono::seconds{1'772'632'805}};
    const standard_webhooks::rules by{families, milliseconds{300'000}};
    headers with = {{"webhook-id", "m"}, {"webhook-timestamp", "1772632805"}};
    with.emplace_back("webhook-signature", text);
    expect(!standard_webhooks::verify(request{"{}", with}, keys, now, by), "nobody guesses one");
    with[1].second = text;
    expect(!standard_webhooks::verify(request{"{}", with}, keys, now, by), "nor a time");
}

}  // namespace

void expect_standard_webhooks_properties(std::string_view bytes)
{
    expect_body_properties(bytes);
    expect_header_properties(bytes.substr(0, 4096));
    expect_signature_properties(bytes.substr(0, 4096));
    if (const auto pointer = json_pointer::parse(bytes.substr(0, 256)))
        expect(pointer->text() == bytes.substr(0, 256), "a pointer is kept as it is written");
    expect(!verify_query_token(bytes, "0123456789abcdef0123456789abcdef"), "nor a token");
}

}  // namespace rollcall::test
