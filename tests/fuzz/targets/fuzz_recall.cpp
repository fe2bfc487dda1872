// libFuzzer's entry: see tests/fuzz/CMakeLists.txt for how to build and run it.
#include "recall_polling_properties.hpp"
#include "recall_properties.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks for this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view body{reinterpret_cast<const char*>(data), size};
    rollcall::test::expect_recall_properties(body);
    rollcall::test::expect_recall_polling_properties(body);
    return 0;
}
