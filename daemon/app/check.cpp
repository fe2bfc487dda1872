#include "app/check.hpp"

#include "app/exit_code.hpp"
#include "app/mapping_trial.hpp"
#include "app/source_providers.hpp"
#include "app/topic_names.hpp"
#include "settings/quantities.hpp"
#include "settings/tls_files.hpp"

#include <iomanip>
#include <ostream>

namespace rollcall {
namespace {

std::string_view to_string(order_mode mode)
{
    switch (mode) {
        case order_mode::event_time:
            return "event_time";
        case order_mode::causal:
            return "causal";
        case order_mode::arrival:
            return "arrival";
    }
    return "";
}

std::string counted(std::size_t count, const std::string& what)
{
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// One line of the summary; the name is left out where the line goes on from the one before.
std::ostream& line(std::ostream& out, std::string_view name)
{
    return out << std::left << std::setw(12) << name;
}

void print_kafka(const kafka_settings& kafka, std::ostream& out)
{
    line(out, "kafka") << kafka.bootstrap_servers << '\n';
    const char* before = "with ";
    for (const auto& [name, value] : kafka.properties) {  // names only: a value may be a secret
        (before[0] == 'w' ? line(out, "") : out) << before << name;
        before = ", ";
    }
    if (!kafka.properties.empty())
        out << '\n';
    const auto names = names_of(kafka);
    line(out, "topics") << names.intake << ", " << names.attendance << ", " << names.activity
                        << " (" << counted(static_cast<std::size_t>(kafka.partitions), "partition")
                        << ")\n";
    line(out, "") << names.tracking << ", " << names.deadletter << '\n';
    line(out, "group") << names.group << '\n';
}

std::string base_url_of(const source_settings& source, const poll_settings& poll)
{
    const auto from = make_provider(source.provider, options_of(source));
    if (!poll.base_url.empty() || !from)
        return poll.base_url;
    return std::string{from->default_base_url()};
}

/// What a webhook proves itself with.
std::string proof_of(const source_settings& source)
{
    if (source.webhook.unsigned_allowed && source.webhook.secrets.empty())
        return "query token";
    const std::string token = source.webhook.query_token.empty() ? ""
                              : source.webhook.unsigned_allowed  ? " or query token"
                                                                 : " and query token";
    const provider* from = find_provider(source.provider);
    if (!source.webhook.secrets.empty() || !from || from->default_key_url().empty())
        return counted(source.webhook.secrets.size(), "secret") + token;
    const auto& url = source.webhook.key.url;
    return "key from " + (url.empty() ? std::string{from->default_key_url()} : url) + token;
}

/// How many examples do not fit.
std::size_t print_examples(const source_settings& source, std::ostream& out)
{
    std::size_t wrong = 0;
    for (const auto& example : try_mapping(source)) {
        for (const auto& made : example.lines)
            line(out, "") << example.file << ": " << made << '\n';
        if (example.wrong.empty())
            continue;
        line(out, "") << example.file << ": WRONG: " << example.wrong << '\n';
        ++wrong;
    }
    return wrong;
}

std::string tls_of(const listen_settings& listener)
{
    if (!listener.tls)
        return {};
    std::string text = ", TLS " + std::string{listener.tls->only_1_3 ? "1.3" : "1.2 and 1.3"};
    if (listener.tls->clients == client_certificates::require)
        text += ", client certificates required";
    if (listener.tls->clients == client_certificates::request)
        text += ", client certificates requested";
    return text + ", certificate until " + to_rfc3339(expiry_of(listener.tls->certificate));
}

std::size_t print_sources(const settings& with, std::ostream& out)
{
    std::size_t wrong = 0;
    const char* name = "sources";
    for (const auto& source : with.sources) {
        line(out, name) << source.name << ": " << source.provider << ", " << proof_of(source)
                        << ", POST /hooks/" << source.name << '\n';
        if (const auto& poll = source.poll)
            line(out, "") << "polled every " << duration_text(poll->interval) << ", at "
                          << base_url_of(source, *poll) << '\n';
        wrong += print_examples(source, out);
        name = "";
    }
    return wrong;
}

}  // namespace

int run_check(const settings& with, std::ostream& out)
{
    line(out, "instance") << with.instance << '\n';
    print_kafka(with.kafka, out);
    const char* name = "listen";
    for (const auto& listener : with.listen) {
        line(out, name) << listener.address << tls_of(listener) << '\n';
        name = "";
    }
    line(out, "ops") << with.ops_address << '\n';
    line(out, "order") << to_string(with.order.mode) << ", hold " << duration_text(with.order.hold)
                       << ", settle after " << duration_text(with.order.settle_after) << '\n';
    line(out, "window") << duration_text(with.dedupe_window) << '\n';
    if (const auto wrong = print_sources(with, out); wrong > 0) {
        out << "The configuration is wrong: " << counted(wrong, "example")
            << (wrong == 1 ? " does" : " do") << " not fit the mapping.\n";
        return exit_wrong_configuration;
    }
    out << "The configuration is right.\n";
    return exit_done;
}

}  // namespace rollcall
