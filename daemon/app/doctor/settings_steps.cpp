#include "app/doctor/steps.hpp"

namespace rollcall {

void look_at_settings(
    const std::filesystem::path& file, const loaded_settings& loaded, diagnosis& into
)
{
    constexpr auto step = "settings";
    if (loaded) {
        const auto count = loaded->sources.size();
        into.ok(
            step,
            file.string() + ": " + std::to_string(count) + (count == 1 ? " source" : " sources")
        );
        return;
    }
    for (const auto& fault : loaded.error())
        into.fail(step, to_string(fault), "mend it; `rollcall check` tells the same");
}

}  // namespace rollcall
