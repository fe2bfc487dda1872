// The webhooks that `rollcall doctor` sends to its own routes: taken by whom they are for, and
// nothing comes of them.
#include "posted_request.hpp"
#include "standard_webhooks_mapping.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace rollcall::test {
namespace {

const timestamp now = *parse_rfc3339("2026-08-14T12:00:00Z");

headers with_type(const probe& of)
{
    auto all = of.with;
    all.emplace_back("content-type", of.type);
    return all;
}

errc refusal(const provider& by, const probe& what, const webhook_key& key)
{
    const posted_request request{what.body, with_type(what)};
    const auto verified = by.verify(request, {&key, 1}, now);
    return verified ? errc::ok : static_cast<errc>(verified.error().code);
}

// Taken by `unpack` and the relay, without any event, dead letter or sign of a meeting.
void expect_nothing_of(const provider& by, const probe& what)
{
    const posted_request request{what.body, with_type(what)};
    const auto parcels = by.unpack(request);
    ASSERT_TRUE(parcels) << what.body;
    for (const auto& each : *parcels) {
        EXPECT_EQ(each.to.key, "") << what.body;
        intake_record record;
        record.key = "demo";
        record.source = "demo";
        record.provider = by.name();
        record.body = each.body;
        record.signed_headers = each.kept;
        record.received_at = now;
        const auto made = by.normalise(record);
        ASSERT_TRUE(made) << what.body;
        EXPECT_TRUE(made->events.empty()) << what.body;
        EXPECT_EQ(made->sign, tracking_sign::none) << what.body;
        EXPECT_FALSE(made->waits_for) << what.body;
    }
}

void expect_a_good_probe(const provider& by, const std::string& secret)
{
    SCOPED_TRACE(by.name());
    const auto key = *by.parse_secret(secret);
    auto what = by.make_probe();
    EXPECT_EQ(refusal(by, what, key), errc::missing_signature);
    ASSERT_TRUE(by.sign(what, key, now));
    EXPECT_EQ(refusal(by, what, key), errc::ok);
    webhook_key other = key;
    other.bytes.front() ^= 1;
    EXPECT_EQ(refusal(by, what, other), errc::bad_signature);
    expect_nothing_of(by, what);
}

constexpr auto standard_secret = "whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmh1bnQ=";

TEST(Probe, IsSignedAsItsProviderSigns)
{
    expect_a_good_probe(*find_provider("attendee"), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    expect_a_good_probe(*find_provider("recall"), standard_secret);
    expect_a_good_probe(*generic_provider(rooms_mapping()), standard_secret);
}

TEST(Probe, IsInAFormThatTheMappingReads)
{
    auto by = cloudevents_mapping();
    for (const auto modes :
         {event_mapping::cloudevents_modes{true, true, true},
          event_mapping::cloudevents_modes{false, true, true},
          event_mapping::cloudevents_modes{false, false, true}}) {
        by.cloudevents = modes;
        for (const auto* where : {"/type", "/data/what/kind", "/data/kind"}) {
            by.type = at(where);
            expect_a_good_probe(*generic_provider(by), standard_secret);
        }
    }
    auto nested = rooms_mapping();
    nested.type = at("/event/a~1b");
    expect_a_good_probe(*generic_provider(nested), standard_secret);
}

TEST(Probe, CannotBeSignedByWhoHasOnlyAPublicKey)
{
    const auto& kit = *find_provider("realtimekit");
    auto what = kit.make_probe();
    EXPECT_FALSE(kit.sign(what, {"", key_kind::rsa}, now));
    EXPECT_EQ(refusal(kit, what, {"", key_kind::rsa}), errc::missing_signature);
    const auto rooms = generic_provider(rooms_mapping());
    EXPECT_FALSE(rooms->sign(what, {std::string(32, 'k'), key_kind::ed25519}, now));
    EXPECT_TRUE(what.with.empty());
}

}  // namespace
}  // namespace rollcall::test
