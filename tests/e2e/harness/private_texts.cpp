#include "harness/private_texts.hpp"

#include "simulator/value.hpp"
#include "support/temp_dir.hpp"

#include <mutex>
#include <set>

namespace rollcall::test {
namespace {

constexpr std::size_t shortest = 4;

struct registry {
    std::mutex mutex;
    std::set<std::string, std::less<>> texts;
};

registry& all()
{
    static registry one;
    return one;
}

std::string without_quotes(const std::string& json)
{
    return json.substr(1, json.size() - 2);
}

}  // namespace

void forbid_in_logs(std::string_view text)
{
    if (text.size() < shortest)
        return;
    auto& [mutex, texts] = all();
    const std::lock_guard lock{mutex};
    texts.emplace(text);
    texts.insert(without_quotes(simulator::to_compact_json(text)));
    texts.insert(without_quotes(simulator::to_python_json(text)));
}

void forbid_in_logs(const simulator::world& people)
{
    for (const auto& meeting : people.meetings) {
        for (const auto& each : meeting.participants) {
            forbid_in_logs(each.name.value_or(""));
            forbid_in_logs(each.account_id.value_or(""));
        }
    }
    for (const auto& fact : people.facts)
        forbid_in_logs(fact.text);
}

std::vector<std::string> forbidden_in(const std::filesystem::path& log)
{
    std::vector<std::string> found;
    if (!std::filesystem::exists(log))
        return found;
    const auto written = read_file(log);
    auto& [mutex, texts] = all();
    const std::lock_guard lock{mutex};
    for (const auto& text : texts)
        if (written.find(text) != std::string::npos)
            found.push_back(text);
    return found;
}

}  // namespace rollcall::test
