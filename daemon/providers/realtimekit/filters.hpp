#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall::realtimekit {

/// The `filters` a source's settings ask for: details of participants beside who came and went.
/// Shared by all plans of the source; any thread.
class filters {
public:
    explicit filters(std::string names) : names_{std::move(names)} {}

    /// Separated by commas; empty: none are wanted, or the provider does not take them.
    std::string_view names() const { return refused_ ? std::string_view{} : names_; }
    /// The provider does not take them. True the first time.
    bool refuse() { return !refused_.exchange(true); }

private:
    const std::string names_;
    std::atomic<bool> refused_{false};
};

}  // namespace rollcall::realtimekit
