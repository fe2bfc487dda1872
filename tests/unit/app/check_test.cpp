#include "app/check.hpp"

#include "app/exit_code.hpp"
#include "settings/tls_files.hpp"
#include "support/certificates.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace rollcall {
namespace {

TEST(Check, SaysWhatWouldRunWithoutASecret)
{
    settings with;
    with.kafka.bootstrap_servers = "k:9092";
    with.kafka.properties = {{"sasl.mechanism", "PLAIN"}, {"sasl.password", "hunter2"}};
    with.listen = {{"0.0.0.0:8080"}, {"[::]:8080"}};
    with.instance = "rollcall-1";
    with.sources = {
        {"sales", "attendee", {{"hunter2", "hunter3"}}}, {"support", "attendee", {{"hunter2"}}}};
    with.sources[1].poll = poll_settings{.api_key = "hunter4"};
    std::ostringstream out;
    EXPECT_EQ(run_check(with, out), exit_done);
    EXPECT_EQ(
        out.str(),
        "instance    rollcall-1\n"
        "kafka       k:9092\n"
        "            with sasl.mechanism, sasl.password\n"
        "topics      rollcall.intake, rollcall.attendance, rollcall.activity (12 partitions)\n"
        "            rollcall.tracking, rollcall.deadletter\n"
        "group       rollcall.relay\n"
        "listen      0.0.0.0:8080\n"
        "            [::]:8080\n"
        "ops         127.0.0.1:9464\n"
        "order       event_time, hold 2s, settle after 1m\n"
        "window      80h\n"
        "sources     sales: attendee, 2 secrets, POST /hooks/sales\n"
        "            support: attendee, 1 secret, POST /hooks/support\n"
        "            polled every 3s, at https://app.attendee.dev\n"
        "The configuration is right.\n"
    );
}

TEST(Check, SaysWhatAListenerSpeaksAndHowLongItsCertificateCounts)
{
    settings with;
    const test::authority some;
    tls_settings tls;
    tls.certificate = some.certificate();
    tls.key = "hunter2";
    tls.clients = client_certificates::require;
    with.listen = {{"0.0.0.0:8443", tls}, {"[::]:8080"}};
    std::ostringstream out;
    EXPECT_EQ(run_check(with, out), exit_done);
    const auto until = to_rfc3339(expiry_of(tls.certificate));
    EXPECT_THAT(
        out.str(),
        testing::AllOf(
            testing::HasSubstr(
                "listen      0.0.0.0:8443, TLS 1.2 and 1.3, client certificates required, "
                "certificate until " +
                until + "\n            [::]:8080\n"
            ),
            testing::Not(testing::HasSubstr("hunter2"))
        )
    );
}

}  // namespace
}  // namespace rollcall
