#include "loading.hpp"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

namespace rollcall {
namespace {

/// The annotated file with a few bytes, lines or pieces damaged, as a bad editor or disk would.
std::string damaged(std::string text, std::mt19937& random)
{
    const auto below = [&random](std::size_t end) {
        return std::uniform_int_distribution<std::size_t>{0, end - 1}(random);
    };
    static const std::string pieces = "{}[]:,-&*#|>'\"%@`!~\n\t ?\\0x9\xc3\xff";
    for (std::size_t i = below(8) + 1; i > 0; --i) {
        const auto at = below(text.size());
        switch (below(4)) {
            case 0:
                text[at] = pieces[below(pieces.size())];
                break;
            case 1:
                text.insert(at, 1, pieces[below(pieces.size())]);
                break;
            case 2:
                text.erase(at, below(40));
                break;
            default:
                text.insert(at, text.substr(below(text.size()), below(200)));
        }
    }
    return text;
}

TEST(DamagedFiles, LoadOrSayWhatIsWrong)
{
    // Without the comments, which damage passes through.
    std::string whole;
    std::istringstream file{test::read_file(ROLLCALL_SOURCE_DIR "/config/rollcall.yaml")};
    for (std::string line; std::getline(file, line);)
        if (line.find_first_not_of(' ') != line.find('#'))
            whole += line + "\n";
    std::mt19937 random{42};
    test::settings_directory at;
    for (int i = 0; i < 1'000; ++i) {
        const auto text = damaged(whole, random);
        const auto loaded = at.load(text);
        if (loaded)
            continue;
        EXPECT_FALSE(loaded.error().empty()) << text;
        for (const auto& fault : loaded.error()) {
            EXPECT_FALSE(fault.what.empty()) << text;
            EXPECT_EQ(to_string(fault).find('\n'), std::string::npos) << text;
        }
    }
}

}  // namespace
}  // namespace rollcall
