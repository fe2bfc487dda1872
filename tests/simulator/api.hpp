#pragma once

#include "simulator/performance.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::simulator {

using steady_time = std::chrono::steady_clock::time_point;

struct api_request {
    std::string method;
    std::string target;  ///< path and query, as sent
    std::optional<std::string> authorization;
    std::optional<std::string> accept;
    std::string body;
};

struct api_answer {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// What a provider does that is not one, but somebody who means harm.
enum class hostility : std::uint8_t {
    none,
    endless_pages,   ///< every page is full, its rows are new, and another one follows
    same_next,       ///< every page names the same following one
    huge_body,       ///< a gibibyte, without saying so first
    endless_header,  ///< fields without end
    redirect,        ///< to another address, with everything
    deep_json,       ///< arrays within arrays, 100,000 of them
};

/// A provider's API over what is shown to it. Pure but for what it holds: no I/O, no clock. One
/// thread at a time.
class api {
public:
    virtual ~api() = default;

    /// Takes a performance in. Its world begins at `begin`, and each row can be read once it is
    /// stored; `at_once`: all of it already.
    virtual void show(const performance& what, steady_time begin, bool at_once) = 0;

    /// Where it is served, before anybody asks: `http://127.0.0.1:40231`.
    virtual void serve_at(const std::string& /*url*/) {}
    /// The provider has given up a webhook endpoint of that id.
    virtual void give_up_endpoint(const std::string& /*id*/) {}

    /// What a request is counted as: the same few words for the same kind of path.
    virtual std::string_view path_class(const api_request& asked) const = 0;
    /// Whether it carries a key that the provider knows.
    virtual bool is_authorised(const api_request& asked) const = 0;
    /// The answer while all is well, at that moment; hostile as far as that lies in the pages.
    virtual api_answer answer(const api_request& asked, steady_time now, hostility how) = 0;

    /// Takes a request into account where the provider has limits of its own: nothing, or how long
    /// until the next one of its kind would be answered.
    virtual std::optional<milliseconds> over_limit(
        const api_request& /*asked*/, steady_time /*now*/
    )
    {
        return std::nullopt;
    }
    /// Whether a request is to carry no key, for its URL is all the permission there is.
    virtual bool is_without_key(const api_request& /*asked*/) const { return false; }

    /// How the provider says "too many requests", without `Retry-After`.
    virtual api_answer throttled(std::chrono::seconds wait) const = 0;
    /// How it says that it has failed.
    virtual api_answer failed() const = 0;
    /// The time by the provider's clock; `here`: by ours.
    virtual instant clock(steady_time now, instant here) const = 0;
};

}  // namespace rollcall::simulator
