#pragma once

#include "core/errors.hpp"
#include "core/event.hpp"
#include "core/intake_record.hpp"
#include "providers/hooks.hpp"
#include "providers/polling.hpp"
#include "providers/source_options.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rollcall {

/// A webhook as it arrived. Views into the session's buffers: valid for the call only.
struct webhook_request {
    std::string_view body;
    std::string_view query;  ///< after `?`, undecoded; empty where there is none
    /// The first value of a header and how often it stands in the request.
    struct header_value {
        std::string_view text;
        std::size_t count = 0;
    };
    virtual header_value header(std::string_view name) const = 0;  ///< any case
    /// Every header whose name begins with `prefix` (lower case), names in lower case, in the order
    /// of the request; a repeated one stands there as often.
    virtual headers headers_from(std::string_view prefix) const = 0;

protected:
    ~webhook_request() = default;
};

/// The algorithm a key is for. It is the key that chooses, never what the request says.
enum class key_kind : std::uint8_t {
    hmac,
    ed25519,  ///< a public key
    rsa,      ///< a public key
};

/// A secret as a provider's check wants it: decoded once at the start.
struct webhook_key {
    std::string bytes;
    key_kind kind = key_kind::hmac;
};

/// A webhook to a route of our own, of a type that nobody sends and that becomes nothing: what is
/// answered to it tells whether the route takes what its provider sends.
struct probe {
    std::string body;
    std::string_view type = "application/json";
    headers with;  ///< besides: attributes, and once it is signed the signature
};

/// What the listener needs of an authentic body.
struct routing {
    std::string key;  ///< the meeting; empty where the body names none (the source's name is used)
    std::string delivery_id;  ///< empty where the provider gives none
    /// Not empty: what it is, for the count. Nothing can be made of it, and it may hold what must
    /// not be kept (download links, stream keys): it is answered with success and not stored.
    std::string ignored;
};

/// One record of what a request brought.
struct parcel {
    routing to;
    std::string_view body;  ///< of the request's, all or a part
    headers kept;           ///< `intake_record::signed_headers`
};

/// Any time between the two.
struct wait_range {
    milliseconds least{0};
    milliseconds most{0};
};

/// The answer to who asks whether he may send webhooks (CloudEvents' validation handshake).
struct permission {
    std::string origin;  ///< who may
    std::string rate;    ///< requests a minute; empty where that was not asked
};

/// Under which name a provider knows a meeting besides its key.
struct meeting_name {
    std::string name;
    std::string key;
};

/// A meeting that only the provider's API can tell: its name, and why nothing can be made of the
/// record as long as it is not told.
struct awaited_meeting {
    std::string name;
    fault otherwise;
};

/// The events one record holds: none for what is authentic but of no interest (`ignored` says what
/// it was). `sign` is what the record tells whoever polls: `seen`, `ended` or `none`. `warning` is
/// what the provider says of its own service that an operator should know, as a fact for the log.
struct normalised {
    std::vector<event> events;
    std::string ignored;
    tracking_sign sign = tracking_sign::none;
    std::string_view warning = {};  ///< a literal; empty: nothing
    /// Facts of the record that are left out: of a kind that is not known, or with a time that
    /// cannot be read.
    std::uint32_t left_out = 0;

    // Some records name their meeting by other facts than its key, which only the provider's API
    // can tell: they lie under a key of their own until it has.

    /// Nothing can be made of the record before it is known which meeting has that name.
    std::optional<awaited_meeting> waits_for = {};
    /// What the API has told about such a name.
    std::optional<meeting_name> named = {};
    /// The API has told all that it knows about names under the record's key.
    bool all_named = false;
};

/// A provider as one source has it (`source_options`), as pure functions: no I/O, no clock, no
/// state that changes. Any thread.
class provider {
public:
    virtual ~provider() = default;

    virtual std::string_view name() const = 0;
    /// The HTTP status for success: 202, or 200 where the provider's page asks for it.
    virtual unsigned accepted_status() const { return 202; }
    /// What is answered to an authentic body that `route` cannot read, once it is stored for the
    /// dead letters: success, unless the provider's page wants the sender to know.
    virtual unsigned unreadable_status() const { return accepted_status(); }
    /// The headers that belong to the signature and are kept in the intake, lower case.
    virtual std::span<const std::string_view> signed_headers() const = 0;
    /// The media types its webhooks may have, lower case, without parameters.
    virtual std::span<const std::string_view> content_types() const;

    /// Decodes one secret of the settings. The fault's `where` says what is wrong, without the
    /// secret.
    virtual result<webhook_key, fault> parse_secret(std::string_view text) const = 0;

    /// Authentic? `errc::missing_signature` says that there is no sign of a signature, which is no
    /// fault where the source takes unsigned requests. It answers 401, as `errc::bad_signature` and
    /// `errc::stale_signature` do; everything else answers 400.
    virtual result<void, fault> verify(
        const webhook_request& request, std::span<const webhook_key> keys, timestamp now
    ) const = 0;

    // A provider that signs with one key of its own for everybody publishes that key.

    /// Where the key is; empty where the provider publishes none. Then secrets need not be set; if
    /// they are, they are the keys, and nothing is asked for.
    virtual std::string_view default_key_url() const { return {}; }
    /// The key in the answer to a GET of that URL. The fault says what is wrong with it.
    virtual result<webhook_key, fault> read_key_answer(std::string_view body) const;
    /// Whether a request that `verify` has refused with `errc::bad_signature` may have been signed
    /// with a key that is published by now; false for what cannot be a signature at all.
    virtual bool may_need_newer_key(const webhook_request& request) const;

    /// Whether some of its senders cannot sign, so that a source may do with a query token alone.
    virtual bool may_be_unsigned() const { return false; }
    /// The regions a source has to choose from. Empty where the provider has none.
    virtual std::span<const std::string_view> regions() const { return {}; }

    /// Whether what its bodies mean stands in the settings (`source_options::mapping`).
    virtual bool needs_mapping() const { return false; }

    /// Which meeting an authentic request is about. Reads no more of it than that needs.
    virtual result<routing, fault> route(const webhook_request& request) const = 0;
    /// What of an authentic request is stored: the whole of it, unless it is a batch. All of that
    /// is stored or, with a fault, none of it.
    virtual result<std::vector<parcel>, fault> unpack(const webhook_request& request) const;
    /// What of the headers is stored with the body: usually the signed ones, the first of each.
    virtual headers kept_headers(const webhook_request& request) const;

    /// Whether the one who asks may send webhooks; nothing: no, or nobody is ever asked.
    virtual std::optional<permission> permit(const webhook_request& request) const;

    /// The record's events, with `received_at`, `via`, `source` and `traceparent` taken from it.
    virtual result<normalised, fault> normalise(const intake_record& record) const = 0;

    /// A request that `verify` refuses as long as it is not signed, and that otherwise is answered
    /// with success and becomes neither an event nor a dead letter.
    virtual probe make_probe() const;
    /// Signs it as its sender would. False where nobody else can: the key is a public one.
    virtual bool sign(probe& what, const webhook_key& with, timestamp now) const;

    // The REST side. A provider without one keeps these as they are.

    /// How to follow one meeting, from a predecessor's state or (empty) from the start. Null where
    /// the provider cannot be polled. A state that cannot be read counts as none.
    virtual std::unique_ptr<poll_plan> follow(
        const poll_pace& pace, std::string meeting, std::string_view state
    ) const;
    /// How to find the meetings of the source.
    virtual std::unique_ptr<poll_plan> list(const poll_pace& pace, std::string_view state) const;
    /// One walk over the meetings that the source has had since then, from an earlier walk's state
    /// or (empty) from the start: its rows' keys are the meetings. Done at its end. Null where the
    /// provider does not list what is over.
    virtual std::unique_ptr<poll_plan> survey(
        const poll_pace& pace, timestamp since, std::string_view state
    ) const;
    /// How to find the meetings that a person means by an id: its rows' keys. Null where it can
    /// only be a meeting's own.
    virtual std::unique_ptr<poll_plan> look_up(const poll_pace& pace, std::string id) const;
    /// The headers that carry the credential, and what else each request needs.
    virtual headers request_headers(std::string_view api_key) const;
    /// Where the API is when the settings do not say; empty: they must.
    virtual std::string_view default_base_url() const { return {}; }
    /// Where webhooks are registered (`rollcall hooks`).
    virtual hook_places hooks() const
    {
        return {
            .otherwise = "this provider has no API for webhooks: they are set up at the sender"};
    }
    /// The webhooks that become events, as the API that registers them has them.
    virtual std::vector<std::string_view> hook_events() const { return {}; }
    /// Whether the settings have to say where the API is, for it is the account's own.
    virtual bool needs_base_url() const { return false; }
    /// Whether details of participants can be asked for (`source_options::filters`).
    virtual bool has_filters() const { return false; }
    /// The provider's documented limit of requests a minute and credential, or a polite one.
    virtual unsigned requests_a_minute() const { return 300; }
    /// Where kinds of requests have limits of their own: each one's requests a minute and
    /// credential, as `poll_request::limit` counts them. Empty: `requests_a_minute` is for all;
    /// otherwise that is the largest of them, and a setting in its place scales them all.
    virtual std::span<const unsigned> rate_limits() const { return {}; }
    /// What is waited beyond a `Retry-After`, at random between the two.
    virtual wait_range throttle_margin() const { return {}; }
    /// The hosts its downloads come from, besides the API's own: `name`, or `*.name` for any name
    /// below it.
    virtual std::span<const std::string_view> download_hosts() const { return {}; }
};

/// A provider for one source. Null where there is none of that name.
std::unique_ptr<const provider> make_provider(std::string_view name, const source_options& options);

/// A provider as it is by default, for facts that no setting changes, and for records whose source
/// is no longer in the settings. Null where there is none of that name. Lives as long as the
/// process.
const provider* find_provider(std::string_view name);
std::vector<std::string_view> provider_names();

}  // namespace rollcall
