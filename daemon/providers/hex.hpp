#pragma once

#include <span>
#include <string>

namespace rollcall {

/// Lower-case hexadecimal digits, two for each byte.
std::string to_hex(std::span<const unsigned char> bytes);

}  // namespace rollcall
