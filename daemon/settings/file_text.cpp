#include "settings/file_text.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace rollcall {
namespace {

file_fault unreadable()
{
    return {
        .is = file_fault::kind::unreadable,
        .what = std::string{" that cannot be read ("} + std::strerror(errno) + ")",
    };
}

}  // namespace

boost::system::result<std::string, file_fault> read_file_text(
    const std::filesystem::path& path, std::size_t most
)
{
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0)
        return unreadable();
    if (!S_ISREG(about.st_mode))
        return file_fault{.is = file_fault::kind::irregular};
    errno = 0;
    std::ifstream in{path, std::ios::binary};
    std::string text(most + 1, '\0');
    if (!in)
        return unreadable();
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad())
        return unreadable();
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > most)
        return file_fault{
            .is = file_fault::kind::too_large,
            .what = " larger than " + std::to_string(most / 1024) + "KiB",
        };
    return {boost::system::in_place_value, std::move(text)};
}

}  // namespace rollcall
