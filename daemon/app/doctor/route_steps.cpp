#include "app/asking.hpp"
#include "app/doctor/judgement.hpp"
#include "app/doctor/steps.hpp"
#include "app/health.hpp"

namespace rollcall {
namespace {

// Where the listener is asked from its own machine. Empty where the system has chosen the port.
std::string url_of(const listen_settings& listener)
{
    auto url = health_url(listener.address).value_or("");
    if (listener.tls && !url.empty())
        url.insert(4, "s");
    return url;
}

http::client_options client_of(const listen_settings& listener, milliseconds limit)
{
    http::client_options whom;
    whom.base_url = url_of(listener);
    if (listener.tls)
        whom.pinned = listener.tls->certificate;
    whom.connect_timeout = limit;
    whom.answer_timeout = limit;
    return whom;
}

// One listener, as its clients see it.
class visitor {
public:
    visitor(const listen_settings& listener, milliseconds limit)
        : whom_{client_of(listener, limit)}, limit_{limit}
    {
    }

    /// Whether anybody answers there; the answer itself is of no interest.
    asked_once knock() const { return ask_once(whom_, {.target = "/"}, {}, limit_); }

    asked_once post(const source_settings& to, const probe& what) const
    {
        auto target = "/hooks/" + to.name;
        if (!to.webhook.query_token.empty())
            target += "?token=" + to.webhook.query_token;
        const http::client_request request{
            .target = target, .how = http::method::post, .body = what.body, .type = what.type};
        return ask_once(whom_, request, what.with, limit_);
    }

private:
    http::client_options whom_;
    milliseconds limit_;
};

std::string refused_advice(const listen_settings& listener, const asked_once& told)
{
    const auto failed = told.answer ? told.answer->error() : error_code{errc::answer_timed_out};
    if (failed == errc::bad_certificate)
        return "it shows another certificate than the settings name: reload it (SIGHUP)";
    if (failed == errc::tls_failed || failed == errc::answer_broken)
        return std::string{"does the daemon speak "} + (listener.tls ? "TLS" : "plain HTTP") +
               " there? Reload it (SIGHUP), or restart it for other addresses";
    return "start the daemon (`rollcall serve`, `systemctl start rollcall`); is it another "
           "machine's address?";
}

struct tried {
    probe what;
    route_answer proof;  ///< without the answer
};

// What the route is to be tried with: signed with each secret, or with what else there is.
std::vector<tried> probes_of(const source_settings& source, const provider& from)
{
    std::vector<tried> all;
    const auto& secrets = source.webhook.secrets;
    for (std::size_t i = 0; i < secrets.size(); ++i) {
        const auto key = from.parse_secret(secrets[i]);
        tried one{from.make_probe(), {}};
        if (!key || !from.sign(one.what, *key, wall_clock()))
            continue;
        one.proof.proof =
            "signed with secret " + std::to_string(i + 1) + " of " + std::to_string(secrets.size());
        all.push_back(std::move(one));
    }
    if (!all.empty())
        return all;
    tried one{from.make_probe(), {}};
    one.proof.signature_known =
        source.webhook.unsigned_allowed && !source.webhook.query_token.empty();
    one.proof.proof = "unsigned, with the query token";
    all.push_back(std::move(one));
    return all;
}

// Ends with the first one that is not as it should be.
finding try_route(
    const std::string& step, const visitor& at, const source_settings& source, const provider& from
)
{
    finding found;
    std::string all;
    for (auto& each : probes_of(source, from)) {
        const auto told = at.post(source, each.what);
        const auto* const answer = told.got();
        if (answer == nullptr)
            return {verdict::fail, step, told.why_not(), "see the daemon's log"};
        each.proof.status = answer->status;
        each.proof.accepted = from.accepted_status();
        found = judge_route(step, each.proof);
        if (found.is != verdict::ok)
            return found;
        all.append(all.empty() ? "" : "; ").append(found.seen);
    }
    found.seen = all;
    return found;
}

void look_at_listener(
    const settings& with,
    const listen_settings& listener,
    const source_providers& providers,
    milliseconds limit,
    diagnosis& into
)
{
    const auto step = "listener " + listener.address;
    const auto skip_routes = [&] {
        for (const auto& source : with.sources)
            into.skip_for("route /hooks/" + source.name + " at " + listener.address, step);
    };
    const auto url = url_of(listener);
    if (url.empty()) {
        into.skip(step, "the system has chosen its port: nobody knows where it is");
        return skip_routes();
    }
    if (listener.tls && listener.tls->clients == client_certificates::require) {
        into.skip(step, "it asks for a client's certificate, and there is none to show");
        return skip_routes();
    }
    const visitor at{listener, limit};
    const auto told = at.knock();
    if (const auto why = told.why_not(); !why.empty()) {
        into.fail(step, url + ": " + why, refused_advice(listener, told));
        return skip_routes();
    }
    into.ok(
        step, url + " answers" + (listener.tls ? ", with the certificate of the settings" : "")
    );
    for (const auto& source : with.sources) {
        const auto route = "route /hooks/" + source.name + " at " + listener.address;
        into.add(try_route(route, at, source, providers.at(source.name)));
    }
}

}  // namespace

void look_at_routes(
    const settings& with, const source_providers& providers, milliseconds limit, diagnosis& into
)
{
    for (const auto& listener : with.listen)
        look_at_listener(with, listener, providers, limit, into);
}

}  // namespace rollcall
