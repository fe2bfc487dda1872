#pragma once

#include <string>
#include <string_view>

namespace rollcall::simulator {

/// Standard alphabet, padded.
std::string encode_base64(std::string_view bytes);
/// The reverse. Throws `std::invalid_argument` for anything else, also for no text at all.
std::string decode_base64(std::string_view text);

}  // namespace rollcall::simulator
