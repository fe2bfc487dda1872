#pragma once

#include <boost/system/error_code.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::test {

using http_headers = std::vector<std::pair<std::string, std::string>>;

/// What a server answered, or why there is no answer.
struct http_answer {
    boost::system::error_code error;
    unsigned status = 0;
    http_headers headers;  ///< as the server wrote them
    std::string body;

    /// The first value under `name`, in any case; empty where there is none.
    std::string header(std::string_view name) const;
};

/// One request on one connection, blocking. `url` is `http://host:port/path`. Content-Length and
/// Host are added where `headers` has none.
http_answer post(
    const std::string& url,
    const http_headers& headers,
    std::string body,
    std::chrono::milliseconds timeout = std::chrono::milliseconds{10'000}
);
http_answer patch(const std::string& url, const http_headers& headers, std::string body);
http_answer get(
    const std::string& url,
    const http_headers& headers = {},
    std::chrono::milliseconds timeout = std::chrono::milliseconds{10'000}
);

}  // namespace rollcall::test
