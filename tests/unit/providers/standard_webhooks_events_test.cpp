// What becomes of the bodies of senders that only the settings describe.
#include "expected_events.hpp"
#include "posted_request.hpp"
#include "providers/standard_webhooks/header_value.hpp"
#include "standard_webhooks_mapping.hpp"
#include "support/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <vector>

namespace rollcall::test {
namespace {

using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

std::string recorded(const std::string& name)
{
    return fixture("standard-webhooks/" + name + ".json");
}

intake_record record_of(const std::string& body, headers with = {}, std::string delivery = "msg_1")
{
    intake_record record;
    record.key = "k";
    record.body = body;
    record.source = "rooms";
    record.provider = "standard_webhooks";
    record.received_at = *parse_rfc3339("2026-03-04T15:00:00Z");
    record.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    record.delivery_id = std::move(delivery);
    record.signed_headers = std::move(with);
    return record;
}

// ---- any JSON

class MappedBody : public testing::Test {
protected:
    event_mapping by = rooms_mapping();
    std::string body = recorded("webhook_participant_joined");

    result<normalised, fault> normalise() const
    {
        return generic_provider(by)->normalise(record_of(body));
    }
    event only() const
    {
        const auto found = normalise();
        EXPECT_TRUE(found) << found.error().where;
        return found && found->events.size() == 1 ? found->events.front() : event{};
    }
    void expect_fault(errc code, const std::string& where) const
    {
        const auto found = normalise();
        ASSERT_FALSE(found) << where;
        EXPECT_EQ(found.error().code, code) << where;
        EXPECT_EQ(found.error().where, where);
    }
    void replace(const std::string& what, const std::string& with)
    {
        const auto found = body.find(what);
        ASSERT_NE(found, std::string::npos) << what;
        body.replace(found, what.size(), with);
    }
};

TEST_F(MappedBody, BecomesTheEventThatTheMappingDescribes)
{
    const auto made = only();
    EXPECT_EQ(made.source, "rooms");
    EXPECT_EQ(made.provider, "standard_webhooks");
    EXPECT_EQ(made.kind, kind::participant_joined);
    EXPECT_EQ(made.meeting.id, "room-42-20260304");
    EXPECT_EQ(made.meeting.title, std::nullopt);
    const auto who = made.participant.value_or(participant_facts{});
    EXPECT_EQ(who.id, "c-7f3a");
    EXPECT_EQ(who.user_id, "p-1001");
    EXPECT_EQ(who.name, "Asha Rao");
    EXPECT_EQ(who.email, "asha@contoso.example");
    EXPECT_EQ(who.is_host, std::nullopt);
    EXPECT_EQ(to_rfc3339(made.occurred_at), "2026-03-04T14:00:02.640Z");
    EXPECT_EQ(to_rfc3339(made.received_at), "2026-03-04T15:00:00.000Z");
    EXPECT_EQ(made.via, way::webhook);
    EXPECT_EQ(made.provider_event_id, "msg_1");
    EXPECT_EQ(made.provider_event_type, "participant.joined");
    EXPECT_EQ(made.identity, "standard_webhooks:5:msg_1");
    EXPECT_EQ(made.traceparent, record_of("").traceparent);
    EXPECT_NE(made.data.find(R"("meeting_id":"room-42")"), std::string::npos);
}

TEST_F(MappedBody, OfAMeetingHasOneIdentityHoweverOftenItIsTold)
{
    body = recorded("webhook_session_started");
    const auto made = only();
    EXPECT_EQ(made.kind, kind::meeting_started);
    EXPECT_FALSE(made.participant);
    EXPECT_EQ(made.meeting.title, "Quarterly planning");
    EXPECT_EQ(made.identity, "standard_webhooks:room-42-20260304:meeting.started");
    body = recorded("webhook_session_ended");
    EXPECT_EQ(only().identity, "standard_webhooks:room-42-20260304:meeting.ended");
}

TEST_F(MappedBody, IsIgnoredWhereItsTypeIsOfNoInterest)
{
    for (const auto* name : {"meeting.moved", "whiteboard.opened"}) {
        body = R"({"type":")" + std::string{name} + R"("})";
        const auto found = normalise();
        ASSERT_TRUE(found);
        EXPECT_THAT(found->events, IsEmpty());
        EXPECT_EQ(found->ignored, name);
    }
}

TEST_F(MappedBody, NamesThePlaceAtFault)
{
    const auto whole = body;
    replace(R"("type")", R"("typ")");
    expect_fault(errc::missing_field, "/type");
    body = whole;
    replace(R"("session_id": "room-42-20260304")", R"("session_id": null)");
    expect_fault(errc::missing_field, "/data/session_id");
    body = whole;
    replace(R"("room-42-20260304")", R"({"id":1})");
    expect_fault(errc::wrong_type, "/data/session_id");
    body = whole;
    replace(R"("c-7f3a")", R"("")");
    expect_fault(errc::missing_field, "/data/participant/connection_id");
    body = whole;
    replace(R"("2026-03-04T14:00:02.640Z")", R"("yesterday")");
    expect_fault(errc::bad_time, "/timestamp");
    body = whole;
    replace(R"("2026-03-04T14:00:02.640Z")", "true");
    expect_fault(errc::wrong_type, "/timestamp");
    body = "[]";
    expect_fault(errc::wrong_type, "");
    body = R"({"a":1,"a":2})";
    expect_fault(errc::duplicate_key, "byte 13");
}

TEST_F(MappedBody, TakesWholeNumbersForIds)
{
    replace(R"("room-42-20260304")", "8812345678901234567890");
    replace(R"("c-7f3a")", "16778240");
    const auto made = only();
    EXPECT_EQ(made.meeting.id, "8812345678901234567890");
    EXPECT_EQ(made.participant.value_or(participant_facts{}).id, "16778240");
    replace("16778240", "1.5");
    expect_fault(errc::wrong_type, "/data/participant/connection_id");
}

TEST_F(MappedBody, TakesTimesInEveryUnitThatCannotBeMistaken)
{
    const std::string written = R"("2026-03-04T14:00:02.640Z")";
    const auto whole = body;
    for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
             {"1772632802", "2026-03-04T14:00:02.000Z"},
             {"1772632802.64", "2026-03-04T14:00:02.640Z"},
             {"1772632802.6409", "2026-03-04T14:00:02.640Z"},
             {"1772632802640", "2026-03-04T14:00:02.640Z"},
             {"1772632802640999", "2026-03-04T14:00:02.640Z"},
             {"1772632802640999999", "2026-03-04T14:00:02.640Z"},
             {R"("1772632802640")", "2026-03-04T14:00:02.640Z"},
             {R"("2026-03-04T15:00:02.64+01:00")", "2026-03-04T14:00:02.640Z"},
             {"946684800", "2000-01-01T00:00:00.000Z"},
             {"4102444799", "2099-12-31T23:59:59.000Z"},
         }) {
        body = whole;
        replace(written, text);
        EXPECT_EQ(to_rfc3339(only().occurred_at), expected) << text;
    }
    for (const auto* text :
         {"0",
          "-1",
          "946684799",
          "4102444800",
          "1.7e9",
          "99999999999999999999",
          R"("1772632802.6")",
          R"("2126-03-04T14:00:02Z")"}) {
        body = whole;
        replace(written, text);
        expect_fault(errc::bad_time, "/timestamp");
    }
}

TEST_F(MappedBody, IsIdentifiedByWhatTheMappingNames)
{
    by.identity = {at("/data/participant/connection_id"), at("/type")};
    const auto made = only();
    EXPECT_EQ(made.identity, "standard_webhooks:6:c-7f3a18:participant.joined");
    EXPECT_EQ(
        generic_provider(by)->normalise(record_of(body, {}, "msg_2"))->events.front().identity,
        made.identity
    );
    by.identity = {at("/data/event_id")};
    expect_fault(errc::missing_field, "/data/event_id");
    by.identity = {};
    const auto without = generic_provider(by)->normalise(record_of(body, {}, ""));
    ASSERT_FALSE(without);
    EXPECT_EQ(without.error().where, "webhook-id");
}

TEST_F(MappedBody, CannotBeReadWithoutAMapping)
{
    const auto found = find_provider("standard_webhooks")->normalise(record_of(body));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().where, "mapping");
}

TEST_F(MappedBody, IsRoutedToItsMeetingWithTheIdOfItsDelivery)
{
    const auto from = generic_provider(by);
    const headers with = {
        {"content-type", "application/json"},
        {"webhook-id", "msg_7"},
        {"webhook-timestamp", "1"},
        {"webhook-signature", "v1,x"},
        {"ce-id", "not asked for"}};
    const posted_request request{body, with};
    const auto unpacked = from->unpack(request);
    ASSERT_TRUE(unpacked);
    ASSERT_THAT(*unpacked, SizeIs(1));
    EXPECT_EQ(unpacked->front().to.key, "room-42-20260304");
    EXPECT_EQ(unpacked->front().to.delivery_id, "msg_7");
    EXPECT_EQ(unpacked->front().body, body);
    EXPECT_THAT(unpacked->front().kept, testing::UnorderedElementsAre(with[1], with[2], with[3]));
    EXPECT_EQ(from->route(posted_request{R"({"type":"other"})", with})->key, "");
    EXPECT_EQ(from->route(posted_request{R"({"type":"meeting.started"})", with})->key, "");
    EXPECT_FALSE(from->unpack(posted_request{"{", with}));
    EXPECT_FALSE(from->unpack(posted_request{"[]", with}));
}

// ---- CloudEvents

class CloudEvent : public testing::Test {
protected:
    std::unique_ptr<const provider> from = generic_provider(cloudevents_mapping());
    const headers structured = {{"content-type", "application/cloudevents+json; charset=UTF-8"}};

    // The recorded request in binary mode.
    static posted_request binary_request()
    {
        const auto text = recorded("cloudevents_http_binary");
        rapidjson::Document doc;
        doc.Parse(text.data(), text.size());
        headers with;
        for (const auto& each : doc["headers"].GetObject())
            with.emplace_back(each.name.GetString(), each.value.GetString());
        rapidjson::StringBuffer body;
        rapidjson::Writer writer{body};
        doc["body"].Accept(writer);
        return {body.GetString(), with};
    }
    // Through what the intake keeps, as it goes in the daemon.
    result<std::vector<event>, fault> events_of(const webhook_request& request) const
    {
        const auto parcels = from->unpack(request);
        if (!parcels)
            return parcels.error();
        std::vector<event> all;
        for (const auto& each : *parcels) {
            auto record = record_of(std::string{each.body}, each.kept, each.to.delivery_id);
            record.key = each.to.key;
            auto found = from->normalise(record);
            if (!found)
                return found.error();
            for (auto& made : found->events) {
                EXPECT_EQ(made.meeting.id, each.to.key);
                all.push_back(std::move(made));
            }
        }
        return all;
    }
    result<std::vector<event>, fault> events_of(const std::string& body, const headers& with) const
    {
        return events_of(posted_request{body, with});
    }
    void expect_unreadable(const std::string& body, errc code, const std::string& where) const
    {
        const auto unpacked = from->unpack(posted_request{body, structured});
        ASSERT_FALSE(unpacked) << body;
        EXPECT_EQ(unpacked.error().code, code) << body;
        EXPECT_EQ(unpacked.error().where, where) << body;
    }
};

void expect_recorded_event(const event& made)
{
    EXPECT_EQ(made.kind, kind::participant_joined);
    EXPECT_EQ(made.meeting.id, "b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e");
    EXPECT_EQ(made.meeting.session_id, "b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e");
    const auto who = made.participant.value_or(participant_facts{});
    EXPECT_EQ(who.id, "d4b0a6c2-7e18-4f93-b5d1-3a2c1e0f9b8d");
    EXPECT_EQ(who.user_id, "emp-1001");
    EXPECT_EQ(who.name, "Asha Rao");
    EXPECT_EQ(to_rfc3339(made.occurred_at), "2026-03-04T14:00:02.640Z");
    EXPECT_EQ(made.provider_event_type, "com.example.meetings.participant.joined.v1");
    EXPECT_EQ(
        made.provider_event_id,
        "rtk:b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e:d4b0a6c2-7e18-4f93-b5d1-3a2c1e0f9b8d:joined"
    );
    EXPECT_EQ(
        made.identity,
        "standard_webhooks:85:https://relay.example.test/providers/realtimekit/"
        "7f1c0e6a-3b52-4d0e-9a41-5d2f8c6b7e10"
        "84:rtk:b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e:d4b0a6c2-7e18-4f93-b5d1-3a2c1e0f9b8d:joined"
    );
}

TEST_F(CloudEvent, IsTheSameInEveryMode)
{
    const auto one = events_of(recorded("cloudevents_structured"), structured);
    ASSERT_TRUE(one && one->size() == 1);
    expect_recorded_event(one->front());

    const auto other = events_of(binary_request());
    ASSERT_TRUE(other && other->size() == 1);
    expect_recorded_event(other->front());

    const auto both = events_of(
        recorded("cloudevents_batch"), {{"content-type", "application/cloudevents-batch+json"}}
    );
    ASSERT_TRUE(both && both->size() == 2);
    expect_recorded_event(both->front());
    EXPECT_EQ(both->back().kind, kind::participant_left);
    EXPECT_EQ(to_rfc3339(both->back().occurred_at), "2026-03-04T14:20:09.415Z");
}

// Of a batch every event goes to its own meeting, byte for byte.
TEST_F(CloudEvent, OfABatchIsARecordOfItsOwn)
{
    const auto event_in = [](const std::string& meeting) {
        return R"({"specversion":"1.0","id":"1","source":"s","type":)"
               R"("com.example.meetings.participant.joined.v1",  "data":{"session_id":")" +
               meeting + R"("}})";
    };
    const auto batch = " [ " + event_in("m1") + " ,\n" + event_in("m2") + " ] ";
    const posted_request request{
        batch, {{"content-type", "application/cloudevents-batch+json"}, {"webhook-id", "w"}}};
    const auto unpacked = from->unpack(request);
    ASSERT_TRUE(unpacked);
    ASSERT_THAT(*unpacked, SizeIs(2));
    for (const auto* meeting : {"m1", "m2"}) {
        const auto& each = (*unpacked)[meeting[1] == '1' ? 0 : 1];
        EXPECT_EQ(each.to.key, meeting);
        EXPECT_EQ(each.to.delivery_id, "w");
        EXPECT_EQ(each.body, event_in(meeting));
        EXPECT_THAT(
            each.kept, testing::ElementsAre(Pair("content-type", "application/cloudevents+json"))
        );
    }
}

TEST_F(CloudEvent, SpoilsItsBatch)
{
    const headers batch = {{"content-type", "application/cloudevents-batch+json"}};
    const std::string good = R"({"specversion":"1.0","id":"1","source":"s","type":"t"})";
    const auto where_of = [&](const std::string& body) {
        const auto unpacked = from->unpack(posted_request{body, batch});
        return unpacked ? std::string{"good"} : unpacked.error().where;
    };
    EXPECT_EQ(where_of("[]"), "good");
    EXPECT_EQ(where_of("[" + good + "," + good + "]"), "good");
    EXPECT_EQ(where_of("[" + good + R"(,{"specversion":"1.0","id":"1","source":"s"}])"), "/1/type");
    EXPECT_EQ(where_of("[" + good + ",7]"), "/1");
    EXPECT_EQ(where_of("[" + good + ",]"), "/1");
    EXPECT_NE(where_of("[" + good), "good");
    EXPECT_NE(where_of("[" + good + "] "), "");
    EXPECT_NE(where_of("[" + good + "]x"), "good");
    EXPECT_EQ(where_of(good), "");
    std::string many = "[" + good;
    for (int i = 1; i < 1000; ++i)
        many += "," + good;
    EXPECT_EQ(where_of(many + "]"), "good");
    EXPECT_EQ(where_of(many + "," + good + "]"), "/1000");
}

TEST_F(CloudEvent, MayHoldItsJsonAsBase64)
{
    // base64 of {"session_id":"m","participant":{"peer_id":"p"}}
    const std::string data =
        R"("data_base64":"eyJzZXNzaW9uX2lkIjoibSIsInBhcnRpY2lwYW50Ijp7InBlZXJfaWQiOiJwIn19")";
    const std::string start =
        R"({"specversion":"1.0","id":"1","source":"s","time":"2026-03-04T14:00:02Z","type":)"
        R"("com.example.meetings.participant.joined.v1",)";
    for (const auto* type : {"", R"("datacontenttype":"application/json",)", R"("data":null,)"}) {
        const auto found =
            events_of(std::string{start}.append(type).append(data).append("}"), structured);
        ASSERT_TRUE(found) << found.error().where;
        ASSERT_THAT(*found, SizeIs(1));
        EXPECT_EQ(found->front().participant.value_or(participant_facts{}).id, "p");
    }
    // Which is not JSON: an event without data.
    const posted_request request{recorded("cloudevents_base64_data"), structured};
    const auto bytes = from->unpack(request);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(bytes->front().to.key, "");
    const auto unusable =
        from->normalise(record_of(std::string{bytes->front().body}, bytes->front().kept));
    ASSERT_FALSE(unusable);
    EXPECT_EQ(unusable.error().where, "/data/session_id");

    expect_unreadable(start + R"("data":{},)" + data + "}", errc::unknown_value, "/data_base64");
    expect_unreadable(start + R"("data_base64":"e"})", errc::wrong_type, "/data_base64");
    expect_unreadable(start + R"("data_base64":7})", errc::wrong_type, "/data_base64");
    expect_unreadable(
        start + R"("datacontenttype":"application/json","data_base64":"AAE="})",
        errc::not_json,
        "/data_base64"
    );
}

TEST_F(CloudEvent, HasItsAttributes)
{
    const std::string end = R"("x":1})";
    expect_unreadable("{" + end, errc::missing_field, "/specversion");
    expect_unreadable(
        R"({"specversion":"0.3","id":"1","source":"s","type":"t"})",
        errc::unknown_value,
        "/specversion"
    );
    expect_unreadable(
        R"({"specversion":1.0,"id":"1","source":"s","type":"t"})", errc::wrong_type, "/specversion"
    );
    expect_unreadable(
        R"({"specversion":"1.0","id":"","source":"s","type":"t"})", errc::missing_field, "/id"
    );
    expect_unreadable(
        R"({"specversion":"1.0","id":null,"source":"s","type":"t"})", errc::missing_field, "/id"
    );
    expect_unreadable(
        R"({"specversion":"1.0","id":"1","type":"t"})", errc::missing_field, "/source"
    );
    expect_unreadable(
        R"({"specversion":"1.0","id":"1","source":"s","type":7})", errc::wrong_type, "/type"
    );
    expect_unreadable(
        R"({"specversion":"1.0","id":"1","source":"s","type":"t","time":"12"})",
        errc::bad_time,
        "/time"
    );
    expect_unreadable(
        R"({"specversion":"1.0","id":"1","source":"s","type":"t","subject":""})",
        errc::missing_field,
        "/subject"
    );
    expect_unreadable("7", errc::wrong_type, "");
    EXPECT_TRUE(from->unpack(posted_request{
        R"({"specversion":"1.0","id":"1","source":"s","type":"t","time":null,"subject":null})",
        structured}));
}

TEST_F(CloudEvent, InHeadersIsDecodedOnce)
{
    auto by = cloudevents_mapping();
    by.participant.name = at("/displayname");
    from = generic_provider(by);
    const auto found = events_of(binary_request());
    ASSERT_TRUE(found && found->size() == 1);
    EXPECT_EQ(found->front().participant.value_or(participant_facts{}).name, "Zoë \"李\" 100%");
}

TEST_F(CloudEvent, InHeadersIsRefusedWithMalformedOnes)
{
    const headers whole = {
        {"content-type", "application/json"},
        {"ce-specversion", "1.0"},
        {"ce-id", "1"},
        {"ce-source", "s"},
        {"ce-type", "t"}};
    EXPECT_TRUE(from->unpack(posted_request{"{}", whole}));
    EXPECT_TRUE(from->unpack(posted_request{"[1]", whole}));
    const auto code_with = [&](const std::string& name, const std::string& value) {
        auto with = whole;
        with.emplace_back(name, value);
        const auto unpacked = from->unpack(posted_request{"{}", with});
        return unpacked ? errc::ok : unpacked.error().code;
    };
    EXPECT_EQ(code_with("ce-name", "\xc3\xab"), errc::ok);
    EXPECT_EQ(code_with("ce-name", "%41"), errc::ok);
    EXPECT_EQ(code_with("ce-id", "1"), errc::bad_header);  // twice
    EXPECT_EQ(code_with("ce-name", "%4"), errc::bad_header);
    EXPECT_EQ(code_with("ce-name", "%zz"), errc::bad_header);
    EXPECT_EQ(code_with("ce-name", "%00"), errc::bad_header);
    EXPECT_EQ(code_with("ce-name", "%ff"), errc::bad_encoding);
    EXPECT_EQ(code_with("ce-name", "%c0%af"), errc::bad_encoding);     // overlong
    EXPECT_EQ(code_with("ce-name", "%ed%a0%80"), errc::bad_encoding);  // a surrogate
    EXPECT_EQ(code_with("ce-name", "\"open"), errc::bad_header);
    EXPECT_EQ(code_with("ce-", "x"), errc::bad_header);
    EXPECT_EQ(code_with("ce-a_b", "x"), errc::bad_header);
    EXPECT_EQ(code_with("ce-data", "x"), errc::bad_header);
    EXPECT_EQ(code_with("ce-datacontenttype", "application/json"), errc::bad_header);
    EXPECT_EQ(code_with("ce-subject", ""), errc::missing_field);
    for (std::size_t i = 1; i < whole.size(); ++i) {
        auto with = whole;
        with.erase(with.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(from->unpack(posted_request{"{}", with})) << whole[i].first;
    }
    EXPECT_FALSE(from->unpack(posted_request{"{", whole}));
}

TEST_F(CloudEvent, IsTakenOnlyInTheModesThatAreAllowed)
{
    auto by = cloudevents_mapping();
    const auto types_of = [&by](bool structured_mode, bool binary, bool batch) {
        by.cloudevents = {structured_mode, binary, batch};
        const auto made = generic_provider(by);
        const auto types = made->content_types();
        return std::vector<std::string>{types.begin(), types.end()};
    };
    using testing::ElementsAre;
    EXPECT_THAT(types_of(true, false, false), ElementsAre("application/cloudevents+json"));
    EXPECT_THAT(types_of(false, true, false), ElementsAre("application/json"));
    EXPECT_THAT(types_of(false, false, true), ElementsAre("application/cloudevents-batch+json"));
    by.cloudevents.reset();
    const auto plain = generic_provider(by);
    EXPECT_THAT(plain->content_types(), ElementsAre("application/json"));
}

TEST(HeaderValue, IsUnquotedAndThenDecoded)
{
    const auto decoded = [](std::string_view written) {
        const auto text = standard_webhooks::decode_header_value(written);
        return text ? *text : "?";
    };
    EXPECT_EQ(decoded(""), "");
    EXPECT_EQ(decoded("plain text"), "plain text");
    EXPECT_EQ(decoded("Zo%C3%AB%20%22x%22%25"), "Zo\xc3\xab \"x\"%");
    EXPECT_EQ(decoded("%2541"), "%41");  // once
    EXPECT_EQ(decoded(R"("a b")"), "a b");
    EXPECT_EQ(decoded(R"("a \"b\" \\ %20c")"), R"(a "b" \  c)");
    EXPECT_EQ(decoded(R"("")"), "");
    EXPECT_EQ(decoded(R"(a"b)"), R"(a"b)");  // quotes only around the whole
    for (const auto* written :
         {R"(")", R"("a)", R"("a\")", R"("a\)", R"("a"b)", "%", "%a", "a%g0", "%0A", "%7f"})
        EXPECT_EQ(decoded(written), "?") << written;
}

// ---- the validation handshake

TEST(ValidationHandshake, PermitsTheOriginsThatAreAllowed)
{
    source_options options;
    options.mapping = cloudevents_mapping();
    const auto permitted = [&options](const headers& with) -> std::string {
        const auto made =
            make_provider("standard_webhooks", options)->permit(posted_request{"", with});
        return made ? made->origin + " " + made->rate : "no";
    };
    const headers recorded_request = {
        {"webhook-request-origin", "eventemitter.example.test"}, {"webhook-request-rate", "120"}};
    EXPECT_EQ(permitted(recorded_request), "no");
    options.allowed_origins = {"another.example", "EventEmitter.example.test"};
    EXPECT_EQ(permitted(recorded_request), "eventemitter.example.test 120");
    options.allowed_rate = 60;
    EXPECT_EQ(permitted(recorded_request), "eventemitter.example.test 60");
    options.allowed_rate = 600;
    EXPECT_EQ(permitted(recorded_request), "eventemitter.example.test 120");
    EXPECT_EQ(permitted({recorded_request[0]}), "eventemitter.example.test ");
    EXPECT_EQ(
        permitted({recorded_request[0], {"webhook-request-rate", "many"}}),
        "eventemitter.example.test "
    );
    EXPECT_EQ(permitted({recorded_request[0], recorded_request[0]}), "no");
    EXPECT_EQ(permitted({{"webhook-request-origin", "example.test"}}), "no");
    EXPECT_EQ(permitted({}), "no");
    options.allowed_origins = {"*"};
    EXPECT_EQ(permitted({{"webhook-request-origin", "example.test"}}), "example.test ");
    EXPECT_EQ(permitted({{"webhook-request-origin", ""}}), "no");
    EXPECT_EQ(permitted({}), "no");
}

}  // namespace
}  // namespace rollcall::test
