#pragma once

#include "ops/metrics.hpp"

#include <string>

namespace rollcall {

/// The process as the kernel sees it, under the names that all of Prometheus' libraries use:
/// processor time, memory, descriptors, threads and the time of its start. What cannot be read is
/// not told.
void write_process_metrics(metric_writer& to);

/// `rollcall_build_info`: always 1, with the versions as labels.
void write_build_info(metric_writer& to, const metric_labels& versions);

}  // namespace rollcall
