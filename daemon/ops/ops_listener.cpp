#include "ops/ops_listener.hpp"

namespace rollcall {
namespace {

http::response one_line(unsigned status, std::string_view line)
{
    http::response made;
    made.status = status;
    made.body.append(line).append("\n");
    made.fields.emplace_back("Cache-Control", "no-store");
    return made;
}

http::response page(const metrics_page& metrics)
{
    http::response made;
    made.body = metrics.text();
    made.content_type = metrics_page::content_type;
    made.fields.emplace_back("Cache-Control", "no-store");
    return made;
}

}  // namespace

boost::asio::awaitable<http::response> ops_listener::handle(const http::request& asked)
{
    co_return answer(asked);
}

http::response ops_listener::answer(const http::request& asked) const
{
    if (asked.path != "/livez" && asked.path != "/readyz" && asked.path != "/metrics")
        return one_line(404, "not found");
    if (asked.method != "GET" && asked.method != "HEAD") {
        auto refused = one_line(405, "method not allowed");
        refused.fields.emplace_back("Allow", "GET, HEAD");
        return refused;
    }
    if (asked.path == "/livez")
        return one_line(200, "ok");
    if (asked.path == "/metrics")
        return page(metrics_);
    const auto why_not = readiness_.why_not();
    const auto degraded = readiness_.degraded();
    if (why_not)
        return one_line(503, degraded ? *why_not + "; " + *degraded : *why_not);
    return one_line(200, degraded ? "degraded: " + *degraded : "ready");
}

}  // namespace rollcall
