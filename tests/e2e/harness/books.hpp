#pragma once

#include "support/metrics_page.hpp"

#include <string>
#include <vector>

namespace rollcall::test {

/// What of a daemon's books does not add up, a line each; nothing where all of it does. Holds over
/// kills, rebalances and outages, for each instance by itself:
///
///   received = permitted + rejected + stored + failed + ignored            (webhooks)
///   records  = what became of them + what waits                           (relay)
///   events   = published + duplicates + dropped + held                    (relay)
std::vector<std::string> imbalances(const metrics_page_read& page);

/// What was stored and not read, of sources that are not polled: for an instance that was alone and
/// never restarted, with a Kafka that was always there, once nothing waits to be read.
std::vector<std::string> unread(const metrics_page_read& page);

}  // namespace rollcall::test
