#include "simulator/realtimekit.hpp"

#include "simulator/base64.hpp"
#include "simulator/calendar.hpp"
#include "simulator/dice.hpp"
#include "simulator/realtimekit_api.hpp"
#include "simulator/truth.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <map>
#include <set>
#include <stdexcept>
#include <utility>

namespace rollcall::simulator {
namespace {

std::string id_of(const world& of, std::string_view what, std::size_t number)
{
    return dice::for_purpose(of.options.seed, what, number).uuid();
}

struct free_bio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using bio = std::unique_ptr<BIO, free_bio>;

}  // namespace

struct signing_keys::key {
    EVP_PKEY* held = nullptr;
    explicit key(EVP_PKEY* taken) : held{taken} {}
    ~key() { EVP_PKEY_free(held); }
    key(const key&) = delete;
    key& operator=(const key&) = delete;
};

signing_keys::signing_keys(std::string_view pem)
{
    const bio from{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    while (auto* const read = PEM_read_bio_PrivateKey(from.get(), nullptr, nullptr, nullptr))
        all_.push_back(std::make_unique<key>(read));
    if (all_.empty() || EVP_PKEY_get_base_id(all_.front()->held) != EVP_PKEY_RSA)
        throw std::invalid_argument{"RealtimeKit signs with a private RSA key in PEM"};
}

signing_keys::~signing_keys() = default;

const signing_keys::key& signing_keys::current() const
{
    return *all_[current_ % all_.size()];
}

std::string signing_keys::sign(std::string_view content) const
{
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
    std::size_t size = 0;
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, current().held);
    EVP_DigestSign(context, nullptr, &size, bytes, content.size());
    std::string signature(size, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(signature.data());
    EVP_DigestSign(context, out, &size, bytes, content.size());
    EVP_MD_CTX_free(context);
    return encode_base64(signature);
}

std::string signing_keys::public_pem() const
{
    const bio to{BIO_new(BIO_s_mem())};
    PEM_write_bio_PUBKEY(to.get(), current().held);
    char* text = nullptr;
    const auto size = BIO_get_mem_data(to.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

namespace {

// Tells a world from its beginning to its end, and knows who is in.
class narrator {
public:
    narrator(const world& of, const timeline& when, const realtimekit& by)
        : world_{of}, when_{when}, by_{by}, starts_(of.meetings.size())
    {
    }

    std::vector<telling> tell()
    {
        for (now_ = 0; now_ < world_.facts.size(); ++now_)
            tell(world_.facts[now_]);
        return std::move(told_);
    }

private:
    void tell(const fact& what)
    {
        const std::pair who{what.meeting, what.participant};
        switch (what.what) {
            case happening::bot_admitted:
                starts_[what.meeting] = time_of(what);
                add(what, "meeting.started");
                return expect("meeting.started", what);
            case happening::joined:
                if (in_.insert(who).second)
                    tell_peer(what, "meeting.participantJoined", "participant.joined");
                return;
            case happening::left:
                in_.erase(who);
                return tell_peer(what, "meeting.participantLeft", "participant.left");
            case happening::meeting_over:
            case happening::bot_removed:
            case happening::bot_crashed:
                add(what, "meeting.ended", "endedAt");
                last().emplace_back(
                    "reason",
                    what.what == happening::meeting_over ? "ALL_PARTICIPANTS_LEFT"
                                                         : "HOST_ENDED_MEETING"
                );
                return expect("meeting.ended", what);
            case happening::recording_started:
                return tell_stream(what);
            case happening::processed:
                return tell_files(what);
            default:
                return;
        }
    }

    std::string time_of(const fact& what) const { return to_text(when_.at(what.at)); }

    value meeting_of(const fact& what, std::string_view time_name) const
    {
        const auto permanent = id_of(world_, "permanent", what.meeting / 2);
        value::object organiser;
        organiser.emplace_back("id", id_of(world_, "app", 0));
        organiser.emplace_back("name", "Contoso Test Org");
        value::object members;
        members.emplace_back("id", permanent);
        members.emplace_back("sessionId", by_.meeting_id(world_, what.meeting));
        members.emplace_back("title", "Meeting " + std::to_string(what.meeting));
        members.emplace_back("roomName", permanent);
        members.emplace_back("status", "LIVE");
        members.emplace_back("createdAt", starts_[what.meeting]);
        members.emplace_back("startedAt", starts_[what.meeting]);
        if (!time_name.empty())
            members.emplace_back(std::string{time_name}, time_of(what));
        members.emplace_back("organizedBy", std::move(organiser));
        return members;
    }

    void add(const fact& what, std::string_view event, std::string_view time_name = {})
    {
        body_.clear();
        body_.emplace_back("event", event);
        body_.emplace_back("meeting", meeting_of(what, time_name));
        auto& next = told_.emplace_back();
        next.fact = now_;
        next.noticed = what.noticed;
        next.meeting_id = by_.meeting_id(world_, what.meeting);
        next.content = body_;
    }

    // The members of what is told last; `keep` puts them back.
    value::object& last() { return body_; }
    void keep() { told_.back().content = body_; }

    void expect(std::string_view kind, const fact& what)
    {
        keep();
        expected_event event;
        event.kind = kind;
        event.one_of_several = what.participant == nobody;
        event.occurred_at = when_.at(what.at);
        event.provider_type = body_.front().second.text();
        if (what.participant != nobody) {
            event.who = world_.meetings[what.meeting].participants[what.participant];
            event.who->id = by_.participant_id(world_, what.meeting, what.participant);
            event.who->account_id = custom_id(what);
            event.host_known = false;
        }
        told_.back().expected = std::move(event);
    }

    // The customer's own id: equal over devices and rejoins.
    std::string custom_id(const fact& what) const
    {
        const auto& who = world_.meetings[what.meeting].participants[what.participant];
        return "emp-" + std::to_string(1001 + who.person);
    }

    void tell_peer(const fact& what, std::string_view event, std::string_view kind)
    {
        add(what, event);
        const auto& who = world_.meetings[what.meeting].participants[what.participant];
        auto& joined = joined_[{what.meeting, what.participant}];
        if (kind == "participant.joined")
            joined = time_of(what);
        value::object peer;
        peer.emplace_back("peerId", by_.participant_id(world_, what.meeting, what.participant));
        peer.emplace_back("userDisplayName", who.name);
        if (who.person % 5 != 0)  // the deprecated twin may stand alone
            peer.emplace_back("customParticipantId", custom_id(what));
        peer.emplace_back("clientSpecificId", custom_id(what));
        peer.emplace_back("joinedAt", joined);
        if (kind == "participant.left")
            peer.emplace_back("leftAt", time_of(what));
        last().emplace_back("participant", std::move(peer));
        expect(kind, what);
    }

    // What becomes no message, and must not be kept.
    void tell_stream(const fact& what)
    {
        add(what, "livestreaming.statusUpdate");
        last().emplace_back("streamId", id_of(world_, "stream", what.meeting));
        last().emplace_back("status", "LIVE");
        last().emplace_back("streamKey", "secret-stream-key");
        keep();
    }

    void tell_files(const fact& what)
    {
        constexpr std::string_view link = "https://files.example.test/secret-link";
        for (const auto& [event, member] :
             {std::pair{"meeting.transcript", "transcriptDownloadUrl"},
              std::pair{"meeting.summary", "summaryDownloadUrl"}}) {
            add(what, event);
            last().emplace_back(member, link);
            keep();
        }
    }

    using presence = std::pair<std::size_t, std::size_t>;  // meeting and participant

    const world& world_;
    const timeline& when_;
    const realtimekit& by_;
    std::vector<std::string> starts_;
    std::vector<telling> told_;
    value::object body_;
    std::size_t now_ = 0;  ///< the fact that is being told
    std::set<presence> in_;
    std::map<presence, std::string> joined_;
};

}  // namespace

realtimekit::realtimekit(std::string_view private_keys)
    : keys_{std::make_shared<signing_keys>(private_keys)}
{
}

std::string realtimekit::meeting_id(const world& of, std::size_t meeting) const
{
    return id_of(of, "session", meeting);
}

meeting_names realtimekit::names_of(const world& of, std::size_t meeting) const
{
    meeting_names names;
    names.session_id = meeting_id(of, meeting);
    return names;
}

value realtimekit::metadata_of(const world& of, std::size_t meeting) const
{
    value::object members;
    members.emplace_back("meeting_id", id_of(of, "permanent", meeting / 2));
    return members;
}

std::string realtimekit::participant_id(
    const world& of, std::size_t meeting, std::size_t participant
) const
{
    return id_of(of, "peer", (meeting << 32U) + participant);
}

std::vector<telling> realtimekit::tell(const world& of, const timeline& when) const
{
    return narrator{of, when, *this}.tell();
}

webhook realtimekit::post(std::string body, std::string delivery_id)
{
    webhook made;
    made.headers = {
        {"Content-Type", "application/json"},
        {"rtk-uuid", delivery_id},
        {"rtk-webhook-id", "5c2f7e90-1b3d-4a68-8e7c-9d0f1a2b3c4d"}};
    made.body = std::move(body);
    made.delivery_id = std::move(delivery_id);
    return made;
}

webhook realtimekit::render(const telling& what, unsigned subscription) const
{
    const auto purpose = what.meeting_id + std::string{what.content.find("event")->text()};
    auto chance = dice::for_purpose(what.fact, purpose, subscription);
    return post(to_compact_json(what.content), chance.uuid());
}

void realtimekit::sign(webhook& attempt, instant /*now*/) const
{
    attempt.headers.emplace_back("rtk-signature", keys_->sign(attempt.body));
}

const retry_schedule& realtimekit::retries(const telling& /*of*/) const
{
    // Count and spacing are not published any more; what Dyte said of the time-out is.
    static const retry_schedule schedule{
        .waits = {{1, 1}, {2, 2}, {4, 4}, {8, 8}},
        .answer_timeout = milliseconds{3'000},
        .final_below_500 = true};
    return schedule;
}

std::unique_ptr<api> realtimekit::open_api(api_account account) const
{
    return open_api(std::move(account), {});
}

std::unique_ptr<api> realtimekit::open_api(api_account account, realtimekit_limits allowed) const
{
    return std::make_unique<realtimekit_api>(keys_, std::move(account), allowed);
}

}  // namespace rollcall::simulator
