#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace rollcall::test {

/// A new, empty directory; removed with all that is in it when this object goes.
class temp_dir {
public:
    temp_dir();
    ~temp_dir();
    temp_dir(const temp_dir&) = delete;
    temp_dir& operator=(const temp_dir&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// The bytes of a file; throws `std::runtime_error` where it cannot be read.
std::string read_file(const std::filesystem::path& path);

/// Makes or replaces a file; throws `std::runtime_error` where it cannot be written.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace rollcall::test
