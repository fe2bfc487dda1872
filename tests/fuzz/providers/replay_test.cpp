// The fuzzed properties over recorded bodies and a fixed set of mutations of them, with any
// compiler.
#include "attendee_polling_properties.hpp"
#include "attendee_properties.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <vector>

namespace rollcall::test {
namespace {

std::vector<std::string> recorded_bodies()
{
    std::vector<std::string> paths;
    const std::filesystem::path root{ROLLCALL_SOURCE_DIR "/tests/fixtures"};
    for (const auto& entry : std::filesystem::recursive_directory_iterator{root / "attendee"})
        if (entry.path().extension() == ".json")
            paths.push_back(std::filesystem::relative(entry.path(), root));
    std::ranges::sort(paths);
    return paths;
}

// In memory of its own, so that reading past the end is seen.
void examine(const std::string& body)
{
    const std::vector<char> bytes{body.begin(), body.end()};
    expect_attendee_properties({bytes.data(), bytes.size()});
    expect_attendee_polling_properties({bytes.data(), bytes.size()});
}

// One small accident: a byte changed, lost or put in, a piece said twice, a piece of another body.
void mutate(std::string& body, const std::string& other, std::mt19937& random)
{
    constexpr std::string_view telling{
        "\"\\{}[]:,0-+.eEu \t\n\0\x1f\x7f\x80\xc3\xe2\xed\xf0\xff", 27};
    const auto any = [&](std::size_t count) { return count == 0 ? 0 : random() % count; };
    const auto at = any(body.size() + 1);
    const char byte = telling[any(telling.size())];
    switch (any(5)) {
        case 0:
            body.insert(at, 1, byte);
            break;
        case 1:
            body.erase(at, 1 + any(8));
            break;
        case 2:
            body.insert(at, body.substr(any(body.size()), any(64)));
            break;
        case 3:
            body.insert(at, other.substr(any(other.size()), any(64)));
            break;
        default:
            if (at < body.size())
                body[at] = byte;
    }
}

TEST(FuzzedProperties, HoldForEveryRecordedBody)
{
    ASSERT_GT(recorded_bodies().size(), 80u);
    for (const auto& path : recorded_bodies()) {
        SCOPED_TRACE(path);
        examine(fixture(path));
    }
}

TEST(FuzzedProperties, HoldForMutatedBodies)
{
    std::vector<std::string> bodies;
    for (const auto& path : recorded_bodies())
        bodies.push_back(fixture(path));
    std::mt19937 random{20260814};
    for (int round = 0; round < 20'000; ++round) {
        auto body = bodies[random() % bodies.size()];
        const auto& other = bodies[random() % bodies.size()];
        if (body.size() > 4096)
            body.resize(random() % 4096);
        for (auto times = 1 + random() % 4; times > 0; --times)
            mutate(body, other, random);
        examine(body);
    }
}

}  // namespace
}  // namespace rollcall::test
