#pragma once

#include "simulator/dialect.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::simulator {

/// The keys RealtimeKit has had and will have; one of them signs and is published. Any thread.
class signing_keys {
public:
    /// One private RSA key in PEM or more, one behind the other. Throws `std::invalid_argument`
    /// where it is none.
    explicit signing_keys(std::string_view pem);
    ~signing_keys();
    signing_keys(const signing_keys&) = delete;
    signing_keys& operator=(const signing_keys&) = delete;

    /// The next one takes over; after the last comes the first.
    void rotate() { ++current_; }
    /// The base64 of an RSASSA-PKCS1-v1_5 signature with SHA-256.
    std::string sign(std::string_view content) const;
    /// SPKI, in PEM.
    std::string public_pem() const;

private:
    struct key;
    const key& current() const;

    std::vector<std::unique_ptr<key>> all_;
    std::atomic<std::size_t> current_{0};
};

/// Requests in a window, of all tokens together; one more is answered with 429.
struct realtimekit_limits {
    std::size_t requests = 1'200;
    milliseconds window{300'000};
};

/// Cloudflare RealtimeKit: webhooks without an event id or a time of sending, signed with the
/// service's own key; any answer below 500 is final. The well-known URL of the key is its API's.
///
/// A meeting of the world is a session; every two are sessions of one permanent meeting. A
/// participant of the world is a peer, so that on one platform a peer comes back as itself, on the
/// others as a new one. Whoever moves between rooms without leaving tells nothing. What is of no
/// interest carries links and stream keys.
class realtimekit final : public dialect {
public:
    /// `private_keys`: as `signing_keys` takes them.
    explicit realtimekit(std::string_view private_keys);

    std::string_view name() const override { return "realtimekit"; }
    std::string meeting_id(const world& of, std::size_t meeting) const override;
    meeting_names names_of(const world& of, std::size_t meeting) const override;
    value metadata_of(const world& of, std::size_t meeting) const override;
    std::string participant_id(const world& of, std::size_t meeting, std::size_t participant)
        const override;
    std::vector<telling> tell(const world& of, const timeline& when) const override;
    webhook render(const telling& what, unsigned subscription) const override;
    void sign(webhook& attempt, instant now) const override;
    const retry_schedule& retries(const telling& of) const override;
    std::unique_ptr<api> open_api(api_account account) const override;
    std::unique_ptr<api> open_api(api_account account, realtimekit_limits allowed) const;

    signing_keys& keys() const { return *keys_; }
    /// A delivery of any body; `sign` has to follow.
    static webhook post(std::string body, std::string delivery_id);

private:
    std::shared_ptr<signing_keys> keys_;
};

}  // namespace rollcall::simulator
