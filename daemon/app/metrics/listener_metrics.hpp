#pragma once

#include "http/server.hpp"
#include "listener/webhook_listener.hpp"
#include "ops/metrics.hpp"

namespace rollcall {

/// What webhooks came to, by source (`rollcall_webhook*`).
void write_listener_metrics(metric_writer& to, const webhook_listener& of);

/// The connections that webhooks come by (`rollcall_http_*`).
void write_connection_metrics(metric_writer& to, const http::statistics& of);

}  // namespace rollcall
