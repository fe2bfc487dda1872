#pragma once

#include <cstddef>
#include <string_view>

namespace rollcall::http {

enum class head_state { incomplete, complete, malformed };

/// Looks for the blank line that ends a message's head, and refuses on the way what a parser may
/// read in more than one way (RFC 9112, sections 2.2 and 5.2): a line feed without its carriage
/// return, a folded field, space before the first line. Keeps its place, so that a head in many
/// pieces is not read again from the start.
class head_scan {
public:
    /// `in` begins with the head and has at least what it had before.
    head_state advance(std::string_view in);
    /// Bytes up to and with the blank line, once complete.
    std::size_t size() const { return line_; }

private:
    std::size_t line_ = 0;  // where the first line that is not complete begins
};

/// The parts of a request target (RFC 9112, section 3.2), undecoded; scheme and authority of an
/// absolute one dropped.
struct target_parts {
    std::string_view path;
    std::string_view query;
};
target_parts split_target(std::string_view target);

}  // namespace rollcall::http
