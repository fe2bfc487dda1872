#include "settings/secrets.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>

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
    const auto unreadable = [&what] {
        return secret_fault{
            "names " + what + " that cannot be read (" + std::strerror(errno) +
            "), should hold the secret"};
    };
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0)
        return unreadable();
    // A named pipe could be waited for without end.
    if (!S_ISREG(about.st_mode))
        return secret_fault{
            "names what is no regular file, should be a file that holds the secret"};
    errno = 0;
    std::ifstream in{path, std::ios::binary};
    std::string text(max_secret_bytes + 1, '\0');
    if (!in)
        return unreadable();
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad())
        return unreadable();
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > max_secret_bytes)
        return secret_fault{
            "names " + what + " larger than " + std::to_string(max_secret_bytes / 1024) +
            "KiB, should hold the secret alone"};
    if (text.ends_with('\n'))
        text.pop_back();
    if (text.ends_with('\r'))
        text.pop_back();
    return not_empty(std::move(text), what);
}

}  // namespace

read_result read_secret(
    const yaml_node& where, const environment& variables, const std::filesystem::path& directory
)
{
    if (const auto* file = where.member("file"))
        return read_file(directory / file->text, "a file");
    if (const auto* variable = where.member("env")) {
        const auto it = variables.find(variable->text);
        if (it == variables.end())
            return secret_fault{"names a variable that is not set, should hold the secret"};
        return not_empty(it->second, "a variable");
    }
    const auto credentials = variables.find("CREDENTIALS_DIRECTORY");
    if (credentials == variables.end())
        return secret_fault{
            "names a credential, but CREDENTIALS_DIRECTORY is not set: should run under systemd "
            "with LoadCredential="};
    return read_file(
        std::filesystem::path{credentials->second} / where.member("credential")->text,
        "a credential"
    );
}

}  // namespace rollcall
