#include "app/progress_bar.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto patience = 500ms;
constexpr auto between_drawings = 100ms;
constexpr std::uint64_t calls_between_looks = 256;  // at the clock
constexpr std::size_t width = 20;

}  // namespace

std::string progress_text(std::uint64_t done, std::uint64_t of)
{
    done = std::min(done, of);
    const auto part = [&](std::uint64_t whole) { return of == 0 ? whole : done * whole / of; };
    const auto filled = static_cast<std::size_t>(part(width));
    const auto percent = std::to_string(part(100));
    return "reading [" + std::string(filled, '#') + std::string(width - filled, ' ') + "] " +
           std::string(3 - percent.size(), ' ') + percent + " %  " + std::to_string(done) + " of " +
           std::to_string(of) + " records";
}

progress_bar::progress_bar()
    : on_terminal_{::isatty(STDERR_FILENO) == 1}, next_{steady_clock::now() + patience}
{
}

progress_bar::~progress_bar()
{
    if (drawn_)
        std::fputs("\r\x1b[K", stderr);
}

void progress_bar::show(std::uint64_t done, std::uint64_t of)
{
    if (!on_terminal_ || ++calls_ % calls_between_looks != 0 || steady_clock::now() < next_)
        return;
    next_ = steady_clock::now() + between_drawings;
    drawn_ = true;
    std::fprintf(stderr, "\r%s\x1b[K", progress_text(done, of).c_str());
}

}  // namespace rollcall
