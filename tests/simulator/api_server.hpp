#pragma once

#include "simulator/api.hpp"
#include "simulator/api_faults.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace rollcall::simulator {

struct api_options {
    std::string address = "127.0.0.1:0";  ///< IP address and port; port 0: any that is free
    std::uint64_t seed = 1;               ///< of the faults
    api_faults faults;
    hostility hostile = hostility::none;
    /// Where the hostile redirect leads; empty: to this server itself, which counts who follows.
    std::string redirect_to;
    std::size_t limit = 0;  ///< authorised requests in a `limit_window`; 0: no limit
    milliseconds limit_window{60'000};
    bool keep_alive = true;  ///< false: the connection is closed after each answer
    /// Called on the server's thread with each request, before it is answered. May be empty.
    std::function<void(const api_request&)> on_request;
};

struct api_counts {
    std::uint64_t requests = 0;
    std::map<std::string, std::uint64_t> by_path;   ///< by `api::path_class`
    std::map<std::string, std::uint64_t> by_fault;  ///< by `to_string(api_fault)`, without `none`
    std::uint64_t refused = 0;                      ///< without a key that is known
    std::uint64_t over_limit = 0;                   ///< answered 429 because the limit was reached
    std::uint64_t hostile = 0;                      ///< answered with what means harm
    std::uint64_t leaked = 0;                       ///< carried a key where none belongs
    std::uint64_t followed = 0;                     ///< came to where the hostile redirect leads
    std::uint64_t most_at_once = 0;                 ///< requests being answered
};
/// `api_requests=12 api_bots=3 ...`: one line, without its end.
std::string to_text(const api_counts& of);

/// Serves a provider's API over HTTP/1.1, on a thread of its own, and does to its answers what the
/// faults say.
class api_server {
public:
    /// Listens when it returns. Throws `boost::system::system_error` where the address cannot be
    /// had, `std::invalid_argument` where it is none.
    api_server(std::unique_ptr<api> answers, api_options options);
    ~api_server();
    api_server(const api_server&) = delete;
    api_server& operator=(const api_server&) = delete;

    std::string url() const;  ///< `http://127.0.0.1:40231`

    // From any thread.
    void show(const performance& what, steady_time begin, bool at_once);
    void change_faults(const api_faults& to);
    void give_up_endpoint(const std::string& id);
    api_counts counts() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace rollcall::simulator
