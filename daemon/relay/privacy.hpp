#pragma once

#include "core/disclosure.hpp"
#include "core/event.hpp"

#include <string>
#include <string_view>

namespace rollcall {

/// What a source discloses of its participants.
struct privacy_rules {
    disclosure name = disclosure::keep;
    disclosure email = disclosure::keep;
    disclosure user_id = disclosure::keep;
    std::string key;  ///< of the pseudonyms

    bool keep_all() const
    {
        return name == disclosure::keep && email == disclosure::keep && user_id == disclosure::keep;
    }
    bool operator==(const privacy_rules&) const = default;
};

/// Takes from an event what is not to be published. To be done before the ledger sees it, so that a
/// leave that is derived of what the ledger knows tells no more than the join did, also after a
/// restore. The identity was formed before and does not change.
void apply(const privacy_rules& rules, event& to);

/// 22 characters of base64url: the first 128 bits of HMAC-SHA-256 under `key` over the fact's name
/// (`name`, `email`, `user_id`), a NUL and the fact. The same for as long as the key is.
std::string pseudonym_of(std::string_view key, std::string_view fact_name, std::string_view fact);

}  // namespace rollcall
