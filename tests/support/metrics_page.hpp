#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::test {

using label_values = std::map<std::string, std::string>;

/// A page in Prometheus' text format, read. What is not a sample is passed over.
class metrics_page_read {
public:
    explicit metrics_page_read(const std::string& text);

    /// The sum of the samples of that name that have these labels, whatever others they have.
    double sum(std::string_view name, const label_values& with = {}) const;
    bool has(std::string_view name, const label_values& with = {}) const;
    /// Every value of that label among the samples of that name, each once.
    std::vector<std::string> values_of(std::string_view name, const std::string& label) const;

private:
    struct sample {
        std::string name;
        label_values labels;
        double value = 0;
    };
    std::vector<sample> samples_;
};

}  // namespace rollcall::test
