#pragma once

#include "simulator/value.hpp"
#include "simulator/world.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::simulator {

using instant = std::chrono::sys_time<std::chrono::milliseconds>;
/// A time as a provider's database has it.
using stamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Lays a world's time onto the calendar.
struct timeline {
    instant start{};
    double scale = 1;  ///< how much calendar time passes while one unit of the world's time does

    instant at(milliseconds since_begin) const
    {
        return start +
               milliseconds{
                   static_cast<std::int64_t>(static_cast<double>(since_begin.count()) * scale)};
    }
};

/// What a relay that does its job publishes because of a fact, in no provider's words.
struct expected_event {
    std::string kind;     ///< `participant.joined` and so on
    bool one_of_several;  ///< a sign of a meeting's start or end: the meeting has several, one is
                          ///< published
    std::optional<participant> who;
    instant occurred_at{};
    std::optional<std::string> provider_id;  ///< the provider's id of the event
    std::string provider_type;               ///< the webhook's name for it
    std::string text;                        ///< what was said, for chat
    bool host_known = true;                  ///< it tells whether `who` is a host
    bool needs_api = false;                  ///< only the API tells which meeting it is of
};

/// What a provider has to say about one fact. `content` means something to the dialect that made it
/// only.
struct telling {
    std::size_t fact = 0;  ///< index into the world's facts
    milliseconds noticed{};
    std::string meeting_id;
    value content;
    std::optional<expected_event> expected;  ///< nothing: authentic, but of no interest to anybody
    bool lasting = true;    ///< the API goes on telling it; false: until it is edited, or never
    milliseconds stored{};  ///< when the API can tell it; no webhook is sent before
    stamp inserted{};       ///< the time of its row by the provider's clock, which is not in it
    /// When it happened, as the provider's file of the meeting says; nothing: it is not in one.
    std::optional<stamp> archived{};
};

/// A webhook as it goes over the wire, but for where to.
struct webhook {
    std::string delivery_id;
    std::vector<std::pair<std::string, std::string>> headers;  ///< without Host and Content-Length
    std::string body;
};

/// How a provider repeats what was not taken.
struct retry_schedule {
    std::vector<std::pair<int, int>>
        waits;  ///< before the second, third, ... attempt: whole seconds, from and to
    milliseconds connect_timeout{10'000};
    milliseconds answer_timeout{10'000};
    bool final_below_500 = false;  ///< an answer below 500 ends it, whatever it says
};

/// The names a meeting has in messages besides its own.
struct meeting_names {
    std::optional<std::string> bot_id, recording_id, session_id;
};

/// How Recall.ai's API behaves where its documentation leaves a choice, or something goes wrong.
struct recall_limits {
    std::size_t lists = 60;  ///< requests for lists in a window
    std::size_t others = 300;
    milliseconds window{60'000};
    milliseconds url_lifetime{std::chrono::hours{6}};  ///< how long a download's URL is good
    bool storage_host = false;  ///< downloads are on a host of their own: `localhost`, same port
    bool replaces = false;      ///< a PATCH replaces the metadata; else it adds to them
    unsigned failed_status = 500;
};

/// Who may ask a provider's API, and how the provider itself names it.
struct api_account {
    std::vector<std::string> keys;
    /// Scheme, host and port of the links in answers; of Recall.ai empty: where it is served.
    std::string inner_url;
    recall_limits recall{};
};

class api;
struct archive_faults;

/// A provider's way of telling what happens in the world. Pure, and safe on every thread.
class dialect {
public:
    virtual ~dialect() = default;

    virtual std::string_view name() const = 0;
    /// How messages name a meeting of this world.
    virtual std::string meeting_id(const world& of, std::size_t meeting) const = 0;
    virtual meeting_names names_of(const world& of, std::size_t meeting) const = 0;
    /// `meeting.metadata` of its messages.
    virtual value metadata_of(const world& of, std::size_t meeting) const;
    /// How messages name a participant of that meeting.
    virtual std::string participant_id(
        const world& of, std::size_t meeting, std::size_t participant
    ) const = 0;
    /// What the provider tells, one after the other by `noticed`. Some facts it keeps to itself.
    virtual std::vector<telling> tell(const world& of, const timeline& when) const = 0;
    /// Decides what of it the provider's files will hold, and when they are there.
    virtual void archive(
        std::vector<telling>& /*told*/, const world& /*of*/, const archive_faults& /*wanted*/
    ) const
    {
    }
    /// The delivery to one of the subscriptions: the same bytes each time it is asked for.
    virtual webhook render(const telling& what, unsigned subscription) const = 0;
    /// Makes one attempt of it, at that time: where the provider signs the time, each is another.
    virtual void sign(webhook& /*attempt*/, instant /*now*/) const {}
    virtual const retry_schedule& retries(const telling& of) const = 0;
    /// The endpoint a delivery goes to, where the provider gives up not one delivery but all to its
    /// endpoint, for good. Empty: the others go on.
    virtual std::string endpoint(const telling& /*what*/, unsigned /*subscription*/) const
    {
        return {};
    }
    /// What the provider tells when it has given up the endpoint of that delivery. It is in no plan
    /// and becomes no message.
    virtual std::optional<telling> endpoint_failed(
        const telling& /*what*/, unsigned /*subscription*/, instant /*at*/
    ) const
    {
        return std::nullopt;
    }
    /// The provider's API, with nothing in it yet. Null where it is not played.
    virtual std::unique_ptr<api> open_api(api_account account) const = 0;
};

/// The dialect of that name, signing with `secret` as its dashboard shows it (`recall`: where
/// status webhooks have one of their own, that behind a comma or on the next line). Null where
/// there is none of that name; throws `std::invalid_argument` where the secret is not of the form
/// the provider gives out.
std::unique_ptr<dialect> make_dialect(std::string_view name, std::string_view secret);

}  // namespace rollcall::simulator
