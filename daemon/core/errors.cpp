#include "core/errors.hpp"

namespace rollcall {
namespace {

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "rollcall"; }
    std::string message(int value) const override
    {
        switch (static_cast<errc>(value)) {
            case errc::ok:
                return "no error";
            case errc::unknown_source:
                return "no such source";
            case errc::missing_signature:
                return "signature missing";
            case errc::bad_signature:
                return "signature does not match";
            case errc::stale_signature:
                return "signed too long ago, or ahead of time";
            case errc::bad_token:
                return "token missing or not the right one";
            case errc::bad_header:
                return "header malformed";
            case errc::not_json:
                return "not valid JSON";
            case errc::duplicate_key:
                return "a key stands twice in one object";
            case errc::too_deep:
                return "nested too deep";
            case errc::bad_encoding:
                return "not valid UTF-8";
            case errc::missing_field:
                return "field missing";
            case errc::wrong_type:
                return "field has the wrong type";
            case errc::bad_time:
                return "not a time";
            case errc::unknown_value:
                return "value not known";
            case errc::beyond_window:
                return "older than the deduplication window and of an unknown meeting";
            case errc::bad_record:
                return "intake record without its arrival facts";
            case errc::given_up:
                return "could not be read or stored, and was passed over";
            case errc::kafka_retriable:
                return "Kafka: not taken now, the same call may work later";
            case errc::kafka_abortable:
                return "Kafka: the transaction must be aborted";
            case errc::kafka_fatal:
                return "Kafka: this producer is finished";
            case errc::kafka_fenced:
                return "Kafka: another instance has taken over";
            case errc::kafka_timed_out:
                return "Kafka: no answer in time, outcome unknown";
            case errc::kafka_rejected:
                return "Kafka: refused";
            case errc::overloaded:
                return "too much in flight";
            case errc::storage_failed:
                return "the local disk does not take it";
            case errc::stopped:
                return "stopping";
            case errc::name_not_found:
                return "host name not found";
            case errc::cannot_connect:
                return "cannot connect";
            case errc::connect_timed_out:
                return "no connection in time";
            case errc::tls_failed:
                return "no TLS connection";
            case errc::bad_certificate:
                return "the server's certificate is refused";
            case errc::answer_timed_out:
                return "no whole answer in time";
            case errc::answer_broken:
                return "answer broken off, or not HTTP";
            case errc::answer_too_large:
                return "answer too large";
            case errc::answer_encoded:
                return "answer in a content encoding that was not asked for";
            case errc::unsendable_request:
                return "request cannot be written as HTTP";
            case errc::host_refused:
                return "downloads from this host are not allowed";
            case errc::address_refused:
                return "the host's address is not a public one";
        }
        return "unknown error";
    }
};

}  // namespace

const boost::system::error_category& rollcall_category()
{
    static const category instance;
    return instance;
}

reaction classify(const error_code& ec)
{
    if (!ec)
        return reaction::none;
    if (ec.category() != rollcall_category())
        return reaction::reject;
    switch (static_cast<errc>(ec.value())) {
        case errc::ok:
            return reaction::none;
        case errc::unknown_source:
        case errc::missing_signature:
        case errc::bad_signature:
        case errc::stale_signature:
        case errc::bad_token:
        case errc::bad_header:
        case errc::not_json:
        case errc::duplicate_key:
        case errc::too_deep:
        case errc::bad_encoding:
        case errc::missing_field:
        case errc::wrong_type:
        case errc::bad_time:
        case errc::unknown_value:
        case errc::beyond_window:
        case errc::bad_record:
        case errc::given_up:
        case errc::kafka_rejected:
        case errc::answer_too_large:
        case errc::answer_encoded:
        case errc::unsendable_request:
        case errc::host_refused:
        case errc::address_refused:
            return reaction::reject;
        case errc::name_not_found:
        case errc::cannot_connect:
        case errc::connect_timed_out:
        case errc::tls_failed:
        case errc::bad_certificate:
        case errc::answer_timed_out:
        case errc::answer_broken:
        case errc::overloaded:
        case errc::storage_failed:
        case errc::kafka_retriable:
            return reaction::retry;
        case errc::kafka_abortable:
            return reaction::abort;
        case errc::kafka_fenced:
        case errc::kafka_timed_out:
        case errc::kafka_fatal:
            return reaction::renew;
        case errc::stopped:
            return reaction::fatal;
    }
    return reaction::fatal;
}

}  // namespace rollcall
