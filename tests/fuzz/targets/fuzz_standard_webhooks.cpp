// libFuzzer's entry: see tests/fuzz/CMakeLists.txt for how to build and run it.
#include "standard_webhooks_properties.hpp"

#include <cstddef>
#include <cstdint>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks for this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    rollcall::test::expect_standard_webhooks_properties({reinterpret_cast<const char*>(data), size}
    );
    return 0;
}
