#include "settings/schema.hpp"

#include "loading.hpp"
#include "support/certificates.hpp"

#include <gmock/gmock.h>

#include <set>

namespace rollcall {
namespace {

using test::minimal;
using test::read_file;
using test::settings_directory;
using testing::IsEmpty;

const std::filesystem::path config = ROLLCALL_SOURCE_DIR "/config";

/// Calls `visit(path, schema)` for every setting; `below` stands for a source's name and a list's
/// item.
template <class Visit>
void for_each_setting(const yaml_node& schema, const yaml_path& path, const Visit& visit)
{
    if (!path.empty())
        visit(path, schema);
    for (const auto& key : known_keys(schema))
        for_each_setting(*schema_below(schema, {key, std::nullopt}), path / key, visit);
    if (schema.member("patternProperties"))
        for_each_setting(
            *schema_below(schema, {"attendee-prod", std::nullopt}), path / "attendee-prod", visit
        );
    if (schema.member("items"))
        for_each_setting(*schema_below(schema, {{}, 0}), path / 0, visit);
}

/// JSON is YAML: a default in one line.
std::string flow(const yaml_node& node)
{
    std::string text;
    switch (node.is) {
        case yaml_node::form::nothing:
            return "~";
        case yaml_node::form::scalar:
            return node.plain ? node.text : '"' + node.text + '"';
        case yaml_node::form::list:
            for (const auto& item : node.items)
                text += (text.empty() ? "" : ", ") + flow(item);
            return "[" + text + "]";
        case yaml_node::form::mapping:
            for (const auto& [key, line, value] : node.members)
                text += (text.empty() ? "" : ", ") + key + ": " + flow(value);
            return "{" + text + "}";
    }
    return text;
}

TEST(Schema, IsTheFileThatEditorsUse)
{
    EXPECT_EQ(settings_schema_text(), read_file(config / "rollcall.schema.json"));
}

TEST(Schema, TeachesEverySetting)
{
    for_each_setting(settings_schema(), {}, [](const yaml_path& path, const yaml_node& schema) {
        for (const auto* key : {"title", "description", "errorMessage"})
            EXPECT_TRUE(schema.member(key)) << to_string(path) << " has no " << key;
        EXPECT_TRUE(!schema.member("properties") || schema.member("additionalProperties"))
            << to_string(path) << " lets unknown keys pass";
    });
}

/// Of a sender that no page describes: annotated in the example of such senders.
bool is_of_mapping(const yaml_path& path)
{
    if (path.size() < 3 || path.front().key != "sources")
        return false;
    const std::set<std::string> of_webhook{"query_token", "unsigned", "cloudevents"};
    return path[2].key == "mapping" || (path.size() > 3 && of_webhook.contains(path[3].key));
}

/// `{ c: text }` under its keys from the step `from` on, in one line.
std::string nested(const yaml_path& path, std::size_t from, std::string text)
{
    for (auto i = path.size(); i-- > from;) {
        text.insert(0, path[i].key + ": ");
        if (i > from)
            text = "{ " + text.append(" }");
    }
    return text;
}

/// `minimal` with the section of its source that `path` leads into, with or without the value.
std::string with_section(const yaml_path& path, const std::string& value, bool written)
{
    const auto text = nested(path, 3, value);
    if (path[2].key == "poll")
        return test::polled(written ? text : "");
    if (path[2].key == "mapping")
        return minimal + "    mapping: { kinds: { e: meeting.ended }, meeting: { id: /m }" +
               (written ? ", " + text : "") + " }\n";
    if (path[2].key == "privacy")
        return minimal + (written ? "    privacy: { " + text + " }\n" : "");
    if (written)
        return minimal + "      " + text + "\n";
    return path[3].key == "cloudevents" ? minimal + "      cloudevents: {}\n" : minimal;
}

/// `minimal` with a listener over TLS, and `more` settings of that.
std::string with_tls(const std::string& more)
{
    return minimal +
           "listen: [ { address: \"127.0.0.1:1\", tls: { certificate: c.pem, key: k.pem, "
           "client_ca: "
           "ca.pem" +
           more + " } } ]\n";
}

TEST(Schema, HasTheDefaultsOfTheStructs)
{
    settings_directory at;
    const test::authority some;
    const auto own = some.issue("DNS:localhost");
    test::write_file(at.path() / "c.pem", own.certificate);
    test::write_file(at.path() / "k.pem", own.key);
    test::write_file(at.path() / "ca.pem", some.certificate());
    const auto defaults = at.load(minimal);
    ASSERT_TRUE(defaults);
    std::size_t compared = 0;
    for_each_setting(settings_schema(), {}, [&](const yaml_path& path, const yaml_node& schema) {
        const auto* value = schema.member("default");
        if (!value)
            return;
        ++compared;
        if (path.front().key == "sources") {
            const auto without = at.load(with_section(path, flow(*value), false));
            const auto loaded = at.load(with_section(path, flow(*value), true));
            ASSERT_TRUE(without && loaded) << to_string(path);
            EXPECT_TRUE(*loaded == *without) << to_string(path);
            return;
        }
        if (path.size() == 4 && path[2].key == "tls") {
            const auto without = at.load(with_tls(""));
            const auto loaded = at.load(with_tls(", " + path.back().key + ": " + flow(*value)));
            ASSERT_TRUE(without && loaded) << to_string(path);
            EXPECT_TRUE(*loaded == *without) << to_string(path);
            return;
        }
        // The minimum, with this one default written out.
        std::string yaml = flow(*value);
        for (auto step = path.rbegin(); step != path.rend(); ++step) {
            yaml.insert(0, step->key + ": ");
            if (step + 1 != path.rend())
                yaml = "{ " + yaml.append(" }");
        }
        if (path.front().key == "kafka")
            yaml = minimal.substr(minimal.find("sources")) +
                   yaml.insert(yaml.find('{') + 1, " bootstrap_servers: \"k:9092\",");
        else
            yaml = minimal + yaml;
        const auto loaded = at.load(yaml + "\n");
        ASSERT_TRUE(loaded) << yaml << "\n" << to_string(loaded.error().front());
        EXPECT_TRUE(*loaded == *defaults)
            << to_string(path) << ": the schema's default is not the struct's";
    });
    EXPECT_EQ(compared, 59U);
}

TEST(Schema, GivesEveryScalarADefaultOrAReasonForNone)
{
    std::set<std::string> without;
    for_each_setting(settings_schema(), {}, [&](const yaml_path& path, const yaml_node& schema) {
        if (!schema.member("default") && !allows_type(schema, "object") && !is_of_mapping(path))
            without.insert(to_string(path));
    });
    const std::set<std::string> expected{
        "kafka.bootstrap_servers",
        "instance",           // host name and first port
        "listen[0].address",  // the list has a default
        "listen[0].tls.certificate",
        "listen[0].tls.key.file",
        "listen[0].tls.key.env",
        "listen[0].tls.key.credential",
        "listen[0].tls.client_ca",  // nobody is asked
        "sources.attendee-prod.privacy.key.credential",
        "sources.attendee-prod.privacy.key.env",
        "sources.attendee-prod.privacy.key.file",
        "sources.attendee-prod.provider",
        "sources.attendee-prod.region",  // there is no telling
        "sources.attendee-prod.webhook.secrets",
        "sources.attendee-prod.webhook.secrets[0].file",
        "sources.attendee-prod.webhook.secrets[0].env",
        "sources.attendee-prod.webhook.secrets[0].credential",
        "sources.attendee-prod.webhook.key.url",          // the provider's own
        "sources.attendee-prod.webhook.key.ca_file",      // the system's roots
        "sources.attendee-prod.webhook.header_prefixes",  // the provider's own
        "sources.attendee-prod.webhook.header_prefixes[0]",
        "sources.attendee-prod.poll.base_url",  // the provider's own
        "sources.attendee-prod.poll.ca_file",   // the system's roots
        "sources.attendee-prod.poll.api_key.file",
        "sources.attendee-prod.poll.api_key.env",
        "sources.attendee-prod.poll.api_key.credential",
        "sources.attendee-prod.poll.requests_a_minute",  // what the provider documents
        "sources.attendee-prod.poll.owner",              // key and host
        "sources.attendee-prod.poll.filters",            // none are asked for
        "sources.attendee-prod.poll.filters[0]",
        "sources.attendee-prod.poll.downloads.hosts",  // the API's own and the provider's
        "sources.attendee-prod.poll.downloads.hosts[0]",
    };
    EXPECT_EQ(without, expected);
}

/// Loads a file of config/ with a secret for every place that it names.
class ShippedFile {
public:
    ShippedFile()
    {
        secret_ = directory_.path() / "secret";
        test::write_file(secret_, "c2VjcmV0\n");
        for (const auto* name :
             {"kafka.password",
              "attendee-sales.new",
              "attendee-sales.old",
              "attendee-support",
              "attendee-support.api-key",
              "recall-workspace",
              "recall-endpoint",
              "realtimekit",
              "rooms",
              "calendar"})
            test::write_file(directory_.path() / name, "c2VjcmV0\n");
        variables_ = {
            {"CREDENTIALS_DIRECTORY", directory_.path()},
            {"ATTENDEE_SECRET", "c2VjcmV0"},
            {"ATTENDEE_API_KEY", "key"},
            {"ROOMS_TOKEN", "token"}};
    }

    loaded_settings load(const std::filesystem::path& file, const std::string& source)
    {
        std::vector<setting_override> options;
        const auto text = read_file(file);
        if (text.find("file: /etc/rollcall") != std::string::npos)
            options.push_back({"sources." + source + ".webhook.secrets[0].file", secret_});
        if (text.find("file: /etc/rollcall/attendee.api-key") != std::string::npos)
            options.push_back({"sources." + source + ".poll.api_key.file", secret_});
        settings_checks checks;
        checks.providers = {"attendee", "realtimekit", "recall", "standard_webhooks"};
        checks.publishes_key = [](const std::string& provider) {
            return provider == "realtimekit";
        };
        auto loaded = load_settings(file, variables_, options, checks);
        if (!loaded)
            for (const auto& fault : loaded.error())
                ADD_FAILURE() << to_string(fault);
        return loaded;
    }

    environment& variables() { return variables_; }

private:
    test::temp_dir directory_;
    std::string secret_;
    environment variables_;
};

TEST(AnnotatedFile, SpellsOutTheDefaults)
{
    ShippedFile shipped;
    const auto loaded = shipped.load(config / "rollcall.yaml", "attendee-prod");
    ASSERT_TRUE(loaded);
    settings expected;
    expected.kafka.bootstrap_servers = "127.0.0.1:9092";
    expected.instance = loaded->instance;
    poll_settings poll;
    poll.api_key = "c2VjcmV0";
    expected.sources = {{"attendee-prod", "attendee", {{"c2VjcmV0"}}, poll}};
    EXPECT_TRUE(*loaded == expected);
}

/// How a setting of `tls` stands there.
std::string nested_comment(const yaml_path& path)
{
    if (path.size() == 3)
        return "tls:";
    return "  " + path[3].key + ": ";
}

TEST(AnnotatedFile, HoldsEverySetting)
{
    std::vector<settings_fault> faults;
    const auto text = read_file(config / "rollcall.yaml");
    const auto file = parse_yaml(text, "rollcall.yaml", faults);
    ASSERT_THAT(faults, IsEmpty());
    // Without a default that could be written down: in a comment.
    const std::set<std::string> in_comments{
        "instance",
        "region",
        "header_prefixes",
        "url",
        "base_url",
        "ca_file",
        "owner",
        "filters",
        "requests_a_minute",
        "hosts",
        "marks"};
    for_each_setting(settings_schema(), {}, [&](const yaml_path& path, const yaml_node& schema) {
        if (is_of_mapping(path))
            return;
        // Other places of the same secret.
        if (path.back().key == "env" || path.back().key == "credential")
            return;
        const auto& key = path.back().index ? path[path.size() - 2].key : path.back().key;
        if (in_comments.contains(key)) {
            EXPECT_NE(text.find("# " + key + ": "), std::string::npos) << key;
            return;
        }
        if (path.size() > 3 && path[2].key == "privacy" && path[3].key == "key") {
            EXPECT_NE(text.find("# key: { file: "), std::string::npos);
            return;
        }
        if (path.size() > 2 && path[2].key == "tls") {
            EXPECT_NE(text.find("    # " + nested_comment(path)), std::string::npos)
                << to_string(path);
            return;
        }
        const auto* value = find(*file, path);
        ASSERT_TRUE(value) << to_string(path) << " is not in rollcall.yaml";
        const auto* standard = schema.member("default");
        EXPECT_TRUE(!standard || value->text == standard->text) << to_string(path);
    });
}

TEST(Examples, TeachTheMapping)
{
    std::vector<settings_fault> faults;
    const auto text = read_file(config / "examples/standard-webhooks.yaml");
    const auto file = parse_yaml(text, "standard-webhooks.yaml", faults);
    ASSERT_THAT(faults, IsEmpty());
    for_each_setting(settings_schema(), {}, [&](yaml_path path, const yaml_node&) {
        if (!is_of_mapping(path) || path.back().key == "file" || path.back().key == "credential")
            return;
        path[1].key = "rooms";
        const bool stands = find(*file, path) != nullptr;
        path[1].key = "calendar";
        EXPECT_TRUE(stands || find(*file, path)) << to_string(path);
    });
}

TEST(Examples, Load)
{
    ShippedFile shipped;
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{config / "examples"}) {
        if (entry.is_directory())  // of bodies
            continue;
        names.insert(entry.path().filename());
        EXPECT_TRUE(shipped.load(entry.path(), "attendee")) << entry.path();
        EXPECT_TRUE(read_file(entry.path())
                        .starts_with("# yaml-language-server: $schema=../rollcall.schema.json\n"));
    }
    EXPECT_EQ(
        names,
        (std::set<std::string>{
            "docker-environment.yaml",
            "minimal.yaml",
            "realtimekit.yaml",
            "recall.yaml",
            "sasl-cluster.yaml",
            "standard-webhooks.yaml"})
    );
}

TEST(Examples, TakeTheVariablesTheyTellOf)
{
    ShippedFile shipped;
    shipped.variables().insert(
        {{"ROLLCALL_KAFKA_BOOTSTRAP_SERVERS", "broker:1"},
         {"ROLLCALL_INSTANCE", "rollcall-1"},
         {"ROLLCALL_ORDER_HOLD", "5s"}}
    );
    const auto loaded = shipped.load(config / "examples/docker-environment.yaml", "attendee");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->kafka.bootstrap_servers, "broker:1");
    EXPECT_EQ(loaded->instance, "rollcall-1");
    EXPECT_EQ(loaded->order.hold, milliseconds{5'000});
}

}  // namespace
}  // namespace rollcall
