#pragma once

#include "providers/provider.hpp"

#include <memory>

namespace rollcall::recall {

/// Recall.ai, API v1.11 (docs/providers.md): its two families of webhooks, its REST API, and what
/// it gives to download.
std::unique_ptr<const provider> make(const source_options& options);

}  // namespace rollcall::recall
