#include "poller/followed.hpp"

namespace rollcall {

void followed_objects::own(std::int32_t partition, std::uint64_t ticket)
{
    partitions_[partition] = {.ticket = ticket, .objects = {}};
}

std::vector<followed_objects::pointer> followed_objects::give_up(std::int32_t partition)
{
    const auto found = partitions_.find(partition);
    if (found == partitions_.end())
        return {};
    const auto& objects = found->second.objects;
    std::vector<pointer> given{objects.begin(), objects.end()};
    partitions_.erase(found);
    return given;
}

void followed_objects::insert(const pointer& what)
{
    auto& into = partitions_.at(what->partition);
    what->ticket = into.ticket;
    into.objects.insert(what);
}

void followed_objects::erase(const pointer& what)
{
    if (const auto found = partitions_.find(what->partition); found != partitions_.end())
        found->second.objects.erase(what);
}

followed_objects::pointer followed_objects::find(
    std::int32_t partition, std::uint32_t source, std::string_view meeting
) const
{
    const auto in = partitions_.find(partition);
    if (in == partitions_.end())
        return nullptr;
    const auto found = in->second.objects.find(name{source, meeting});
    return found == in->second.objects.end() ? nullptr : *found;
}

}  // namespace rollcall
