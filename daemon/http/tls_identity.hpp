#pragma once

#include "http/tls.hpp"

#include <mutex>
#include <utility>

namespace rollcall::http {

/// What a listener proves itself with: replaced while connections come in. Those that are there go
/// on with what they began with. Any thread.
class tls_identity {
public:
    explicit tls_identity(tls_context first = nullptr) : now_{std::move(first)} {}

    /// For the next connection; null: it speaks plain HTTP.
    tls_context current() const
    {
        const std::lock_guard lock{mutex_};
        return now_;
    }
    void replace(tls_context by)
    {
        const std::lock_guard lock{mutex_};
        now_.swap(by);
    }

private:
    mutable std::mutex mutex_;
    tls_context now_;
};

}  // namespace rollcall::http
