#include "app/backfill.hpp"

#include "app/exit_code.hpp"
#include "app/interview.hpp"
#include "app/notices.hpp"
#include "app/polled_sources.hpp"
#include "app/source_providers.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

namespace rollcall {
namespace {

int fail(const std::string& why)
{
    return fail_as("backfill", why);
}

std::string read(const std::filesystem::path& file)
{
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

// The old one stays where the new one cannot be written whole.
bool replace(const std::filesystem::path& file, const std::string& text)
{
    auto beside = file;
    beside += ".new";
    std::ofstream out{beside, std::ios::binary};
    out << text << '\n';
    out.close();
    if (!out)
        return false;
    std::error_code failed;
    std::filesystem::rename(beside, file, failed);
    return !failed;
}

struct so_far {
    std::size_t pages = 0;
    std::size_t meetings = 0;
};

// Tells of what a page has, each once, and then keeps how far that is.
std::string take_page(
    const poll_outcome& page,
    const polled_source& source,
    const std::string& provider,
    notices& to,
    so_far& told
)
{
    std::set<std::string> meetings;
    for (const auto& row : page.rows)
        meetings.insert(row.key);
    const std::vector<std::string> all{meetings.begin(), meetings.end()};
    if (const auto ec = to.tell(source.name, provider, all, tracking_sign::seen))
        return "Kafka: " + ec.message();
    ++told.pages;
    told.meetings += all.size();
    std::fprintf(stderr, "%zu pages, %zu meetings\n", told.pages, told.meetings);
    return {};
}

}  // namespace

int run_backfill(const settings& with, const backfill_options& how)
{
    const source_providers providers{with};
    const auto sources = polled_sources(with, providers);
    const auto found = std::ranges::find(sources, how.source, &polled_source::name);
    if (found == sources.end())
        return fail(how.source + " is no source that is polled");
    auto source = *found;
    source.pace.base_url = api_url(source);
    const auto kept = how.progress.empty() ? std::string{} : read(how.progress);
    const auto plan = source.from->survey(source.pace, how.since, kept);
    if (!plan)
        return fail(
            "sources of " + std::string{source.from->name()} +
            " list no meetings of the past; `rollcall track add` takes one by its id"
        );
    if (!kept.empty())
        std::fprintf(stderr, "going on from %s\n", how.progress.c_str());
    notices to{with};
    so_far told;
    interview api{source};
    const std::string provider{source.from->name()};
    const auto why = api.run(*plan, [&](const poll_outcome& page) {
        if (!how.progress.empty() && told.pages > 0 && !replace(how.progress, plan->state()))
            return how.progress.string() + " cannot be written";
        return take_page(page, source, provider, to, told);
    });
    if (!why.empty()) {
        if (!how.progress.empty())
            replace(how.progress, plan->state());
        return fail(
            why + (how.progress.empty() ? "" : "; the same call goes on from where it broke off")
        );
    }
    if (!how.progress.empty())
        std::filesystem::remove(how.progress);
    std::printf(
        "told the owners of %zu meetings; `rollcall track` shows how they go on\n", told.meetings
    );
    return exit_done;
}

}  // namespace rollcall
