#pragma once

#include "simulator/dialect.hpp"
#include "simulator/dice.hpp"

namespace rollcall::simulator {

/// Attendee, release 1.64.1: bodies as Python's `json.dumps` prints them, signed over their
/// canonical form.
class attendee final : public dialect {
public:
    /// `secret`: base64, as the dashboard shows it. Throws `std::invalid_argument` where it is not.
    explicit attendee(std::string_view secret);

    std::string_view name() const override { return "attendee"; }
    std::string meeting_id(const world& of, std::size_t meeting) const override;
    meeting_names names_of(const world& of, std::size_t meeting) const override;
    std::string participant_id(const world& of, std::size_t meeting, std::size_t participant)
        const override;
    std::vector<telling> tell(const world& of, const timeline& when) const override;
    webhook render(const telling& what, unsigned subscription) const override;
    const retry_schedule& retries(const telling& of) const override;
    std::unique_ptr<api> open_api(api_account account) const override;

    /// `X-Webhook-Signature` for a body of that content.
    std::string signature(const value& content) const;
    /// A whole delivery of any content: `content` is printed, signed, and given the provider's
    /// headers.
    webhook post(const value& content) const;

private:
    std::string key_;
};

/// An object's id: the prefix and 16 letters or digits.
std::string attendee_id(std::string_view prefix, dice chance);

}  // namespace rollcall::simulator
