#include "simulator/api_server.hpp"

#include "receiver.hpp"
#include "simulator/attendee.hpp"
#include "simulator/calendar.hpp"
#include "simulator/query.hpp"
#include "simulator/truth.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/raw_client.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

namespace rollcall::simulator {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

const std::string secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const test::http_headers key{{"Authorization", "Token key-1"}, {"Accept", "application/json"}};

rapidjson::Document parsed(const std::string& text)
{
    rapidjson::Document document;
    document.Parse(text.data(), text.size());
    if (document.HasParseError())
        throw std::runtime_error{"not JSON: " + text};
    return document;
}

/// Reads lists as a client would that knows of no fault: along `next`, and of it only the cursor.
class walking_client {
public:
    explicit walking_client(std::string server) : server_{std::move(server)} {}

    /// The ids of all rows, as often as they came.
    std::vector<std::string> ids(const std::string& path) const
    {
        std::vector<std::string> found;
        std::string cursor;
        do {
            const auto target = path + (cursor.empty() ? "" : "?" + to_query({{"cursor", cursor}}));
            const auto got = test::get(server_ + target, key);
            if (got.status != 200)
                throw std::runtime_error{target + " gave " + std::to_string(got.status)};
            const auto body = parsed(got.body);
            for (const auto& each : body["results"].GetArray())
                found.emplace_back(each["id"].GetString());
            cursor.clear();
            if (body["next"].IsString()) {
                const std::string next = body["next"].GetString();
                cursor = last(parse_query(next.substr(next.find('?') + 1)), "cursor").value_or("");
            }
        } while (!cursor.empty());
        return found;
    }

    /// Of every bot, the ids of its participant events; each is an attempt of its own to find all.
    std::map<std::string, std::vector<std::string>> events() const
    {
        std::map<std::string, std::vector<std::string>> found;
        for (const auto& bot : ids("/api/v1/bots"))
            found[bot] = ids("/api/v1/bots/" + bot + "/participant_events");
        return found;
    }

private:
    std::string server_;
};

/// The ids of the participant events that are true.
std::map<std::string, std::set<std::string>> true_events(const performance& what)
{
    std::map<std::string, std::set<std::string>> events;
    for (const auto& each : what.told)
        if (each.expected && each.expected->who && each.expected->kind != "participant.chat")
            events[each.meeting_id].insert(*each.expected->provider_id);
    return events;
}

class ApiServer : public testing::Test {
protected:
    static performance world(const faults& wanted = {}, std::size_t events = 600)
    {
        world_options options;
        options.seed = 5;
        options.meetings = 6;
        options.events = events;
        return prepare(
            options,
            attendee{secret},
            {std::chrono::floor<milliseconds>(std::chrono::system_clock::now()) - 1h, 1},
            wanted
        );
    }

    /// A server of a world that is over.
    void serve(api_options options = {}, const faults& wanted = {})
    {
        what = world(wanted);
        server = std::make_unique<api_server>(
            attendee{secret}.open_api({{"key-1"}, "http://attendee-app.internal:8000"}),
            std::move(options)
        );
        server->show(what, steady::now(), true);
    }

    test::http_answer get(const std::string& path = "/api/v1/bots", milliseconds timeout = 10s)
        const
    {
        return test::get(server->url() + path, key, timeout);
    }

    boost::asio::ip::tcp::endpoint endpoint() const
    {
        const auto url = server->url();
        return {
            boost::asio::ip::make_address("127.0.0.1"),
            static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)))};
    }

    static api_options with(api_fault fault, fault_rate rate)
    {
        api_options options;
        options.faults.of(fault) = rate;
        return options;
    }

    performance what;
    std::unique_ptr<api_server> server;
};

TEST_F(ApiServer, APlainWalkFindsEveryRowWhileAllIsWell)
{
    serve();
    const auto expected = true_events(what);
    const auto found = walking_client{server->url()}.events();
    EXPECT_EQ(found.size(), what.of.meetings.size());
    for (const auto& [bot, ids] : found) {
        const std::set<std::string> distinct(ids.begin(), ids.end());
        EXPECT_EQ(distinct.size(), ids.size());
        if (!ids.empty()) {
            EXPECT_EQ(distinct, expected.at(bot));
        }
    }
    const auto counts = server->counts();
    EXPECT_EQ(counts.by_path.at("bots"), 1U);
    EXPECT_GT(counts.by_path.at("participant_events"), what.of.meetings.size());
    EXPECT_EQ(counts.refused, 0U);
}

TEST_F(ApiServer, APlainWalkLosesRowsOfEqualInsertionTimes)
{
    faults tied;
    tied.tied = 0.2;
    tied.tie_span = 20s;
    serve({}, tied);
    std::size_t lost = 0;
    std::size_t twice = 0;
    const auto expected = true_events(what);
    for (const auto& [bot, ids] : walking_client{server->url()}.events()) {
        const std::set<std::string> distinct(ids.begin(), ids.end());
        twice += ids.size() - distinct.size();
        if (!ids.empty())
            lost += expected.at(bot).size() - distinct.size();
        const auto again =
            walking_client{server->url()}.ids("/api/v1/bots/" + bot + "/participant_events");
        EXPECT_EQ(again, ids);
    }
    EXPECT_GT(lost, 5U);
    EXPECT_GT(twice, 5U);
}

TEST_F(ApiServer, KeepsConnectionsUnlessItIsToldNotTo)
{
    const std::string request =
        "GET /api/v1/bots HTTP/1.1\r\nHost: a\r\nAuthorization: Token key-1\r\n\r\n";
    serve();
    test::raw_client client{endpoint()};
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(client.send(request));
        EXPECT_EQ(client.read_answer().status, 200);
    }
    api_options closing;
    closing.keep_alive = false;
    serve(closing);
    test::raw_client other{endpoint()};
    ASSERT_TRUE(other.send(request));
    EXPECT_TRUE(other.read_answer().has("Connection: close"));
    EXPECT_TRUE(other.closes());
}

TEST_F(ApiServer, ThrottlesOnDemandWithBothFormsOfRetryAfter)
{
    auto options = with(api_fault::throttled, {1, 0});
    options.faults.form = retry_form::alternating;
    options.faults.retry_after = 17s;
    serve(options);
    const auto first = get();
    EXPECT_EQ(first.status, 429U);
    EXPECT_EQ(first.header("Retry-After"), "17");
    EXPECT_EQ(
        first.body, "{\"detail\":\"Request was throttled. Expected available in 17 seconds.\"}"
    );
    EXPECT_THAT(get().header("Retry-After"), testing::EndsWith(" GMT"));
    EXPECT_EQ(server->counts().by_fault.at("throttled"), 2U);
}

TEST_F(ApiServer, FailsBreaksAndResetsAsOftenAsAskedFor)
{
    serve(with(api_fault::failed, {0, 2}));
    EXPECT_EQ(get().status, 500U);
    EXPECT_THAT(get().header("Content-Type"), testing::StartsWith("text/html"));
    EXPECT_EQ(get().status, 200U);

    serve(with(api_fault::broken, {0, 1}));
    const auto broken = get();
    EXPECT_EQ(broken.status, 200U);
    EXPECT_THROW(parsed(broken.body), std::runtime_error);
    EXPECT_FALSE(broken.error);

    serve(with(api_fault::reset, {0, 1}));
    EXPECT_EQ(get().error, boost::asio::error::connection_reset);
    EXPECT_EQ(get().status, 200U);
}

TEST_F(ApiServer, ASilentAnswerNeverComesAndASlowOneDrips)
{
    serve(with(api_fault::silent, {0, 1}));
    const auto silent = get("/api/v1/bots", 300ms);
    EXPECT_EQ(silent.status, 0U);
    EXPECT_TRUE(silent.error);

    auto slow = with(api_fault::slow, {0, 1});
    slow.faults.slow_span = 400ms;
    serve(slow);
    const auto begin = steady::now();
    const auto answer = get();
    EXPECT_GE(steady::now() - begin, 300ms);
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(parsed(answer.body)["results"].Size(), what.of.meetings.size());
}

TEST_F(ApiServer, FaultsCanBeChangedWhileItRuns)
{
    serve(with(api_fault::failed, {1, 0}));
    EXPECT_EQ(get().status, 500U);
    server->change_faults({});
    EXPECT_EQ(get().status, 200U);
}

TEST_F(ApiServer, EnforcesItsLimitAndCountsWhatIsOver)
{
    api_options options;
    options.limit = 5;
    serve(options);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(get().status, 200U);
    const auto over = get();
    EXPECT_EQ(over.status, 429U);
    const auto wait = std::stoi(over.header("Retry-After"));
    EXPECT_TRUE(wait > 50 && wait <= 60) << wait;
    EXPECT_EQ(test::get(server->url() + "/api/v1/bots").status, 401U);
    const auto counts = server->counts();
    EXPECT_EQ(counts.over_limit, 1U);
    EXPECT_EQ(counts.refused, 1U);
    EXPECT_EQ(counts.requests, 7U);
}

TEST_F(ApiServer, ItsDateIsTheProvidersClock)
{
    serve();
    server->show(what, steady::now(), false);  // this world began an hour ago
    const auto date = get().header("Date");
    EXPECT_GE(date.size(), 29U);
    const auto expected = what.when.start;
    EXPECT_TRUE(date == http_date(expected) || date == http_date(expected + 1s)) << date;
}

TEST_F(ApiServer, AHostileOneSendsWithoutEnd)
{
    for (const auto how : {hostility::huge_body, hostility::endless_header}) {
        api_options options;
        options.hostile = how;
        serve(options);
        test::raw_client client{endpoint()};
        ASSERT_TRUE(client.send(
            "GET /api/v1/bots HTTP/1.1\r\nHost: a\r\nAuthorization: Token key-1\r\n\r\n"
        ));
        EXPECT_TRUE(client.readable_within(5s));
        client.reset();
        EXPECT_TRUE(test::eventually(5s, [&] { return server->counts().hostile == 1; }));
        server.reset();  // ends although it was sending
    }
}

TEST_F(ApiServer, AHostileOneRedirectsAndSeesWhoFollows)
{
    api_options options;
    options.hostile = hostility::redirect;
    serve(options);
    const auto answer = get();
    EXPECT_EQ(answer.status, 302U);
    EXPECT_EQ(answer.header("Location"), server->url() + "/inside");
    EXPECT_EQ(server->counts().followed, 0U);
    test::get(answer.header("Location"));
    EXPECT_EQ(server->counts().followed, 1U);
}

TEST_F(ApiServer, AddressesThatAreNoneAreRefused)
{
    for (const auto* address :
         {"", "localhost:80", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000"}) {
        api_options options;
        options.address = address;
        EXPECT_THROW(serve(options), std::invalid_argument) << address;
    }
}

/// The executable with its API, from the first line of its output on.
class ApiProgram : public testing::Test {
protected:
    ApiProgram()
    {
        test::write_file(file("secret"), secret + "\n");
        test::write_file(file("key"), "key-1\n");
    }

    std::filesystem::path file(const std::string& name) const { return directory.path() / name; }

    /// Returns once it says where its API is.
    std::string start(std::vector<std::string> more)
    {
        std::vector<std::string> arguments{
            "--secret-file",
            file("secret"),
            "--api-key-file",
            file("key"),
            "--rest",
            "127.0.0.1:0",
            "--meetings",
            "4",
            "--truth",
            file("truth")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        simulator.emplace(test::process::options{
            ROLLCALL_SIMULATOR, arguments, {}, test::output::to_pipe(), test::output::discarded()});
        const auto line = simulator->read_line(20s).value_or("");
        return line.starts_with("rest=") ? line.substr(5) : "";
    }

    test::temp_dir directory;
    std::optional<test::process> simulator;
};

TEST_F(ApiProgram, PlaysTheWorldInRealTimeThoughEveryWebhookIsLost)
{
    const auto url = start({"--events", "150", "--rate", "60", "--linger", "60"});
    ASSERT_FALSE(url.empty());
    std::set<std::string> states;
    EXPECT_TRUE(test::eventually(30s, [&] {
        const auto bots = parsed(test::get(url + "/api/v1/bots", key).body);
        std::size_t over = 0;
        for (const auto& each : bots["results"].GetArray()) {
            const std::string state = each["state"].GetString();
            states.insert(state);
            over += state == "ended" || state == "fatal_error" ? 1 : 0;
        }
        return over == 4;
    }));
    for (const auto* each : {"joining", "joined_recording", "ended"})
        EXPECT_TRUE(states.contains(each)) << each;

    std::map<std::string, std::set<std::string>> expected;
    for (const auto& each : read_truth(file("truth")).events) {
        EXPECT_TRUE(each.lost);
        if (each.who && each.kind != "participant.chat")
            expected[each.meeting].insert(each.provider_id.value_or(""));
    }
    for (const auto& [bot, ids] : walking_client{url}.events())
        EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()), expected[bot]) << bot;

    EXPECT_EQ(simulator->stop(10s), (test::exit_status{0, 0}));
    std::string summary;
    while (const auto line = simulator->read_line(5s))
        summary = *line;
    EXPECT_THAT(summary, testing::HasSubstr(" api_path_participant_events="));
    EXPECT_THAT(summary, testing::HasSubstr("deliveries=0 "));
}

TEST_F(ApiProgram, EveryWebhookTellsOfARowThatCanBeReadAlready)
{
    std::atomic<int> missing{0};
    std::atomic<int> asked{0};
    std::mutex shared;
    std::string url;
    receiver to{[&](const auto& all) {
        const std::lock_guard lock{shared};
        const auto body = parsed(all.back().body);
        if (std::string{body["trigger"].GetString()} == "participant_events.join_leave") {
            const std::string bot =
                body[body.HasMember("bot_id") ? "bot_id" : "app_session_id"].GetString();
            const walking_client client{url};
            const auto ids = client.ids("/api/v1/bots/" + bot + "/participant_events");
            ++asked;
            missing +=
                std::ranges::find(ids, std::string{body["data"]["id"].GetString()}) == ids.end();
        }
        return 200U;
    }};
    {
        const std::lock_guard lock{shared};
        url = start({"--target", to.url(), "--events", "60", "--rate", "30", "--late", "5"});
    }
    ASSERT_TRUE(simulator->wait(60s).has_value());
    EXPECT_GT(asked, 5);
    EXPECT_EQ(missing, 0);
}

TEST_F(ApiProgram, SaysWhatIsWrongWithItsOptions)
{
    const auto fails = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--secret-file", file("secret")});
        const auto ended = test::run(ROLLCALL_SIMULATOR, arguments);
        EXPECT_EQ(ended.status.code, 2) << ended.out;
        return ended.err;
    };
    EXPECT_THAT(fails({}), testing::HasSubstr("--target"));
    EXPECT_THAT(fails({"--rest", "127.0.0.1:0"}), testing::HasSubstr("--api-key-file"));
    for (const auto* wrong : {"101", "-1", "x", "5y", "1 2"})
        EXPECT_THAT(
            fails({"--rest", "127.0.0.1:0", "--api-key-file", file("key"), "--api-failed", wrong}),
            testing::HasSubstr("--api-failed")
        );
}

}  // namespace
}  // namespace rollcall::simulator
