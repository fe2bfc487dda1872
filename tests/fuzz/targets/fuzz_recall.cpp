// libFuzzer's entry: see tests/fuzz/CMakeLists.txt for how to build and run it.
#include "recall_properties.hpp"

#include <cstddef>
#include <cstdint>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks for this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    rollcall::test::expect_recall_properties({reinterpret_cast<const char*>(data), size});
    return 0;
}
