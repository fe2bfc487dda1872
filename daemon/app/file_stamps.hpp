#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rollcall {

/// What tells one state of a file from another, behind all links: so a rename over it, a link that
/// leads elsewhere (as Kubernetes swaps `..data`), and new bytes in place all make another one.
struct file_stamp {
    std::uint64_t device = 0;
    std::uint64_t number = 0;  ///< of the inode; 0: there is no such file
    std::int64_t size = 0;
    std::int64_t written_ns = 0;
    std::int64_t changed_ns = 0;

    bool operator==(const file_stamp&) const = default;
};

using file_stamps = std::vector<file_stamp>;

/// One for each file, in their order.
file_stamps stamps_of(const std::vector<std::string>& files);

/// Notices that files have changed, once they have stopped changing: a certificate and its key are
/// written one after the other.
class settled_change {
public:
    /// Whether they are what they were on the last look, and not what they were when it last said
    /// yes. So it says yes once at the start: what has changed since the files were first read
    /// shows then.
    bool look(const file_stamps& now);
    /// What they are now counts as changed.
    void again() { known_.clear(); }

private:
    file_stamps known_;
    file_stamps last_;
};

}  // namespace rollcall
