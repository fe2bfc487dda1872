#include "attendee_properties.hpp"

#include "providers/attendee/canonical.hpp"
#include "providers/attendee/normalise.hpp"
#include "providers/attendee/route.hpp"
#include "providers/attendee/signature.hpp"
#include "providers/hmac_sha256.hpp"

#include <openssl/evp.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace rollcall::test {
namespace {

void expect(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

struct signed_request final : webhook_request {
    std::string signature;
    header_value header(std::string_view) const override { return {signature, 1}; }
    headers headers_from(std::string_view) const override { return {}; }
};

// Nothing where it has no opinion: it stops at 1e400, although it is told not to compute numbers.
std::optional<bool> is_json_for_rapidjson(std::string_view body)
{
    constexpr auto flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                           rapidjson::kParseNumbersAsStringsFlag;
    rapidjson::MemoryStream stream{body.data(), body.size()};
    rapidjson::BaseReaderHandler<> ignore;
    rapidjson::Reader reader;
    const auto parsed = reader.Parse<flags>(stream, ignore);
    if (parsed.Code() == rapidjson::kParseErrorNumberTooBig)
        return std::nullopt;
    return !parsed.IsError();
}

void expect_other_parser_agrees(std::string_view body, const result<void, fault>& parsed)
{
    if (parsed)
        return expect(is_json_for_rapidjson(body).value_or(true), "what is accepted is JSON");
    // It takes NUL for the end of the text, and the limit on its size is ours.
    if (parsed.error().code != errc::not_json || body.size() > json_tree::max_bytes ||
        body.find('\0') != std::string_view::npos)
        return;
    expect(!is_json_for_rapidjson(body).value_or(false), "what is refused as no JSON is none");
}

void expect_same_events(const normalised& a, const normalised& b)
{
    expect(
        a.ignored == b.ignored && a.events.size() == b.events.size(), "canonical form: same events"
    );
    for (std::size_t i = 0; i < a.events.size(); ++i) {
        const auto &one = a.events[i], &other = b.events[i];
        expect(
            one.identity == other.identity && one.kind == other.kind &&
                one.occurred_at == other.occurred_at && one.data == other.data &&
                one.meeting.id == other.meeting.id &&
                one.meeting.metadata == other.meeting.metadata,
            "canonical form: same event"
        );
    }
}

intake_record record_of(std::string_view body)
{
    intake_record record;
    record.body = body;
    record.source = "fuzz";
    record.provider = "attendee";
    return record;
}

void expect_verified(std::string_view body, std::string_view canonical)
{
    const webhook_key key{std::string(32, 'k')};
    const auto digest = hmac_sha256{key.bytes}(canonical);
    std::array<unsigned char, 45> text{};
    EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    signed_request request;
    request.body = body;
    request.signature.assign(text.begin(), text.end() - 1);
    expect(attendee::verify(request, {&key, 1}).has_value(), "a signed body is authentic");
    request.signature[7] = request.signature[7] == 'A' ? 'B' : 'A';
    expect(!attendee::verify(request, {&key, 1}).has_value(), "another signature is not");
}

}  // namespace

void expect_attendee_properties(std::string_view body)
{
    const auto where = attendee::route(body);
    const auto found = attendee::normalise(record_of(body));
    json_tree tree;
    std::string canonical;
    const auto parsed = attendee::canonical_form(body, tree, canonical);
    expect_other_parser_agrees(body, parsed);
    if (!parsed)
        return expect(
            !found && found.error().code == parsed.error().code,
            "no events without a canonical form"
        );

    expect(canonical.size() <= body.size(), "the canonical form is no longer than the body");
    expect(
        where.has_value() == (tree.root().type == json_type::object), "every object has a route"
    );
    std::string again;
    expect(
        attendee::canonical_form(canonical, tree, again).has_value() && again == canonical,
        "one canonical form"
    );
    expect_verified(body, canonical);

    const auto found_again = attendee::normalise(record_of(canonical));
    expect(found.has_value() == found_again.has_value(), "canonical form: as usable");
    if (!found)
        return expect(
            found.error().code == found_again.error().code &&
                found.error().where == found_again.error().where,
            "canonical form: same fault"
        );
    expect_same_events(*found, *found_again);
    for (const auto& each : found->events)
        expect(
            each.meeting.id == where->key && !each.identity.empty(),
            "routed to the meeting of the event"
        );
}

}  // namespace rollcall::test
