#include "settings/reader.hpp"

#include "core/base_url.hpp"
#include "settings/address.hpp"
#include "settings/ca_file.hpp"
#include "settings/nearest.hpp"
#include "settings/quantities.hpp"
#include "settings/schema.hpp"
#include "settings/secrets.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace rollcall {
namespace {

const yaml_path root;

/// The librdkafka properties that are secrets: sasl.password, ssl.key.password, ssl.key.pem, ...
bool is_secret_property(std::string_view name)
{
    return name.find("password") != std::string_view::npos ||
           name.find("secret") != std::string_view::npos || name == "ssl.key.pem";
}

/// The librdkafka properties that name files: ssl.ca.location, ssl.key.location, ...
bool is_file_property(std::string_view name)
{
    return name.starts_with("ssl.") && name.ends_with(".location") && name != "ssl.engine.location";
}

std::string host_name()
{
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name.front() == '\0')
        return "localhost";
    return name.data();
}

/// The schema has said that these are the only ones.
order_mode parse_mode(std::string_view name)
{
    if (name == "causal")
        return order_mode::causal;
    return name == "arrival" ? order_mode::arrival : order_mode::event_time;
}

log_level parse_level(std::string_view name)
{
    if (name == "debug")
        return log_level::debug;
    if (name == "warn")
        return log_level::warn;
    return name == "error" ? log_level::error : log_level::info;
}

}  // namespace

settings_reader::settings_reader(
    const yaml_node& document,
    const std::filesystem::path& file,
    const environment& variables,
    const settings_checks& checks,
    std::vector<settings_fault>& faults
)
    : document_{document}, file_{file}, variables_{variables}, checks_{checks}, faults_{faults}
{
}

settings settings_reader::read()
{
    settings all;
    read_kafka(all.kafka);
    read_listeners(all);
    read_limits(all.limits);
    take(root / "ops" / "address", all.ops_address);
    read_order(all.order);
    take(root / "dedupe" / "window", all.dedupe_window);
    take_number(root / "dedupe" / "gathered", all.dedupe_gathered);
    if (all.kafka.retention.published < all.dedupe_window)
        report(
            root / "kafka" / "topics" / "retention" / "published",
            "is " + duration_text(all.kafka.retention.published) +
                ", should be at least dedupe.window, " + duration_text(all.dedupe_window)
        );
    take(root / "intake" / "timeout", all.intake_timeout);
    read_spool(all.spool);
    take(root / "shutdown" / "timeout", all.shutdown_timeout);
    read_log(all);
    check_addresses(all);
    name_instance(all);
    if (const auto* sources = document_.member("sources"))
        for (const auto& source : sources->members)
            read_source(source.key, all);
    return all;
}

// systemd may name several state directories (systemd.exec(5)).
void settings_reader::read_spool(spool_settings& into)
{
    if (const auto given = variables_.find("STATE_DIRECTORY"); given != variables_.end())
        if (const auto first = given->second.substr(0, given->second.find(':')); !first.empty())
            into.directory = first;
    take(root / "spool" / "directory", into.directory);
    take_size(root / "spool" / "max_bytes", into.max_bytes);
}

void settings_reader::read_kafka(kafka_settings& into)
{
    const auto kafka = root / "kafka";
    take(kafka / "bootstrap_servers", into.bootstrap_servers);
    take(kafka / "topics" / "prefix", into.topic_prefix);
    take_number(kafka / "topics" / "partitions", into.partitions);
    take_number(kafka / "topics" / "replication_factor", into.replication_factor);
    const auto retention = kafka / "topics" / "retention";
    take(retention / "intake", into.retention.intake);
    take(retention / "published", into.retention.published);
    take(retention / "deadletter", into.retention.deadletter);
    take(kafka / "session_timeout", into.session_timeout);
    take(kafka / "transaction_timeout", into.transaction_timeout);
    read_properties(into);

    std::string_view rest = into.bootstrap_servers;
    while (!rest.empty()) {
        const auto comma = std::min(rest.find(','), rest.size());
        auto broker = rest.substr(0, comma);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        while (!broker.empty() && broker.front() == ' ')
            broker.remove_prefix(1);
        while (!broker.empty() && broker.back() == ' ')
            broker.remove_suffix(1);
        if (!is_broker(broker))
            report(
                kafka / "bootstrap_servers",
                "holds `" + std::string{broker} +
                    "`, should be a host and a port, such as kafka-1:9092"
            );
    }
}

void settings_reader::read_properties(kafka_settings& into)
{
    const auto path = root / "kafka" / "properties";
    const auto* properties = usable(path);
    if (!properties)
        return;
    const auto faults_before = faults_.size();
    for (const auto& [name, line, value] : properties->members)
        if (usable(path / name))
            read_property(path / name, name, into);
    if (faults_.size() == faults_before && checks_.properties_fault)
        if (const auto why = checks_.properties_fault(into.properties); !why.empty())
            report(path, "cannot be used together: " + why);
}

void settings_reader::read_property(
    const yaml_path& path, const std::string& name, kafka_settings& into
)
{
    if (checks_.refused_property)
        if (const auto why = checks_.refused_property(name); !why.empty())
            return report(path, "may not be set by hand: " + why);

    const auto* node = find(document_, path);
    const bool kept_elsewhere = node->is_mapping();
    if (!kept_elsewhere && is_secret_property(name))
        return report(
            path,
            "is written out here, should be { file: PATH }, { env: VARIABLE } or { credential: "
            "NAME }"
        );
    std::string value = node->text;
    if (kept_elsewhere) {
        const auto secret = read_secret(*node, variables_, file_.parent_path());
        if (!secret)
            return report(path, secret.error().what);
        value = *secret;
    } else if (is_file_property(name) && value != "probe") {
        value = file_.parent_path() / value;
    }
    if (checks_.property_fault)
        if (const auto why = checks_.property_fault(name, value); !why.empty()) {
            const bool quoted = kept_elsewhere && why.find(value) != std::string::npos;
            return report(
                path, quoted ? "is refused by librdkafka" : "is refused by librdkafka: " + why
            );
        }
    into.properties[name] = std::move(value);
}

void settings_reader::read_listeners(settings& into)
{
    const auto path = root / "listen";
    const auto* listen = usable(path);
    if (!listen || listen->items.empty())
        return;
    into.listen.assign(listen->items.size(), {});
    for (std::size_t i = 0; i < listen->items.size(); ++i) {
        take(path / i / "address", into.listen[i].address);
        read_tls(path / i / "tls", into.listen[i].tls);
    }
}

void settings_reader::read_limits(limit_settings& into)
{
    const auto limits = root / "limits";
    take_size(limits / "header_bytes", into.header_bytes);
    take_size(limits / "body_bytes", into.body_bytes);
    take_number(limits / "connections", into.connections);
    take(limits / "handshake_time", into.handshake_time);
    take(limits / "header_time", into.header_time);
    take(limits / "body_time", into.body_time);
    take(limits / "idle_time", into.idle_time);
}

void settings_reader::read_order(order_settings& into)
{
    const auto order = root / "order";
    if (const auto* mode = usable(order / "mode"))
        into.mode = parse_mode(mode->text);
    take(order / "hold", into.hold);
    take(order / "settle_after", into.settle_after);
}

void settings_reader::read_log(settings& into)
{
    if (const auto* format = usable(root / "log" / "format"); format && format->text != "auto")
        into.format = format->text == "json" ? log_format::json : log_format::text;
    if (const auto* level = usable(root / "log" / "level"))
        into.level = parse_level(level->text);
}

void settings_reader::check_addresses(const settings& with)
{
    std::vector<std::pair<yaml_path, std::string>> all;
    for (std::size_t i = 0; i < with.listen.size(); ++i)
        all.emplace_back(root / "listen" / i / "address", with.listen[i].address);
    all.emplace_back(root / "ops" / "address", with.ops_address);

    std::vector<std::pair<yaml_path, listen_address>> taken;
    for (const auto& [path, text] : all) {
        if (at_fault(path) || text.empty())
            continue;
        const auto address = parse_listen_address(text);
        if (!address) {
            report(path, "is `" + text + "`, " + expectation_at(path));
            continue;
        }
        const auto same = std::ranges::find_if(taken, [&address = *address](const auto& other) {
            return collide(other.second, address);
        });
        if (same != taken.end()) {
            // Of the two, the one that somebody wrote down.
            const bool given = find(document_, path) != nullptr;
            report(
                given ? path : same->first,
                "should not be the address of " + to_string(given ? same->first : path) + " as well"
            );
        }
        taken.emplace_back(path, *address);
    }
}

void settings_reader::name_instance(settings& into)
{
    const auto path = root / "instance";
    take(path, into.instance);
    if (!into.instance.empty() || at_fault(path) || into.listen.empty())
        return;
    const auto first = parse_listen_address(into.listen.front().address);
    if (!first)
        return;  // a fault already
    if (first->port == 0)
        report(path, "is missing, should be a name where the system chooses the port");
    into.instance = host_name() + "-" + std::to_string(first->port);
}

void settings_reader::read_source(const std::string& name, settings& into)
{
    const auto path = root / "sources" / name;
    if (!usable(path))
        return;
    source_settings source;
    source.name = name;
    take(path / "provider", source.provider);
    const auto& known = checks_.providers;
    const bool unknown = !known.empty() && std::ranges::find(known, source.provider) == known.end();
    if (!source.provider.empty() && unknown) {
        const auto near = nearest(source.provider, known);
        std::string names;
        for (const auto& one : known)
            names += (names.empty() ? "" : ", ") + one;
        report(
            path / "provider",
            "is `" + source.provider + "`, " +
                (near.empty() ? "should be one of " + names
                              : "nearest is `" + std::string{near} + "`")
        );
    }
    if (!unknown)
        read_region(path / "region", source);
    read_webhook(path / "webhook", unknown ? "" : source.provider, source.webhook);
    if (!unknown)
        read_mapping(path / "mapping", source);
    read_poll(path / "poll", unknown ? "" : source.provider, source);
    read_privacy(path / "privacy", source.privacy);
    into.sources.push_back(std::move(source));
}

void settings_reader::read_region(const yaml_path& path, source_settings& into)
{
    take(path, into.region);
    if (at_fault(path) || !checks_.regions)
        return;
    const auto regions = checks_.regions(into.provider);
    if (std::ranges::find(regions, into.region) != regions.end())
        return;
    if (regions.empty()) {
        if (!into.region.empty())
            report(path, "should not stand here: " + into.provider + " has no regions");
        return;
    }
    std::string names;
    for (const auto& one : regions)
        names += (names.empty() ? "" : ", ") + one;
    report(
        path,
        (into.region.empty() ? std::string{"is missing"} : "is `" + into.region + "`") +
            ", should be one of " + names
    );
}

void settings_reader::read_webhook(
    const yaml_path& path, const std::string& provider, webhook_settings& into
)
{
    const auto secrets = path / "secrets";
    if (const auto* list = usable(secrets))
        for (std::size_t i = 0; i < list->items.size(); ++i)
            read_secret_of(secrets / i, provider, into);
    read_query_token(path, provider, into);
    read_cloudevents(path / "cloudevents", into);
    const bool needed = !provider.empty() && !into.unsigned_allowed &&
                        !(checks_.publishes_key && checks_.publishes_key(provider));
    if (needed && !find(document_, secrets) && !at_fault(path) && !at_fault(secrets))
        report(secrets, "is missing, " + expectation_at(secrets));
    read_key(path / "key", into.key);
    take(path / "tolerance", into.tolerance);
    read_header_prefixes(path / "header_prefixes", into);
}

void settings_reader::read_key(const yaml_path& path, published_key_settings& into)
{
    read_url(path / "url", into.url);
    read_ca_file(path / "ca_file", into.url, into.ca_file);
    take(path / "refresh", into.refresh);
    take(path / "refetch", into.refetch);
    take(path / "grace", into.grace);
}

void settings_reader::read_header_prefixes(const yaml_path& path, webhook_settings& into)
{
    into.header_prefixes = texts_at(path);
}

void settings_reader::read_secret_of(
    const yaml_path& path, const std::string& provider, webhook_settings& into
)
{
    auto secret = take_secret(path);
    if (!secret)
        return;
    if (checks_.secret_fault && !provider.empty())
        if (const auto why = checks_.secret_fault(provider, *secret); !why.empty())
            return report(path, "holds no secret of " + provider + ": " + why);
    into.secrets.push_back(std::move(*secret));
}

void settings_reader::read_poll(
    const yaml_path& path, const std::string& provider, source_settings& into
)
{
    if (!usable(path))
        return;
    // Its meetings would wait for a last sweep that never comes.
    if (checks_.can_be_polled && !provider.empty() && !checks_.can_be_polled(provider))
        return report(path, "should not stand here: sources of " + provider + " are not polled");
    auto& poll = into.poll.emplace();
    read_api_key(path / "api_key", poll);
    read_url(path / "base_url", poll.base_url);
    read_ca_file(path / "ca_file", poll.base_url, poll.ca_file);
    take(path / "owner", poll.owner);
    poll.filters = texts_at(path / "filters");
    if (!poll.filters.empty() && checks_.has_filters && !provider.empty() &&
        !checks_.has_filters(provider))
        report(path / "filters", "should not stand here: " + provider + " has none");
    if (poll.base_url.empty() && checks_.needs_base_url && !provider.empty() &&
        checks_.needs_base_url(provider))
        report(path / "base_url", "is missing, " + expectation_at(path / "base_url"));
    take(path / "interval", poll.interval);
    take(path / "discovery_interval", poll.discovery_interval);
    take(path / "overlap", poll.overlap);
    take(path / "late_sweep", poll.late_sweep);
    take_number(path / "requests_a_minute", poll.requests_a_minute);
    take_number(path / "concurrency", poll.concurrency);
    take(path / "connect_timeout", poll.connect_timeout);
    take(path / "answer_timeout", poll.answer_timeout);
    take_size(path / "body_bytes", poll.body_bytes);
    read_files(path, provider, poll);
}

// Where there are none, what stands for the default does no harm.
void settings_reader::read_files(
    const yaml_path& path, const std::string& provider, poll_settings& poll
)
{
    read_downloads(path / "downloads", poll.downloads);
    std::string timeline;
    take(path / "speaker_timeline", timeline);
    poll.speaker_timeline = timeline == "use";
    const auto marks = path / "marks";
    if (const auto* all = usable(marks))
        for (const auto& [key, line, value] : all->members)
            take(marks / key, poll.marks[key]);
    if (!checks_.has_files || provider.empty() || checks_.has_files(provider))
        return;
    const auto refuse = [&](const char* name) {
        report(path / name, "should not stand here: " + provider + " has no files");
    };
    if (poll.downloads != download_settings{})
        refuse("downloads");
    if (poll.speaker_timeline)
        refuse("speaker_timeline");
    if (!poll.marks.empty())
        refuse("marks");
}

void settings_reader::read_downloads(const yaml_path& path, download_settings& into)
{
    const auto hosts = path / "hosts";
    if (const auto* list = usable(hosts))
        for (std::size_t i = 0; i < list->items.size(); ++i) {
            std::string text;
            take(hosts / i, text);
            if (text.empty())
                continue;  // at fault already
            const auto host = parse_allowed_host(text);
            if (host)
                into.hosts.push_back(*host);
            else  // not shown: it could hold a password
                report(
                    hosts / i, std::string{host.error().what} + ", " + expectation_at(hosts / i)
                );
        }
    take_size(path / "max_bytes", into.max_bytes);
    take(path / "timeout", into.timeout);
    take_number(path / "at_once", into.at_once);
    take(path / "match_window", into.match_window);
    take(path / "match_distance", into.match_distance);
    take(path / "match_wait", into.match_wait);
    take_number(path / "elements", into.elements);
    take_size(path / "element_bytes", into.element_bytes);
    take_number(path / "depth", into.depth);
}

void settings_reader::read_api_key(const yaml_path& path, poll_settings& into)
{
    auto key = take_secret(path);
    if (!key)
        return;
    // It becomes part of a request's header.
    if (!std::ranges::all_of(*key, [](char c) { return c > 0x20 && c < 0x7f; }))
        return report(
            path,
            "holds spaces, line breaks or other characters no key has, should hold the key alone"
        );
    into.api_key = std::move(*key);
}

void settings_reader::read_url(const yaml_path& path, std::string& into)
{
    take(path, into);
    if (into.empty())
        return;
    const auto url = parse_base_url(into);
    if (url)
        into = url->text();
    else  // not shown: it could hold a password
        report(path, std::string{url.error().what} + ", " + expectation_at(path));
}

void settings_reader::read_ca_file(const yaml_path& path, std::string_view url, std::string& into)
{
    std::string name;
    take(path, name);
    if (name.empty())
        return;
    if (url.starts_with("http://"))
        return report(
            path,
            "is of no use, should be left out where " +
                std::string{path[path.size() - 2].key == "key" ? "url" : "base_url"} +
                " begins with http://"
        );
    const auto file = file_.parent_path() / name;
    if (const auto why = ca_file_fault(file); !why.empty())
        return report(path, why);
    into = file;
}

std::optional<std::string> settings_reader::take_secret(const yaml_path& path)
{
    const auto* node = usable(path);
    if (!node || !node->is_mapping() || node->members.size() != 1 ||
        at_fault(path / node->members[0].key))
        return std::nullopt;
    auto secret = read_secret(*node, variables_, file_.parent_path());
    if (!secret) {
        report(path, secret.error().what);
        return std::nullopt;
    }
    return std::move(*secret);
}

std::vector<std::string> settings_reader::texts_at(const yaml_path& path) const
{
    std::vector<std::string> texts;
    const auto* list = usable(path);
    if (!list)
        return texts;
    for (std::size_t i = 0; i < list->items.size(); ++i)
        if (const auto* text = usable(path / i); text && text->is_scalar())
            texts.push_back(text->text);
    return texts;
}

bool settings_reader::at_fault(const yaml_path& path) const
{
    const auto text = to_string(path);
    return std::ranges::any_of(faults_, [&text](const auto& fault) { return fault.path == text; });
}

const yaml_node* settings_reader::usable(const yaml_path& path) const
{
    return at_fault(path) ? nullptr : find(document_, path);
}

void settings_reader::report(const yaml_path& path, std::string what)
{
    auto existing = path;
    while (!find(document_, existing))
        existing.pop_back();
    const auto* node = find(document_, existing);
    // A secret's place is known by its member, which may have been set from elsewhere.
    if (node->is_mapping() && node->members.size() == 1 && !node->members[0].value.set_by.empty())
        node = &node->members[0].value;
    auto fault = fault_at(*node, file_.string());
    fault.path = to_string(path);
    fault.what = std::move(what);
    faults_.push_back(std::move(fault));
}

void settings_reader::take(const yaml_path& path, std::string& into) const
{
    if (const auto* node = usable(path); node && node->is_scalar())
        into = node->text;
}

void settings_reader::take(const yaml_path& path, milliseconds& into) const
{
    if (const auto* node = usable(path))
        into = parse_duration(node->text).value_or(into);
}

void settings_reader::take_size(const yaml_path& path, std::uint64_t& into) const
{
    if (const auto* node = usable(path))
        into = parse_size(node->text).value_or(into);
}

template <class Integer>
void settings_reader::take_number(const yaml_path& path, Integer& into) const
{
    const auto* node = usable(path);
    if (!node)
        return;
    const std::string_view text = node->text;
    Integer number{};
    const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
    const char* end = text.data() + text.size();
    if (std::from_chars(begin, end, number).ptr == end)
        into = number;
}

template void settings_reader::take_number(const yaml_path&, std::int32_t&) const;
template void settings_reader::take_number(const yaml_path&, std::uint32_t&) const;

}  // namespace rollcall
