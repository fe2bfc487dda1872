#include "app/outlook.hpp"

#include "relay/possible_ids.hpp"
#include "settings/settings.hpp"
#include "support/fixtures.hpp"

#include <gmock/gmock.h>

namespace rollcall {
namespace {

using as = outlook::as;
using testing::HasSubstr;
using testing::SizeIs;

constexpr timestamp noon{milliseconds{1'786'698'000'000}};

std::string join_body(const std::string& id, timestamp at)
{
    return R"({"idempotency_key": "k", "bot_id": "bot_1", "bot_metadata": null, )"
           R"("trigger": "participant_events.join_leave", "data": {"id": ")" +
           id + R"(", "event_data": {}, "event_type": "join", "timestamp_ms": )" +
           std::to_string(at.time_since_epoch().count()) +
           R"(, "participant_name": "Zoe", "participant_uuid": "1", )"
           R"("participant_is_host": false, "participant_user_uuid": null}})";
}

stored_record stored(const std::string& body, std::int64_t offset = 0)
{
    stored_record record;
    record.at = {0, offset};
    record.what.key = "bot_1";
    record.what.body = body;
    record.what.source = "sales";
    record.what.provider = "attendee";
    record.what.received_at = noon;
    return record;
}

class Forecast : public testing::Test {
protected:
    outlook of(const stored_record& record) { return foretells_.of(record); }

    published_index published_;

private:
    const source_providers providers_{settings{}};
    forecast foretells_{providers_, published_, noon - std::chrono::hours{80}};
};

TEST_F(Forecast, IsFreshOnceForWhatIsNotPublished)
{
    const auto first = of(stored(join_body("pe_1", noon)));
    EXPECT_EQ(first.what, as::fresh);
    EXPECT_THAT(first.fresh, SizeIs(1));
    EXPECT_EQ(of(stored(join_body("pe_1", noon), 1)).what, as::known);
    EXPECT_EQ(of(stored(join_body("pe_2", noon), 2)).what, as::fresh);
}

// Nothing but the relay knows which of a peer's joins it is; the same telling of it is one all the
// same.
TEST_F(Forecast, IsFreshOnceForWhatIsCounted)
{
    auto record = stored(test::fixture("realtimekit/webhooks/participant_joined.json"));
    record.what.provider = "realtimekit";
    EXPECT_EQ(of(record).what, as::too_old) << "it is of March";
    record.at.offset = 1;
    EXPECT_EQ(of(record).what, as::known);
}

// A row of a download is not put in again; so it stands for no other.
TEST_F(Forecast, DoesNotTakeARowForWhatGoesIn)
{
    auto row = stored(join_body("pe_1", noon));
    row.what.via = way::download;
    EXPECT_EQ(of(row).what, as::download);
    EXPECT_EQ(of(stored(join_body("pe_1", noon), 1)).what, as::fresh);
    row.at.offset = 2;
    EXPECT_EQ(of(row).what, as::known);
}

TEST_F(Forecast, KnowsWhatIsPublished)
{
    const auto record = stored(join_body("pe_1", noon));
    const auto made = normalise(record.what, source_providers{settings{}});
    ASSERT_THAT(made.told.events, SizeIs(1));
    published_message message;
    message.id = possible_ids(made.told.events[0]).front();
    message.intake = intake_place{0, 7};
    published_.add(message);
    EXPECT_EQ(of(record).what, as::known);
}

TEST_F(Forecast, IsNoneForWhatCannotBeUsed)
{
    EXPECT_EQ(of(stored("{}")).what, as::unusable);
    EXPECT_THAT(of(stored("{}")).why, HasSubstr("field missing"));
    const auto window = std::chrono::hours{80};
    EXPECT_EQ(of(stored(join_body("pe_1", noon - window))).what, as::fresh);
    EXPECT_EQ(of(stored(join_body("pe_2", noon - window - milliseconds{1}))).what, as::too_old);
    auto notice = stored("");
    notice.what.notice = tracking_sign::sweep;
    EXPECT_EQ(of(notice).what, as::no_payload);
    auto row = stored(join_body("pe_3", noon));
    row.what.via = way::download;
    row.what.provider = "recall";
    row.what.body = "{}";
    EXPECT_EQ(of(row).what, as::unusable);
    auto foreign = stored("{}");
    foreign.unreadable = fault{errc::bad_record, "rollcall-source"};
    EXPECT_EQ(of(foreign).what, as::no_payload);
}

TEST(OutlookSum, SaysWhatToDoAboutTheOthers)
{
    outlook_sum sum;
    outlook one;
    one.what = as::fresh;
    one.fresh.resize(2);
    sum.add(one);
    sum.add({.what = as::too_old, .fresh = {}, .why = {}});
    EXPECT_THAT(
        sum_text(sum, "dead letter", true),
        HasSubstr("1 dead letter with 2 new events would be put into the intake\n"
                  "1 dead letter: older than dedupe.window")
    );
    EXPECT_THAT(sum_text(sum, "record", false), HasSubstr("with 2 new events put into the intake"));
}

}  // namespace
}  // namespace rollcall
