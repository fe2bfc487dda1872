#pragma once

#include "core/errors.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

// How webhooks are registered at a provider, as far as its API goes.

/// Where a provider's API has its webhooks, below the base URL.
struct hook_places {
    std::string list;    ///< GET; empty: the API does not tell what is registered
    std::string create;  ///< POST; empty: the API registers nothing
    /// For people: where what the API cannot do is done.
    std::string otherwise;
};

/// One webhook as the provider has it.
struct registered_hook {
    std::string id;
    std::string url;    ///< empty where it is not told
    std::string state;  ///< `enabled`, `disabled`, or what the provider calls it
    std::vector<std::string> events;
};

/// The webhooks in the answer to a GET of `hook_places::list`, or the one in that to a POST: a list
/// or an object, bare or in an envelope (`data`, `result`, `results`). `errc::not_json`, or
/// `missing_field` for what has neither.
result<std::vector<registered_hook>, fault> read_hooks(std::string_view body);

/// The body of a POST: a name, the URL and the events.
std::string hook_request(std::string_view url, const std::vector<std::string_view>& events);

}  // namespace rollcall
