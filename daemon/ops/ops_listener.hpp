#pragma once

#include "http/handler.hpp"
#include "ops/readiness.hpp"

namespace rollcall {

/// What orchestrators ask: `/livez` is 200 while anything answers at all; `/readyz` is 200 when
/// ready, else 503 with the reason. `asked` outlives it.
class ops_listener final : public http::handler {
public:
    explicit ops_listener(const readiness& asked) : readiness_{asked} {}

    boost::asio::awaitable<http::response> handle(const http::request& asked) override;

private:
    http::response answer(const http::request& asked) const;

    const readiness& readiness_;
};

}  // namespace rollcall
