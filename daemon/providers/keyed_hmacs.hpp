#pragma once

#include "providers/hmac_sha256.hpp"

#include <list>
#include <string>
#include <string_view>

namespace rollcall {

/// HMAC states that have their key already: keying costs nearly half of what hashing a webhook
/// does, and there are few keys, those of the sources and of a reload. One thread at a time; meant
/// to be `thread_local`.
class keyed_hmacs {
public:
    /// The state for `key`, valid until the next call.
    hmac_sha256& of(std::string_view key);

private:
    struct keyed {
        std::string key;
        hmac_sha256 hmac;
    };
    std::list<keyed> kept_;
};

}  // namespace rollcall
