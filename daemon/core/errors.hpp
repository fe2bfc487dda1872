#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <string>

namespace rollcall {

using boost::system::error_code;
using boost::system::result;

/// What can go wrong, whoever noticed it. One enum, so that answers, retries and dead letters
/// follow one table.
enum class errc {
    ok = 0,
    // A request that must not be accepted.
    unknown_source,
    missing_signature,
    bad_signature,
    stale_signature,
    bad_token,
    bad_header,
    // A body that cannot be used.
    not_json,
    duplicate_key,
    too_deep,
    bad_encoding,
    missing_field,
    wrong_type,
    bad_time,
    unknown_value,
    beyond_window,
    bad_record,
    given_up,
    // What Kafka said, by the class librdkafka gave it (asked in kafka/ only).
    kafka_retriable,
    kafka_abortable,
    kafka_fatal,
    kafka_fenced,
    kafka_timed_out,
    kafka_rejected,
    // What we said.
    overloaded,
    storage_failed,  ///< the local disk
    stopped,
    // What came of asking a provider's API (http::client), or for its files.
    name_not_found,
    cannot_connect,
    connect_timed_out,
    tls_failed,
    bad_certificate,
    answer_timed_out,
    answer_broken,
    answer_too_large,
    answer_encoded,
    unsendable_request,
    // What is not even asked (http::download_client).
    host_refused,
    address_refused,
};

/// What the one who meets an error does about it.
enum class reaction {
    none,    ///< there is no error
    retry,   ///< the same call again
    abort,   ///< undo the transaction, rewind, go on
    reject,  ///< this request or record is at fault; the next one may be fine
    renew,   ///< the outcome is unknown, or this producer is finished: a new producer, restore, go
             ///< on
    fatal,   ///< nothing here can go on
};

/// The table of design section 4 in one function: every `errc` has one reaction.
reaction classify(const error_code& ec);

const boost::system::error_category& rollcall_category();

inline error_code make_error_code(errc e)
{
    return {static_cast<int>(e), rollcall_category()};
}

/// Why a body or a field was refused: what, and where in the input.
struct fault {
    errc code = errc::ok;
    std::string where;  ///< a JSON path or a header name; empty for the whole input
};

}  // namespace rollcall

template <>
struct boost::system::is_error_code_enum<rollcall::errc> : std::true_type {};
