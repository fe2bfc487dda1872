#include "support/fixtures.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace rollcall::test {

std::string fixture(const std::string& path)
{
    std::ifstream file{ROLLCALL_SOURCE_DIR "/tests/fixtures/" + path, std::ios::binary};
    if (!file)
        throw std::runtime_error("no fixture " + path);
    return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace rollcall::test
