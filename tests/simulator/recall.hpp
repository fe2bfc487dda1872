#pragma once

#include "simulator/dialect.hpp"

#include <string>
#include <string_view>

namespace rollcall::simulator {

/// The id of a recording's real-time endpoint for one of the subscriptions.
std::string real_time_endpoint(std::string_view recording_id, unsigned subscription);

/// Recall.ai, API v1.11: real-time webhooks and status webhooks, signed by Standard Webhooks.
///
/// A meeting is a recording; one without a bot where the platform itself records. Each subscription
/// is a real-time endpoint of the bot: after 60 attempts of one webhook it is given up for good,
/// and a status webhook tells so. Status webhooks are sent by Svix, whose message id is the same
/// for every endpoint.
class recall final : public dialect {
public:
    /// `secrets`: the workspace's, `whsec_` and base64, which signs everything under `webhook-…`;
    /// or that and, behind a comma or on the next line, the one of the dashboard's endpoint, which
    /// then signs status webhooks under `svix-…`, as in older workspaces. Throws
    /// `std::invalid_argument` where they are none.
    explicit recall(std::string_view secrets);

    std::string_view name() const override { return "recall"; }
    std::string meeting_id(const world& of, std::size_t meeting) const override;
    meeting_names names_of(const world& of, std::size_t meeting) const override;
    std::string participant_id(const world& of, std::size_t meeting, std::size_t participant)
        const override;
    std::vector<telling> tell(const world& of, const timeline& when) const override;
    void archive(std::vector<telling>& told, const world& of, const archive_faults& wanted)
        const override;
    webhook render(const telling& what, unsigned subscription) const override;
    void sign(webhook& attempt, instant now) const override;
    const retry_schedule& retries(const telling& of) const override;
    std::string endpoint(const telling& what, unsigned subscription) const override;
    std::optional<telling> endpoint_failed(const telling& what, unsigned subscription, instant at)
        const override;
    std::unique_ptr<api> open_api(api_account account) const override;

    /// A delivery of any body under a message id; `sign` has to follow.
    webhook post(const value& content, bool is_status, std::string message_id) const;

private:
    /// What stands before a secret's headers, and the key behind it.
    struct signer {
        std::string_view prefix;
        std::string key;
    };

    signer real_time_;
    signer status_;
};

}  // namespace rollcall::simulator
