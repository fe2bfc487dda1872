#include "kafka/completion_batch.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace rollcall {

void completion_batch::add(completion done)
{
    const auto executor = done.work.get_executor();
    const auto same = std::ranges::find(groups_, executor, &group::executor);
    auto& to = same == groups_.end() ? groups_.emplace_back(group{executor, {}}) : *same;
    to.members.push_back(std::move(done));
}

void completion_batch::post()
{
    for (auto& one : groups_)
        post(std::move(one));
    groups_.clear();
}

void completion_batch::post(group of)
{
    auto executor = of.executor;
    boost::asio::post(executor, [all = std::move(of)]() mutable { run(std::move(all)); });
}

// The rest is posted again while the exception of a handler passes.
void completion_batch::run(group all)
{
    struct rest {
        group& of;
        std::size_t next = 0;
        ~rest()
        {
            const auto first = of.members.begin() + static_cast<std::ptrdiff_t>(next);
            if (first != of.members.end())
                post(
                    {of.executor, {std::move_iterator{first}, std::move_iterator{of.members.end()}}}
                );
        }
    } pending{all};
    while (pending.next < all.members.size()) {
        auto one = std::move(all.members[pending.next++]);
        std::move(one.handler)(one.ec, one.where);
    }
}

}  // namespace rollcall
