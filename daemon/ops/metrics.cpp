#include "ops/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <sstream>

namespace rollcall {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric labelled(const metric_labels& labels)
{
    ClientMetric made;
    made.label.reserve(labels.size());
    for (const auto& [name, value] : labels)
        made.label.push_back({name, value});
    return made;
}

double in_seconds(time_histogram::microseconds time)
{
    return static_cast<double>(time.count()) / 1e6;
}

}  // namespace

struct metric_writer::families {
    std::vector<MetricFamily> all;

    void begin(std::string name, std::string help, MetricType type)
    {
        all.push_back({std::move(name), std::move(help), type, {}});
    }
};

metric_writer::metric_writer() : families_{std::make_unique<families>()} {}

metric_writer::~metric_writer() = default;

void metric_writer::counter(std::string name, std::string help)
{
    families_->begin(std::move(name), std::move(help), MetricType::Counter);
}

void metric_writer::gauge(std::string name, std::string help)
{
    families_->begin(std::move(name), std::move(help), MetricType::Gauge);
}

void metric_writer::histogram(std::string name, std::string help)
{
    families_->begin(std::move(name), std::move(help), MetricType::Histogram);
}

void metric_writer::sample(double value, const metric_labels& labels)
{
    auto& family = families_->all.back();
    auto made = labelled(labels);
    if (family.type == MetricType::Counter)
        made.counter.value = value;
    else
        made.gauge.value = value;
    family.metric.push_back(std::move(made));
}

void metric_writer::sample(const time_histogram& value, const metric_labels& labels)
{
    auto made = labelled(labels);
    const auto now = value.read();
    for (std::size_t i = 0; i < time_histogram::bounds.size(); ++i)
        made.histogram.bucket.push_back({now.up_to[i], in_seconds(time_histogram::bounds[i])});
    made.histogram.bucket.push_back({now.up_to.back(), std::numeric_limits<double>::infinity()});
    made.histogram.sample_count = now.up_to.back();
    made.histogram.sample_sum = now.sum_seconds;
    families_->all.back().metric.push_back(std::move(made));
}

std::vector<std::string> metric_writer::names() const
{
    std::vector<std::string> all;
    for (const auto& family : families_->all)
        all.push_back(family.name);
    return all;
}

std::string metric_writer::text() const
{
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, families_->all);
    return std::move(out).str();
}

std::string metrics_page::text() const
{
    metric_writer all;
    for (const auto& each : sources_)
        each(all);
    return all.text();
}

}  // namespace rollcall
