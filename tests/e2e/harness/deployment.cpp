#include "harness/deployment.hpp"

#include "harness/books.hpp"
#include "harness/private_texts.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"
#include "support/fixtures.hpp"
#include "support/http_client.hpp"
#include "support/message_schema.hpp"
#include "support/ports.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

std::string in_ms(std::chrono::milliseconds time)
{
    return std::to_string(time.count()) + "ms";
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::istringstream in{text};
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(std::move(line));
    return lines;
}

std::string_view to_string(promise mode)
{
    return mode == promise::event_time ? "event_time"
           : mode == promise::causal   ? "causal"
                                       : "arrival";
}

/// Behind `env`: the daemon takes every ROLLCALL_ variable for a setting, also the one that names
/// the tests' broker.
std::vector<std::string> without_test_settings(std::vector<std::string> arguments)
{
    std::vector<std::string> all{"-u", "ROLLCALL_TEST_KAFKA", ROLLCALL_EXECUTABLE};
    all.insert(
        all.end(),
        std::make_move_iterator(arguments.begin()),
        std::make_move_iterator(arguments.end())
    );
    return all;
}

void show_end_of(const instance& which)
{
    std::ifstream in{which.log()};
    std::deque<std::string> last;
    for (std::string line; std::getline(in, line);) {
        last.push_back(std::move(line));
        if (last.size() > 60)
            last.pop_front();
    }
    std::cout << "---- the end of the log of " << which.name() << '\n';
    for (const auto& line : last)
        std::cout << line << '\n';
}

// What is on its way may be looked at for a while.
void expect_balance(const instance& of)
{
    std::vector<std::string> faults{"/metrics does not answer"};
    const bool balanced = eventually(10s, [&] {
        if (const auto page = of.metrics())
            faults = imbalances(*page);
        return faults.empty();
    });
    if (balanced)
        return;
    for (const auto& fault : faults)
        ADD_FAILURE() << of.name() << ": the books do not balance: " << fault;
}

}  // namespace

instance::instance(
    std::string name, std::filesystem::path settings, std::string listen, std::string ops
)
    : name_{std::move(name)},
      settings_{std::move(settings)},
      listen_{std::move(listen)},
      ops_{std::move(ops)}
{
}

void instance::start(const launch& how)
{
    auto environment = how.environment;
    auto arguments = without_test_settings({"serve", "--config", settings_});
    std::string program = "env";
    if (how.socket >= 0) {  // only the process itself knows its id before it becomes the daemon
        program = "bash";
        environment.insert({{"LISTEN_FDS", "1"}, {"LISTEN_FDNAMES", "hooks"}});
        const auto take_over = "export LISTEN_PID=$$; exec \"$@\" 3<&" + std::to_string(how.socket);
        arguments.insert(arguments.begin(), {"-c", take_over, "bash", "env"});
    }
    daemon_ = std::make_unique<process>(process::options{
        .program = program,
        .arguments = arguments,
        .environment = environment,
        .standard_output = output::discarded(),
        .standard_error = output::to_file(log()),
    });
}

std::uint64_t instance::resident_bytes() const
{
    if (!daemon_)
        return 0;
    std::ifstream in{"/proc/" + std::to_string(daemon_->id()) + "/statm"};
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    in >> all >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

double instance::processor_seconds() const
{
    if (!daemon_)
        return 0;
    std::ifstream in{"/proc/" + std::to_string(daemon_->id()) + "/stat"};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    std::istringstream fields{text.substr(std::min(text.rfind(')'), text.size()))};
    std::string skipped;
    for (int n = 0; n < 12; ++n)  // from the end of the name to the eleventh field behind it
        fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void instance::kill()
{
    daemon_->kill();
    daemon_.reset();
}

std::optional<exit_status> instance::stop(std::chrono::milliseconds timeout)
{
    const auto status = daemon_->stop(timeout);
    if (status)
        daemon_.reset();
    return status;
}

bool instance::restart()
{
    if (stop() != exit_status{0, 0})
        return false;
    start();
    return ready();
}

bool instance::ready(std::chrono::milliseconds timeout)
{
    return eventually(timeout, [this] { return get(ops_url("/readyz"), {}, 1s).status == 200; });
}

std::optional<metrics_page_read> instance::metrics() const
{
    const auto answer = get(ops_url("/metrics"), {}, 5s);
    if (answer.status != 200)
        return std::nullopt;
    return metrics_page_read{answer.body};
}

bool instance::listening(std::chrono::milliseconds timeout)
{
    return eventually(timeout, [this] { return get(webhook_url(), {}, 1s).status == 405; });
}

deployment::deployment(std::string kafka, const options& how)
    : kafka_{std::move(kafka)}, how_{how}, prefix_{unique_prefix()}
{
    write_secrets();
    const auto settings = file("topics.yaml");
    write_file(file("topics.key"), "unused");
    write_file(settings, settings_of("topics", "127.0.0.1:0", "127.0.0.1:0"));
    const auto made =
        run("env", without_test_settings({"topics", "--create", "--config", settings}));
    if (made.status.code != 0)
        throw std::runtime_error{"no topics: " + made.out + made.err};
}

deployment::~deployment()
{
    for (auto& each : instances_) {
        if (each.running())
            expect_balance(each);
        for (const auto& text : forbidden_in(each.log()))
            ADD_FAILURE() << "the log of " << each.name() << " has what is private: " << text;
    }
    if (testing::Test::HasFailure())
        for (const auto& each : instances_)
            show_end_of(each);
}

instance& deployment::add(const std::string& name)
{
    const auto listen = free_address();
    const auto ops = free_address();
    write_file(file(name + ".key"), "key-" + name);
    forbid_in_logs("key-" + name);
    auto& added = instances_.emplace_back(name, file(name + ".yaml"), listen, ops);
    write_settings(added);
    return added;
}

void deployment::change(const options& how)
{
    how_ = how;
    write_secrets();
    for (const auto& each : instances_)
        write_settings(each);
}

void deployment::write_settings(const instance& of) const
{
    write_file(of.settings(), settings_of(of.name(), of.listen_address(), of.ops_at()));
}

void deployment::write_secrets() const
{
    for (const auto& secrets :
         {secrets_of("attendee"), recall_secrets(), secrets_of("realtimekit")})
        for (const auto& line : lines_of(secrets))
            forbid_in_logs(line);
    write_file(secret_file("attendee", 0), secrets_of("attendee"));
    for (std::size_t i = 0; const auto& line : lines_of(recall_secrets()))
        write_file(secret_file("recall", i++), line);
}

std::string deployment::recall_secrets() const
{
    return how_.secrets.empty() ? secrets_of("recall") : how_.secrets;
}

completed deployment::rollcall(
    const instance& with, const std::vector<std::string>& words, std::chrono::milliseconds timeout
) const
{
    auto all = words;
    all.insert(all.end(), {"--config", with.settings()});
    return run("env", without_test_settings(all), {}, timeout);
}

process deployment::start(
    const instance& with, const std::vector<std::string>& words, const std::string& output_file
) const
{
    auto all = words;
    all.insert(all.end(), {"--config", with.settings()});
    return process{process::options{
        .program = "env",
        .arguments = without_test_settings(all),
        .environment = {},
        .standard_output = output::to_file(file(output_file)),
        .standard_error = output::to_file(file(output_file)),
    }};
}

std::string deployment::settings_of(
    const std::string& name, const std::string& listen, const std::string& ops
) const
{
    std::string text;
    text += "kafka:\n  bootstrap_servers: " + kafka_ + "\n";
    text += "  topics: { prefix: " + prefix_ + ", partitions: " + std::to_string(how_.partitions) +
            " }\n";
    text += "  session_timeout: " + in_ms(how_.session_timeout) + "\n";
    text += "  transaction_timeout: 5s\n";
    text += "listen:\n  - address: " + listen + "\n";
    const auto& spools = how_.spool_directory.empty() ? directory_.path() : how_.spool_directory;
    text += "spool:\n  directory: " + (spools / ("spool-" + name)).string() + "\n";
    text += "  max_bytes: " + how_.spool_bytes + "\n";
    text += "ops: { address: \"" + ops + "\" }\n";
    text += "instance: " + prefix_ + name + "\n";
    if (!how_.log_level.empty())
        text += "log: { level: " + how_.log_level + " }\n";
    text += "order: { mode: " + std::string{to_string(how_.mode)} + ", hold: " + in_ms(how_.hold) +
            ", settle_after: " + in_ms(how_.settle_after) + " }\n";
    text += "sources:\n" + source_settings_of(source, how_.provider, how_.poll, name);
    for (const auto& [other, poll] : how_.others)
        text += source_settings_of(other, "attendee", poll, name);
    return text + how_.more_sources;
}

std::string deployment::source_settings_of(
    const std::string& of,
    const std::string& provider,
    const std::optional<polling>& poll,
    const std::string& name
) const
{
    auto text = "  " + of + ":\n    provider: " + provider + "\n";
    if (provider == "recall")
        text += "    region: us-west-2\n";
    if (provider == "realtimekit") {
        text += "    webhook: { key: { url: \"" + how_.key_url + "\", refetch: 200ms } }\n";
    } else {
        text += "    webhook:\n      secrets:\n";
        const auto secrets = provider == "recall" ? recall_secrets() : secrets_of(provider);
        for (std::size_t i = 0; i < lines_of(secrets).size(); ++i)
            text += "        - file: " + secret_file(provider, i).string() + "\n";
    }
    if (!poll)
        return text;
    return text + "    poll: { base_url: \"" + poll->base_url +
           "\", api_key: { file: " + file(name + ".key").string() +
           " }, interval: " + in_ms(poll->interval) +
           ", discovery_interval: " + in_ms(poll->discovery_interval) +
           ", overlap: " + in_ms(poll->overlap) + ", late_sweep: " + in_ms(poll->late_sweep) +
           ", answer_timeout: " + in_ms(poll->answer_timeout) +
           ", requests_a_minute: " + std::to_string(poll->requests_a_minute) +
           ", concurrency: " + std::to_string(poll->concurrency) +
           (provider == "recall"
                ? ", downloads: { hosts: [ \"" + poll->base_url + "\" ]" + poll->downloads + " }"
                : "") +
           poll->more + " }\n";
}

std::filesystem::path deployment::secret_file(const std::string& provider, std::size_t number) const
{
    return file(provider + "-" + std::to_string(number) + ".secret");
}

std::string deployment::secrets_of(const std::string& provider)
{
    if (provider == "recall")
        return "whsec_ZXhhbXBsZS1zaWduaW5nLWtleS0wMDAx\nwhsec_ZXhhbXBsZS1lbmRwb2ludC1rZXktMDAy";
    if (provider == "realtimekit")
        return fixture("realtimekit/signature/test_rsa_current_private.pem") +
               fixture("realtimekit/signature/test_rsa_next_private.pem");
    return secret;
}

// How the group stands with each partition of the intake, as Kafka's own tool sees it.
std::vector<deployment::standing> deployment::standings() const
{
    const auto told =
        run(ROLLCALL_SOURCE_DIR "/tests/kafka/broker",
            {"tool",
             "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
             "--bootstrap-server",
             kafka_,
             "--describe",
             "--group",
             topic("relay")});
    std::istringstream lines{told.out};
    std::vector<standing> all;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::string group, name, partition, offset, end;
        standing one;
        words >> group >> name >> partition >> offset >> end >> one.lag >> one.owner;
        if (name == topic("intake"))
            all.push_back(std::move(one));
    }
    return all;
}

std::size_t deployment::owners() const
{
    std::set<std::string> owners;
    std::int32_t partitions = 0;
    for (const auto& each : standings()) {
        if (each.owner == "-")
            continue;
        ++partitions;
        owners.insert(each.owner);
    }
    return partitions == how_.partitions ? owners.size() : 0;
}

bool deployment::is_done() const
{
    const auto all = standings();
    return !all.empty() && std::ranges::all_of(all, [](const standing& each) {
        return each.lag == "0" || each.lag == "-";  // nothing was ever read of it
    });
}

expectations deployment::expected() const
{
    expectations of_it;
    of_it.source = source;
    of_it.provider = how_.provider;
    of_it.mode = how_.mode;
    of_it.hold = how_.hold;
    of_it.partitions = how_.partitions;
    of_it.polled = how_.poll.has_value();
    of_it.schema_fault = [schema = std::make_shared<message_schema>()](const console_record& record
                         ) { return schema->fault(record.value.value_or("")); };
    return of_it;
}

}  // namespace rollcall::test
