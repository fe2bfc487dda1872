#pragma once

#include "providers/provider.hpp"

namespace rollcall::standard_webhooks {

/// Any sender of Standard Webhooks, or of CloudEvents over HTTP that are signed so: what its bodies
/// mean is in the settings (docs/providers.md).
std::unique_ptr<const provider> make(const source_options& options);

}  // namespace rollcall::standard_webhooks
