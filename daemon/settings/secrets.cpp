#include "settings/secrets.hpp"

#include "settings/file_text.hpp"

#include <utility>

namespace rollcall {
namespace {

using read_result = boost::system::result<std::string, secret_fault>;

read_result not_empty(std::string secret, const std::string& what)
{
    if (secret.empty())
        return secret_fault{"names " + what + " that is empty, should hold the secret"};
    return {boost::system::in_place_value, std::move(secret)};
}

read_result read_file(const std::filesystem::path& path, const std::string& what)
{
    auto text = read_file_text(path, max_secret_bytes);
    if (!text) {
        switch (text.error().is) {
            case file_fault::kind::unreadable:
                return secret_fault{
                    "names " + what + text.error().what + ", should hold the secret"};
            case file_fault::kind::irregular:
                return secret_fault{
                    "names what is no regular file, should be a file that holds the secret"};
            case file_fault::kind::too_large:
                return secret_fault{
                    "names " + what + text.error().what + ", should hold the secret alone"};
        }
    }
    if (text->ends_with('\n'))
        text->pop_back();
    if (text->ends_with('\r'))
        text->pop_back();
    return not_empty(std::move(*text), what);
}

}  // namespace

read_result read_secret(
    const yaml_node& where, const environment& variables, const std::filesystem::path& directory
)
{
    const auto path = secret_file(where, variables, directory);
    if (where.member("file"))
        return read_file(path, "a file");
    if (const auto* variable = where.member("env")) {
        const auto it = variables.find(variable->text);
        if (it == variables.end())
            return secret_fault{"names a variable that is not set, should hold the secret"};
        return not_empty(it->second, "a variable");
    }
    if (path.empty())
        return secret_fault{
            "names a credential, but CREDENTIALS_DIRECTORY is not set: should run under systemd "
            "with LoadCredential="};
    return read_file(path, "a credential");
}

std::filesystem::path secret_file(
    const yaml_node& where, const environment& variables, const std::filesystem::path& directory
)
{
    if (const auto* file = where.member("file"))
        return directory / file->text;
    const auto* credential = where.member("credential");
    const auto all = variables.find("CREDENTIALS_DIRECTORY");
    if (credential == nullptr || all == variables.end())
        return {};
    return std::filesystem::path{all->second} / credential->text;
}

}  // namespace rollcall
