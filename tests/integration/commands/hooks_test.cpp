// `rollcall hooks` against the simulator's API.
#include "simulator/api_server.hpp"
#include "simulator/realtimekit.hpp"
#include "simulator/realtimekit_api.hpp"
#include "support/fixtures.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

namespace rollcall {
namespace {

using test::completed;
using test::exit_status;
using testing::HasSubstr;
using testing::Not;

class Hooks : public testing::Test {
protected:
    Hooks()
    {
        test::write_file(directory_.path() / "key", "the-token\n");
        test::write_file(
            directory_.path() / "secret", "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmh1bnQ=\n"
        );
        test::write_file(
            file(),
            "kafka: { bootstrap_servers: \"127.0.0.1:1\" }\n"
            "sources:\n"
            "  kit: { provider: realtimekit, poll: { base_url: \"" +
                api_.url() + std::string{simulator::realtimekit_api::base_path} +
                "\", api_key: { file: key } } }\n"
                "  unpolled: { provider: realtimekit }\n"
                "  bots: { provider: attendee, webhook: { secrets: [ { file: secret } ] } }\n"
        );
    }

    std::string file() const { return (directory_.path() / "rollcall.yaml").string(); }
    completed hooks(std::vector<std::string> words) const
    {
        words.insert(words.begin(), {"hooks", "--config", file()});
        return test::run(ROLLCALL_EXECUTABLE, words);
    }

    const std::string url_ = "https://hooks.example.com/hooks/kit";

private:
    test::temp_dir directory_;
    simulator::api_server api_{
        simulator::realtimekit{test::fixture("realtimekit/signature/test_rsa_current_private.pem")}
            .open_api({{"the-token"}, ""}),
        {}};
};

TEST_F(Hooks, ShowRegisterAndReuse)
{
    const auto none = hooks({"kit"});
    EXPECT_EQ(none.status, (exit_status{0, 0})) << none.err;
    EXPECT_EQ(none.out, "nothing is registered\n");
    const auto made = hooks({"kit", "--create", url_});
    EXPECT_EQ(made.status, (exit_status{0, 0})) << made.err;
    EXPECT_THAT(made.out, HasSubstr("registered: webhook "));
    const auto again = hooks({"kit", "--create", url_});
    EXPECT_EQ(again.status, (exit_status{0, 0})) << again.err;
    EXPECT_THAT(again.out, HasSubstr("reused: webhook "));
    const auto shown = hooks({"kit"});
    EXPECT_THAT(shown.out, HasSubstr(url_));
    EXPECT_THAT(shown.out, HasSubstr("meeting.participantJoined"));
    EXPECT_THAT(shown.out, Not(HasSubstr("the-token")));
}

TEST_F(Hooks, SayPlainlyWhereThereIsNoApi)
{
    const auto shown = hooks({"bots"});
    EXPECT_EQ(shown.status, (exit_status{0, 0}));
    EXPECT_THAT(shown.out, HasSubstr("Attendee has no API for webhooks"));
    const auto made = hooks({"bots", "--create", url_});
    EXPECT_EQ(made.status, (exit_status{1, 0}));
    EXPECT_THAT(made.err, HasSubstr("Attendee has no API for webhooks"));
}

TEST_F(Hooks, SayWhatIsMissing)
{
    EXPECT_THAT(hooks({"unpolled"}).err, HasSubstr("has no poll.api_key"));
    EXPECT_THAT(hooks({"nobody"}).err, HasSubstr("no source nobody"));
    EXPECT_THAT(hooks({"kit", "--create", "not a url"}).err, HasSubstr("the URL should be"));
}

}  // namespace
}  // namespace rollcall
