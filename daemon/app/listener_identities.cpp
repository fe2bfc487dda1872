#include "app/listener_identities.hpp"

#include "core/listed.hpp"
#include "core/log.hpp"
#include "settings/tls_files.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

namespace rollcall {
namespace {

const stage_log& tls_log()
{
    static const stage_log log{"tls"};
    return log;
}

std::vector<std::string> files_of(const tls_settings& with)
{
    std::vector<std::string> files;
    for (const auto* file : {&with.certificate_file, &with.key_file, &with.client_ca_file})
        if (!file->empty())
            files.push_back(*file);
    return files;
}

}  // namespace

http::tls_offer offer_of(const tls_settings& with)
{
    return {
        .certificate = with.certificate,
        .key = with.key,
        .client_ca = with.client_ca,
        .client_required = with.clients == client_certificates::require,
        .only_1_3 = with.only_1_3};
}

listener_identities::listener_identities(const settings& with)
{
    for (std::size_t i = 0; i < with.listen.size(); ++i)
        identities_.push_back(std::make_shared<http::tls_identity>());
    put_in_force(prepare(with));
}

std::vector<std::unique_ptr<listener_identities::watched>> listener_identities::watched_of(
    const settings& with
)
{
    std::vector<std::unique_ptr<watched>> all;
    for (const auto& listener : with.listen) {
        auto& made = all.emplace_back();
        if (listener.tls)
            made = std::make_unique<watched>(watched{listener.address, *listener.tls, {}, {}});
    }
    return all;
}

listener_identities::prepared listener_identities::prepare(const settings& next) const
{
    prepared made;
    made.listeners = watched_of(next);
    for (std::size_t i = 0; i < made.listeners.size(); ++i) {
        const auto& wanted = made.listeners[i];
        // The same as before goes on, with its tickets.
        const bool same = wanted && i < listeners_.size() && listeners_[i] &&
                          listeners_[i]->in_force == wanted->in_force;
        if (same)
            made.contexts.push_back(identities_.at(i)->current());
        else
            made.contexts.push_back(
                wanted ? http::make_server_context(offer_of(wanted->in_force)) : nullptr
            );
    }
    return made;
}

void listener_identities::put_in_force(prepared next)
{
    const auto now = wall_clock();
    for (std::size_t i = 0; i < identities_.size(); ++i) {
        identities_[i]->replace(std::move(next.contexts.at(i)));
        if (next.listeners[i])
            tell_expiry(*next.listeners[i], now);
    }
    listeners_ = std::move(next.listeners);
    warned_ = now;
}

void listener_identities::tell(settings& with) const
{
    for (std::size_t i = 0; i < listeners_.size() && i < with.listen.size(); ++i)
        if (listeners_[i])
            with.listen[i].tls = listeners_[i]->in_force;
}

void listener_identities::watch(
    boost::asio::io_context& on, std::function<void(std::string)> remark
)
{
    remark_ = std::move(remark);
    timer_ = std::make_unique<boost::asio::steady_timer>(on);
    wait();
}

void listener_identities::wait()
{
    timer_->expires_after(between_looks);
    timer_->async_wait([this](const boost::system::error_code& ec) {
        if (ec)
            return;
        look(wall_clock());
        wait();
    });
}

void listener_identities::look(timestamp now)
{
    for (std::size_t i = 0; i < listeners_.size(); ++i)
        if (listeners_[i])
            look_at(i, now);
    if (now < warned_ + std::chrono::hours{24})
        return;
    warned_ = now;
    for (const auto& each : listeners_)
        if (each)
            tell_expiry(*each, now);
}

void listener_identities::look_at(std::size_t listener, timestamp now)
{
    auto& at = *listeners_[listener];
    if (!at.files.look(stamps_of(files_of(at.in_force))))
        return;
    auto read = read_tls_files(at.in_force, now);
    if (!read)
        return refuse(at, read.error().front().setting + " " + read.error().front().what);
    try {
        if (*read != at.in_force)
            identities_[listener]->replace(http::make_server_context(offer_of(*read)));
    } catch (const std::invalid_argument& refused) {
        return refuse(at, refused.what());
    }
    if (*read != at.in_force) {
        at.in_force = std::move(*read);
        tell_expiry(at, now);
    }
    if (!std::exchange(at.fault, {}).empty())
        remark_faults();
}

// It is tried again with every look: the clock may be what was wrong, or descriptors ran out. It is
// told once.
void listener_identities::refuse(watched& at, const std::string& what)
{
    at.files.again();
    if (std::exchange(at.fault, what) == what)
        return;
    tls_log().error("the certificate is not renewed", {{"listener", at.address}, {"fault", what}});
    remark_faults();
}

void listener_identities::remark_faults()
{
    std::vector<std::string> faults;
    for (const auto& each : listeners_)
        if (each && !each->fault.empty())
            faults.push_back(
                "the certificate of " + each->address + " is not renewed: " + each->fault
            );
    remark_(listed(faults, "; "));
}

void listener_identities::tell_expiry(const watched& at, timestamp now) const
{
    const auto until = expiry_of(at.in_force.certificate);
    const log_field listener{"listener", at.address};
    const auto text = to_rfc3339(until);
    if (now + warned_before >= until)
        tls_log().warn("the certificate ends soon", {listener, {"expires", text}});
    else
        tls_log().info("certificate in force", {listener, {"expires", text}});
}

}  // namespace rollcall
