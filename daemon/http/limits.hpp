#pragma once

#include "core/time.hpp"

#include <cstddef>
#include <cstdint>

namespace rollcall::http {

/// What a server allows its clients. Every time is an absolute deadline, set once when its phase
/// begins: a byte a second does not prolong it.
struct limits {
    std::uint32_t header_bytes =
        16 * 1024;  ///< request line and fields; also one chunk's line or the trailers: 431
    std::uint32_t header_fields = 100;       ///< 431
    std::uint64_t body_bytes = 1024 * 1024;  ///< 413, before anything of an announced body is read
    std::uint32_t connections =
        10'000;  ///< of the whole server; one more is answered 503 and closed
    milliseconds handshake_time{
        10'000};  ///< from the connection to the end of its TLS handshake: closed
    milliseconds header_time{10'000};  ///< from a request's first byte to the end of its head: 408
    milliseconds body_time{20'000};    ///< from the end of the head to the end of the body: 408
    milliseconds idle_time{
        60'000};  ///< without a byte between requests, or before the first: closed silently
    milliseconds write_time{
        10'000};  ///< for an answer to leave, from when it first had to wait: cut
    milliseconds linger_time{
        2'000};  ///< after a last answer, for the client to read it and close: cut
};

}  // namespace rollcall::http
