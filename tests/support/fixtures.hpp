#pragma once

#include <string>

namespace rollcall::test {

/// The bytes of `tests/fixtures/<path>`; fails the test where there is no such file.
std::string fixture(const std::string& path);

}  // namespace rollcall::test
