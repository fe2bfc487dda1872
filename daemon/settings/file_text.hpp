#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <filesystem>
#include <string>

namespace rollcall {

/// Why a file that the settings name cannot be had.
struct file_fault {
    enum class kind { unreadable, irregular, too_large };

    kind is = kind::unreadable;
    /// Goes on from `names a file`: ` that cannot be read (Permission denied)`, ` larger than
    /// 64KiB`. Empty for what is no regular file.
    std::string what;
};

/// The bytes of a regular file of at most `most` bytes, a multiple of 1024. Nothing else is opened:
/// a named pipe could be waited for without end.
boost::system::result<std::string, file_fault> read_file_text(
    const std::filesystem::path& path, std::size_t most
);

}  // namespace rollcall
