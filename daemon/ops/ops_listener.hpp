#pragma once

#include "http/handler.hpp"
#include "ops/metrics.hpp"
#include "ops/readiness.hpp"

namespace rollcall {

/// What orchestrators ask: `/livez` is 200 while anything answers at all; `/readyz` is 200 when
/// ready, else 503 with the reasons; `/metrics` is for Prometheus. Both arguments outlive it.
class ops_listener final : public http::handler {
public:
    ops_listener(const readiness& asked, const metrics_page& metrics)
        : readiness_{asked}, metrics_{metrics}
    {
    }

    boost::asio::awaitable<http::response> handle(const http::request& asked) override;

private:
    http::response answer(const http::request& asked) const;

    const readiness& readiness_;
    const metrics_page& metrics_;
};

}  // namespace rollcall
