#pragma once

#include "core/time_histogram.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rollcall {

using metric_labels = std::vector<std::pair<std::string, std::string>>;

/// What is told in one scrape: families of samples, in the order in which they are told. A family
/// without a sample is told of all the same, so that its name is known from the start.
class metric_writer {
public:
    metric_writer();
    ~metric_writer();
    metric_writer(const metric_writer&) = delete;
    metric_writer& operator=(const metric_writer&) = delete;

    // Begin a family: what comes next is its samples. `name` as Prometheus wants it: in base units,
    // `_total` behind what only grows. Each family once.
    void counter(std::string name, std::string help);
    void gauge(std::string name, std::string help);
    void histogram(std::string name, std::string help);

    /// A sample of the counter or gauge that was begun last.
    void sample(double value, const metric_labels& labels = {});
    void sample(std::uint64_t value, const metric_labels& labels = {})
    {
        sample(static_cast<double>(value), labels);
    }
    /// A sample of the histogram that was begun last.
    void sample(const time_histogram& value, const metric_labels& labels = {});

    /// The names of the families so far.
    std::vector<std::string> names() const;
    /// All of it in Prometheus' text format, version 0.0.4.
    std::string text() const;

private:
    struct families;
    std::unique_ptr<families> families_;
};

/// What tells of one part of the daemon. Called on the ops listener's thread, and reads what others
/// count: nothing is done for a metric that nobody asks for.
using metric_source = std::function<void(metric_writer& to)>;

/// All metrics of the process, as one page. Sources are added before it is asked for the first
/// time.
class metrics_page {
public:
    /// Media type of `text`.
    static constexpr auto content_type = "text/plain; version=0.0.4; charset=utf-8";

    void add(metric_source what) { sources_.push_back(std::move(what)); }
    std::string text() const;

private:
    std::vector<metric_source> sources_;
};

}  // namespace rollcall
