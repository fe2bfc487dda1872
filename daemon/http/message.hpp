#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::http {

/// Equal but for the case of ASCII letters, as field names and tokens are compared.
bool equal_ignoring_case(std::string_view a, std::string_view b);

struct field {
    std::string_view name;  ///< as sent
    std::string_view value;
};

/// A whole request. Its views are valid until the handler's coroutine has completed.
struct request {
    std::string_view method;  ///< as sent, and so compared: `GET` is not `get`
    std::string_view
        path;  ///< undecoded, without the query; starts with `/` except for `*` and CONNECT
    std::string_view query;         ///< undecoded, without the `?`
    std::span<const field> fields;  ///< without trailers: nobody may sign or authorise in them
    std::string_view body;
    boost::asio::ip::tcp::endpoint peer;

    struct found {
        std::string_view value;  ///< the first one; empty where there is none
        std::size_t count = 0;
    };
    found find(std::string_view name) const;
};

/// An answer. `Content-Length` and `Connection` are the server's business.
struct response {
    unsigned status = 200;
    std::string body;
    std::string_view content_type = "text/plain";  ///< of static storage; sent only with a body
    std::vector<std::pair<std::string_view, std::string>> fields;  ///< names of static storage
};

}  // namespace rollcall::http
