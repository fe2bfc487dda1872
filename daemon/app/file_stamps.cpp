#include "app/file_stamps.hpp"

#include <sys/stat.h>

namespace rollcall {
namespace {

std::int64_t nanoseconds(const timespec& at)
{
    return std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
}

file_stamp stamp_of(const std::string& file)
{
    struct stat about {};
    if (::stat(file.c_str(), &about) != 0)
        return {};
    return {
        .device = about.st_dev,
        .number = about.st_ino,
        .size = about.st_size,
        .written_ns = nanoseconds(about.st_mtim),
        .changed_ns = nanoseconds(about.st_ctim)};
}

}  // namespace

file_stamps stamps_of(const std::vector<std::string>& files)
{
    file_stamps all;
    all.reserve(files.size());
    for (const auto& file : files)
        all.push_back(stamp_of(file));
    return all;
}

bool settled_change::look(const file_stamps& now)
{
    const bool settled = now == last_;
    last_ = now;
    if (!settled || now == known_)
        return false;
    known_ = now;
    return true;
}

}  // namespace rollcall
