// The fuzzed properties over recorded bodies and a fixed set of mutations of them, with any
// compiler.
#include "attendee_polling_properties.hpp"
#include "attendee_properties.hpp"
#include "recall_polling_properties.hpp"
#include "recall_properties.hpp"
#include "standard_webhooks_properties.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <vector>

namespace rollcall::test {
namespace {

std::vector<std::string> recorded_bodies(const std::string& provider)
{
    std::vector<std::string> paths;
    const std::filesystem::path root{ROLLCALL_SOURCE_DIR "/tests/fixtures"};
    for (const auto& entry : std::filesystem::recursive_directory_iterator{root / provider})
        if (entry.path().extension() == ".json")
            paths.push_back(std::filesystem::relative(entry.path(), root));
    std::ranges::sort(paths);
    return paths;
}

// The bytes come in memory of their own, so that reading past the end is seen.
struct fuzzed {
    std::string provider;
    std::size_t recorded;  // at least
    void (*examine)(std::string_view body);

    void operator()(const std::string& body) const
    {
        const std::vector<char> bytes{body.begin(), body.end()};
        examine({bytes.data(), bytes.size()});
    }
};
void PrintTo(const fuzzed& which, std::ostream* out)
{
    *out << which.provider;
}

void examine_attendee(std::string_view body)
{
    expect_attendee_properties(body);
    expect_attendee_polling_properties(body);
}

void examine_recall(std::string_view body)
{
    expect_recall_properties(body);
    expect_recall_polling_properties(body);
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

class FuzzedProperties : public testing::TestWithParam<fuzzed> {};

TEST_P(FuzzedProperties, HoldForEveryRecordedBody)
{
    const auto& examine = GetParam();
    ASSERT_GT(recorded_bodies(examine.provider).size(), examine.recorded);
    for (const auto& path : recorded_bodies(examine.provider)) {
        SCOPED_TRACE(path);
        examine(fixture(path));
    }
}

TEST_P(FuzzedProperties, HoldForMutatedBodies)
{
    const auto& examine = GetParam();
    std::vector<std::string> bodies;
    for (const auto& path : recorded_bodies(examine.provider))
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

INSTANTIATE_TEST_SUITE_P(
    Of,
    FuzzedProperties,
    testing::Values(
        fuzzed{"attendee", 80, examine_attendee},
        fuzzed{"recall", 80, examine_recall},
        fuzzed{"standard-webhooks", 10, expect_standard_webhooks_properties}
    ),
    [](const auto& each) {
        auto name = each.param.provider;
        std::erase(name, '-');
        return name;
    }
);

}  // namespace
}  // namespace rollcall::test
