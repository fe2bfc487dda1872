// What the settings say about personal facts.
#include "settings/reader.hpp"

#include <utility>

namespace rollcall {
namespace {

// What can be tried through within a day is no key.
constexpr std::size_t least_key_bytes = 16;

disclosure parse_disclosure(std::string_view name)
{
    if (name == "drop")
        return disclosure::drop;
    return name == "pseudonymise" ? disclosure::pseudonymise : disclosure::keep;
}

}  // namespace

void settings_reader::read_privacy(const yaml_path& path, privacy_settings& into)
{
    bool key_needed = false;
    const auto take_rule = [&](const char* name, disclosure& rule) {
        if (const auto* node = usable(path / name))
            rule = parse_disclosure(node->text);
        key_needed = key_needed || rule == disclosure::pseudonymise;
    };
    take_rule("name", into.name);
    take_rule("email", into.email);
    take_rule("user_id", into.user_id);
    const auto key = path / "key";
    if (auto secret = take_secret(key)) {
        if (secret->size() < least_key_bytes)
            report(key, "holds a key of less than 16 bytes, should hold 16 or more");
        into.key = std::move(*secret);
    } else if (key_needed && !find(document_, key)) {
        report(key, "is missing, should be the key of the pseudonyms");
    }
}

}  // namespace rollcall
