#pragma once

#include "core/errors.hpp"
#include "providers/polling.hpp"

#include <string>
#include <string_view>

namespace rollcall {

/// `intake_record::item` of a record that stands for something polling has passed over. The relay
/// puts it into the dead letters, so that nothing is missing without a word.
inline constexpr std::string_view given_up_item = "given_up";

/// What could not be read, or not be stored, however often it was tried.
struct given_up {
    std::string target;  ///< the request: path and query
    std::string why;     ///< of the last try
    unsigned tries = 0;
    bool operator==(const given_up&) const = default;
};

/// As a row to be stored for that meeting.
polled_row make_row(std::string meeting, const given_up& what);
/// `after 10 tries: status 500: the server failed, at /api/v1/bots/...`
std::string to_text(const given_up& what);
/// The reverse of `make_row`, of the row's body: `errc::not_json`, `missing_field`, `wrong_type`.
result<given_up, fault> read_given_up(std::string_view body);

}  // namespace rollcall
