#include "loading.hpp"
#include "support/certificates.hpp"

#include <gmock/gmock.h>

#include <ostream>

namespace rollcall {
namespace {

using test::minimal;
using test::polled;
using test::settings_directory;
using test::write_file;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(PollSettings, AreAbsentWhereASourceIsNotPolled)
{
    settings_directory at;
    EXPECT_FALSE(at.load(minimal)->sources.front().poll);
}

TEST(PollSettings, NeedOnlyAnApiKey)
{
    settings_directory at;
    const auto loaded = at.load(polled());
    ASSERT_TRUE(loaded) << to_string(loaded.error().front());
    poll_settings expected;
    expected.api_key = "c2VjcmV0";
    EXPECT_EQ(loaded->sources.front().poll, expected);
}

TEST(PollSettings, AreNotForAProviderThatIsNotPolled)
{
    settings_directory at;
    at.checks.can_be_polled = [](const std::string& provider) { return provider != "attendee"; };
    const auto loaded = at.load(polled());
    ASSERT_FALSE(loaded);
    ASSERT_EQ(loaded.error().size(), 1U);
    EXPECT_THAT(
        to_string(loaded.error().front()),
        HasSubstr("poll: should not stand here: sources of attendee are not polled")
    );
}

TEST(PollSettings, SayWhereTheApiIsWhereThatIsTheAccountsOwn)
{
    settings_directory at;
    at.checks.needs_base_url = [](const std::string&) { return true; };
    EXPECT_TRUE(at.load(polled("base_url: https://api.example.com/accounts/a/realtime/kit/b")));
    const auto loaded = at.load(polled());
    ASSERT_FALSE(loaded);
    EXPECT_THAT(to_string(loaded.error().front()), HasSubstr("poll.base_url: is missing"));
}

TEST(PollSettings, MayNameTheOwnerOfABudget)
{
    settings_directory at;
    EXPECT_EQ(
        at.load(polled("owner: ops@example.com"))->sources.front().poll->owner, "ops@example.com"
    );
}

TEST(PollSettings, TakeFiltersOfAProviderThatHasSome)
{
    settings_directory at;
    at.checks.has_filters = [](const std::string&) { return true; };
    const auto loaded = at.load(polled("filters: [device_info, quality_stats]"));
    ASSERT_TRUE(loaded);
    EXPECT_THAT(loaded->sources.front().poll->filters, ElementsAre("device_info", "quality_stats"));
    EXPECT_FALSE(at.load(polled("filters: [everything]")));
    at.checks.has_filters = [](const std::string&) { return false; };
    const auto refused = at.load(polled("filters: [device_info]"));
    ASSERT_FALSE(refused);
    EXPECT_THAT(
        to_string(refused.error().front()), HasSubstr("poll.filters: should not stand here")
    );
}

TEST(PollSettings, AreNotOfFilesWhereTheProviderHasNone)
{
    settings_directory at;
    at.checks.has_files = [](const std::string&) { return false; };
    for (const std::string one :
         {"downloads: { at_once: 1 }", "speaker_timeline: use", "marks: { a: b }"}) {
        EXPECT_THAT(
            at.faults(polled(one)),
            ElementsAre(
                "f.yaml:7: sources.one.poll." + one.substr(0, one.find(':')) +
                ": should not stand here: attendee has no files"
            )
        );
    }
    at.checks.has_files = [](const std::string&) { return true; };
    EXPECT_TRUE(at.load(polled("speaker_timeline: use")));
}

TEST(PollSettings, HaveTheirBaseUrlInOneSpelling)
{
    settings_directory at;
    const auto of = [&at](const std::string& url) {
        return at.load(polled("base_url: \"" + url + "\""))->sources.front().poll->base_url;
    };
    EXPECT_EQ(of("HTTPS://App.Attendee.dev:443/"), "https://app.attendee.dev");
    EXPECT_EQ(of("http://attendee:8000/below/"), "http://attendee:8000/below");
    EXPECT_EQ(of("http://[::1]:8000"), "http://[::1]:8000");
}

TEST(PollSettings, TakeCertificatesFromBesideTheSettings)
{
    settings_directory at;
    const std::string one = test::authority{}.certificate();
    const std::string two = "# a comment\n" + one + "\n" + test::authority{}.certificate();
    for (const auto& pem : {one, two}) {
        write_file(at.path() / "ca.pem", pem);
        const auto loaded = at.load(polled("ca_file: ca.pem"));
        ASSERT_TRUE(loaded) << to_string(loaded.error().front());
        EXPECT_EQ(loaded->sources.front().poll->ca_file, at.path() / "ca.pem");
    }
}

TEST(PollSettings, CanBeSetFromOutside)
{
    settings_directory at;
    at.variables = {
        {"ROLLCALL_SOURCES_ONE_POLL_API_KEY_ENV", "KEY"},
        {"KEY", "k"},
        {"ROLLCALL_SOURCES_ONE_POLL_INTERVAL", "5s"},
        {"ROLLCALL_SOURCES_ONE_POLL_CONCURRENCY", "3"},
    };
    at.options = {{"sources.one.poll.base_url", "http://127.0.0.1:8000"}};
    const auto loaded = at.load(polled());
    ASSERT_TRUE(loaded) << to_string(loaded.error().front());
    const auto& poll = loaded->sources.front().poll;
    EXPECT_EQ(poll->api_key, "k");
    EXPECT_EQ(poll->interval, milliseconds{5'000});
    EXPECT_EQ(poll->concurrency, 3U);
    EXPECT_EQ(poll->base_url, "http://127.0.0.1:8000");
}

struct faulty {
    std::string name;
    std::string yaml;
    std::string line;
};

void PrintTo(const faulty& one, std::ostream* out)
{
    *out << one.name;
}
class PollFaults : public testing::TestWithParam<faulty> {};
TEST_P(PollFaults, SayWhereWhatAndWhatWouldBeRight)
{
    settings_directory at;
    write_file(at.path() / "key.two-lines", "one\ntwo\n");
    write_file(at.path() / "ca.empty", "");
    write_file(at.path() / "ca.text", "no certificate");
    const auto whole = test::authority{}.certificate();
    write_file(at.path() / "ca.damaged", whole + whole.substr(0, whole.size() / 2));
    write_file(at.path() / "ca.pem", whole);
    EXPECT_THAT(at.faults(GetParam().yaml), ElementsAre(GetParam().line));
}

constexpr const char* url =
    ", should be https:// or http://, a host, and where needed a port and a path, such as "
    "https://app.attendee.dev";

std::string with_key(const std::string& key)
{
    return minimal + "    poll: { api_key: " + key + " }\n";
}

const faulty table[] = {
    {"PollIsScalar",
     minimal + "    poll: true\n",
     "f.yaml:7: sources.one.poll: is `true`, should be a mapping with at least an api_key"},
    {"PollIsEmpty",
     minimal + "    poll:\n",
     "f.yaml:7: sources.one.poll: is empty, should be a mapping with at least an api_key"},
    {"KeyMissing",
     minimal + "    poll: {}\n",
     "f.yaml:7: sources.one.poll.api_key: is missing, should be { file: PATH }, { env: VARIABLE } "
     "or { credential: NAME }"},
    {"UnknownSetting",
     polled("intervall: 3s"),
     "f.yaml:7: sources.one.poll.intervall: is no setting, nearest is `interval`"},
    {"KeyInline",
     with_key("hunter2"),
     "f.yaml:7: sources.one.poll.api_key: is written out here, should be { file: PATH }, { env: "
     "VARIABLE } or { credential: NAME }"},
    {"KeyFileMissing",
     with_key("{ file: hunter2 }"),
     "f.yaml:7: sources.one.poll.api_key: names a file that cannot be read (No such file or "
     "directory), should hold the secret"},
    {"KeyVariableMissing",
     with_key("{ env: NOT_SET }"),
     "f.yaml:7: sources.one.poll.api_key: names a variable that is not set, should hold the "
     "secret"},
    {"KeyOfTwoLines",
     with_key("{ file: key.two-lines }"),
     "f.yaml:7: sources.one.poll.api_key: holds spaces, line breaks or other characters no key "
     "has, should hold the key alone"},
    {"FileWithoutElements",
     polled("downloads: { elements: 0 }"),
     "f.yaml:7: sources.one.poll.downloads.elements: is `0`, should be a whole number from 1 to "
     "1000000000"},
    {"ElementTooLong",
     polled("downloads: { element_bytes: 2MiB }"),
     "f.yaml:7: sources.one.poll.downloads.element_bytes: is `2MiB`, should be a size from 1KiB to "
     "1MiB, such as 64KiB"},
    {"ElementTooDeep",
     polled("downloads: { depth: 65 }"),
     "f.yaml:7: sources.one.poll.downloads.depth: is `65`, should be a whole number from 1 to 64"},
    {"TimelineIsFlag",
     polled("speaker_timeline: true"),
     "f.yaml:7: sources.one.poll.speaker_timeline: is `true`, should be ignore or use"},
    {"NoMarks",
     polled("marks: {}"),
     "f.yaml:7: sources.one.poll.marks: has no member, should map keys to texts, such as rollcall: "
     "settled with {events} events"},
    {"MarkIsList",
     polled("marks: { a: [ b ] }"),
     "f.yaml:7: sources.one.poll.marks.a: is a list, should be a text of at most 500 characters, "
     "such as settled at {settled_at}"},
    {"UrlIsNumber",
     polled("base_url: 5"),
     "f.yaml:7: sources.one.poll.base_url: is `5`" + std::string{url}},
    {"UrlWithoutScheme",
     polled("base_url: app.attendee.dev"),
     "f.yaml:7: sources.one.poll.base_url: does not begin with https:// or http://" +
         std::string{url}},
    {"UrlWithPassword",
     polled("base_url: \"https://user:hunter2@h\""),
     "f.yaml:7: sources.one.poll.base_url: has a user name or a password" + std::string{url}},
    {"UrlWithQuery",
     polled("base_url: \"https://h/?token=hunter2\""),
     "f.yaml:7: sources.one.poll.base_url: has a query" + std::string{url}},
    {"UrlWithFragment",
     polled("base_url: \"https://h/#a\""),
     "f.yaml:7: sources.one.poll.base_url: has a fragment" + std::string{url}},
    {"UrlWithoutHost",
     polled("base_url: \"https:///a\""),
     "f.yaml:7: sources.one.poll.base_url: has no valid host" + std::string{url}},
    {"UrlWithBadPort",
     polled("base_url: \"https://h:70000\""),
     "f.yaml:7: sources.one.poll.base_url: has no valid port" + std::string{url}},
    {"CaFileMissing",
     polled("ca_file: nowhere.pem"),
     "f.yaml:7: sources.one.poll.ca_file: names a file that cannot be read (No such file or "
     "directory), should hold certificates in PEM"},
    {"CaFileIsDirectory",
     polled("ca_file: ."),
     "f.yaml:7: sources.one.poll.ca_file: names what is no regular file, should hold certificates "
     "in PEM"},
    {"CaFileIsEmpty",
     polled("ca_file: ca.empty"),
     "f.yaml:7: sources.one.poll.ca_file: names a file without a certificate, should "
     "hold certificates in PEM"},
    {"CaFileIsNoPem",
     polled("ca_file: ca.text"),
     "f.yaml:7: sources.one.poll.ca_file: names a file without a certificate, should "
     "hold certificates in PEM"},
    {"CaFileIsDamaged",
     polled("ca_file: ca.damaged"),
     "f.yaml:7: sources.one.poll.ca_file: names a file with a certificate that cannot be read, "
     "should hold certificates in PEM"},
    {"CaFileWithoutTls",
     polled("base_url: \"http://h\", ca_file: ca.pem"),
     "f.yaml:7: sources.one.poll.ca_file: is of no use, should be left out where base_url begins "
     "with http://"},
    {"IntervalTooShort",
     polled("interval: 99ms"),
     "f.yaml:7: sources.one.poll.interval: is `99ms`, should be a duration from 100ms to 10m, such "
     "as 3s"},
    {"DiscoveryIntervalTooLong",
     polled("discovery_interval: 61m"),
     "f.yaml:7: sources.one.poll.discovery_interval: is `61m`, should be a duration from 100ms to "
     "1h, such as 20s"},
    {"OverlapTooShort",
     polled("overlap: 29s"),
     "f.yaml:7: sources.one.poll.overlap: is `29s`, should be a duration from 30s to 1h, such as "
     "120s"},
    {"LateSweepWithoutUnit",
     polled("late_sweep: 180"),
     "f.yaml:7: sources.one.poll.late_sweep: is `180`, should be a duration from 0s to 24h, such "
     "as 3m"},
    {"NoRequests",
     polled("requests_a_minute: 0"),
     "f.yaml:7: sources.one.poll.requests_a_minute: is `0`, should be a whole number from 1 to "
     "1000000"},
    {"NoConcurrency",
     polled("concurrency: 0"),
     "f.yaml:7: sources.one.poll.concurrency: is `0`, should be a whole number from 1 to 1000"},
    {"ConnectTimeoutTooLong",
     polled("connect_timeout: 2m"),
     "f.yaml:7: sources.one.poll.connect_timeout: is `2m`, should be a duration from 100ms to 1m, "
     "such as 5s"},
    {"AnswerTimeoutTooShort",
     polled("answer_timeout: 0s"),
     "f.yaml:7: sources.one.poll.answer_timeout: is `0s`, should be a duration from 100ms to 10m, "
     "such as 15s"},
    {"BodyWithoutUnit",
     polled("body_bytes: 8388608"),
     "f.yaml:7: sources.one.poll.body_bytes: is `8388608`, should be a size from 64KiB to 64MiB, "
     "such as 8MiB"},
    {"DownloadHostWithAPath",
     polled("downloads: { hosts: [ files.example.com/x ] }"),
     "f.yaml:7: sources.one.poll.downloads.hosts[0]: has a path, should be a host such as "
     "files.example.com or *.example.com, or an origin such as http://127.0.0.1:8080"},
    {"DownloadHostWithAPassword",
     polled("downloads: { hosts: [ a.example, \"https://u:hunter2@b.example\" ] }"),
     "f.yaml:7: sources.one.poll.downloads.hosts[1]: has a user name or a password, should be a "
     "host such as files.example.com or *.example.com, or an origin such as http://127.0.0.1:8080"},
    {"DownloadTooLarge",
     polled("downloads: { max_bytes: 17GiB }"),
     "f.yaml:7: sources.one.poll.downloads.max_bytes: is `17GiB`, should be a size from 64KiB to "
     "16GiB, such as 256MiB"},
    {"NoDownloadAtOnce",
     polled("downloads: { at_once: 0 }"),
     "f.yaml:7: sources.one.poll.downloads.at_once: is `0`, should be a whole number from 1 to 64"},
};
INSTANTIATE_TEST_SUITE_P(Kinds, PollFaults, testing::ValuesIn(table), [](const auto& test) {
    return test.param.name;
});

TEST(PollSettings, NeverShowAKey)
{
    for (const std::string key :
         {"hunter2",
          "[ hunter2 ]",
          "{ hunter2: x }",
          "{ file: hunter2 }",
          "{ env: hunter2 }",
          "{ env: \"hunter2 \" }",
          "{ file: secret, env: hunter2 }",
          "{ env: SPACED }"}) {
        settings_directory at;
        at.variables["SPACED"] = "hunter2 hunter2";
        const auto faults = at.faults(with_key(key));
        EXPECT_THAT(faults, Not(IsEmpty())) << key;
        EXPECT_THAT(faults, Each(Not(HasSubstr("hunter2")))) << key;
    }
}

TEST(PollSettings, NameEveryFault)
{
    settings_directory at;
    const auto faults = at.faults(
        minimal +
        "    poll:\n"
        "      api_key: hunter2\n"
        "      base_url: h\n"
        "      ca_file: nowhere\n"
        "      overlap: 1s\n"
    );
    EXPECT_THAT(
        faults,
        ElementsAre(
            HasSubstr("f.yaml:8: sources.one.poll.api_key: "),
            HasSubstr("f.yaml:9: sources.one.poll.base_url: "),
            HasSubstr("f.yaml:10: sources.one.poll.ca_file: "),
            HasSubstr("f.yaml:11: sources.one.poll.overlap: ")
        )
    );
}

}  // namespace
}  // namespace rollcall
