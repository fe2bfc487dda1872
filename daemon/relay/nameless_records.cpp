#include "relay/nameless_records.hpp"

namespace rollcall {

std::optional<std::string> nameless_records::key_of(
    const std::string& source, const std::string& name
) const
{
    const auto it = told_.find({source, name});
    return it == told_.end() ? std::nullopt : std::optional{it->second};
}

void nameless_records::hold(
    std::string name, std::int64_t offset, intake_record record, fault otherwise
)
{
    auto source = record.source;
    offsets_.insert(offset);
    waiting_.emplace(
        std::pair{std::move(source), std::move(name)},
        waiting{offset, std::move(record), std::move(otherwise)}
    );
}

std::vector<intake_record> nameless_records::take_named(
    const std::string& source, const std::string& name, const std::string& key
)
{
    if (told_.size() >= most_names)
        told_.clear();
    told_.insert_or_assign({source, name}, key);
    std::vector<intake_record> found;
    const auto [first, last] = waiting_.equal_range({source, name});
    for (auto it = first; it != last; ++it) {
        offsets_.erase(offsets_.find(it->second.offset));
        found.push_back(std::move(it->second.record));
        found.back().key = key;
    }
    waiting_.erase(first, last);
    return found;
}

std::vector<nameless_records::given_up> nameless_records::take_unknown(
    const std::string& source, const std::string& lies_under
)
{
    std::vector<given_up> found;
    for (auto it = waiting_.begin(); it != waiting_.end();) {
        auto& each = it->second;
        if (each.record.source != source || each.record.key != lies_under ||
            ++each.answers < most_answers) {
            ++it;
            continue;
        }
        offsets_.erase(offsets_.find(each.offset));
        found.push_back({each.offset, std::move(each.record), std::move(each.otherwise)});
        it = waiting_.erase(it);
    }
    return found;
}

std::optional<std::int64_t> nameless_records::oldest() const
{
    return offsets_.empty() ? std::nullopt : std::optional{*offsets_.begin()};
}

source_amounts nameless_records::count_waiting() const
{
    source_amounts all;
    for (const auto& [name, record] : waiting_)
        ++all[name.first];
    return all;
}

void nameless_records::forget()
{
    waiting_.clear();
    offsets_.clear();
}

}  // namespace rollcall
