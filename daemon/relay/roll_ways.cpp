// Of a roll: what was published before the window, and which way told what.
#include "relay/roll.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {

using namespace std::chrono_literals;

void roll::recall(const std::string& source, const std::string& meeting, recalled_meeting all)
{
    recalled_.insert_or_assign({source, meeting}, std::move(all));
}

void roll::forget_recalled(const std::string& source, const std::string& meeting)
{
    recalled_.erase({source, meeting});
}

const recalled_meeting* roll::recalled(const event& e) const
{
    if (recalled_.empty())
        return nullptr;
    const auto it = recalled_.find({e.source, e.meeting.id});
    return it == recalled_.end() ? nullptr : &it->second;
}

recalled_meeting* roll::recalled(const event& e)
{
    const auto it = recalled_.find({e.source, e.meeting.id});
    return it == recalled_.end() ? nullptr : &it->second;
}

std::optional<way> roll::first_way(const event& e, const event_id& id) const
{
    if (const auto first = ledger_->first_way(id))
        return first;
    const auto* const before = recalled(e);
    if (before == nullptr)
        return std::nullopt;
    const auto it = before->published.find(id);
    return it == before->published.end() ? std::nullopt : std::optional{it->second.via};
}

void roll::confirm(const event& e, const event_id& id, way first)
{
    if (!how_.polled.contains(e.source) || (first == way::webhook) == (e.via == way::webhook) ||
        ledger_->is_settled(e.source, e.meeting.id))
        return;
    confirmed_[{e.source, e.meeting.id}].emplace(id, first);
}

// What was confirmed while it was held has its identity now.
void roll::rename_confirmed(const event& e, const event_id& claim, const event_id& id)
{
    const auto in = confirmed_.find({e.source, e.meeting.id});
    if (in == confirmed_.end())
        return;
    if (const auto it = in->second.find(claim); it != in->second.end()) {
        const way first = it->second;
        in->second.erase(it);
        in->second.emplace(id, first);
    }
}

// Of meetings that never settled. Rarely: it looks at all of them.
void roll::forget_confirmed()
{
    if (now_ < confirmed_looked_at_ + 1h)
        return;
    confirmed_looked_at_ = now_;
    forget_matches();
    const auto known = [this](const meeting_name& meeting) {
        return ledger_->knows_meeting(meeting.first, meeting.second);
    };
    std::erase_if(confirmed_, [&](const auto& entry) { return !known(entry.first); });
    distances_.forget_unless(known);
}

merge_audit roll::audit(const ledger::unsettled& which, const ledger::tally& sum, bool swept) const
{
    merge_audit told{.source = which.source, .meeting = which.meeting, .swept = swept};
    if (const auto it = confirmed_.find({which.source, which.meeting}); it != confirmed_.end())
        for (const auto& [id, first] : it->second)
            ++(first == way::webhook ? told.webhook_first : told.poll_first);
    const auto by_webhook = sum.events - sum.recovered;
    told.webhook_only = by_webhook - std::min(by_webhook, told.webhook_first);
    told.poll_only = sum.recovered - std::min(sum.recovered, told.poll_first);
    return told;
}

std::vector<merge_audit> roll::take_audits()
{
    return std::exchange(audits_committed_, {});
}

}  // namespace rollcall
