#pragma once

#include <atomic>
#include <cstdint>

namespace rollcall::http {

/// What a server has seen. Written by its threads, readable from any.
struct statistics {
    std::atomic<std::uint32_t> open{0};             ///< connections now
    std::atomic<std::uint64_t> accepted{0};         ///< connections
    std::atomic<std::uint64_t> turned_away{0};      ///< connections beyond the limit
    std::atomic<std::uint64_t> accept_failures{0};  ///< descriptors or memory ran out
    std::atomic<std::uint64_t> handshakes{0};       ///< of TLS, that came to an agreement
    std::atomic<std::uint64_t> failed_handshakes{
        0};  ///< of TLS: no agreement, too slow, or what is no TLS at all
    std::atomic<std::uint64_t> requests{0};  ///< handed to the handler
    std::atomic<std::uint64_t> refused{
        0};  ///< malformed, too large or too slow: never seen by the handler
    std::atomic<std::uint64_t> cut{
        0};  ///< connections closed on a client that did not take its answer
};

}  // namespace rollcall::http
