#pragma once

#include "core/intake_record.hpp"
#include "providers/json_pointer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::standard_webhooks {

inline constexpr std::string_view structured_type = "application/cloudevents+json";
inline constexpr std::string_view batch_type = "application/cloudevents-batch+json";
inline constexpr std::string_view attribute_prefix = "ce-";

/// One event as a mapping sees it: a JSON object. A CloudEvent is seen in its JSON format, also
/// where its attributes came in headers, and with `data` in place of a `data_base64` that holds
/// JSON.
///
/// Made to be kept and read into again. One thread at a time.
class event_view {
public:
    /// A body that is any JSON object. The body outlives the use of the view, here and below.
    /// Faults as of `json_tree::parse`, or `errc::wrong_type`.
    result<void, fault> read_json(std::string_view body);

    /// A CloudEvent in structured or binary mode, as the `content-type` among `with` says; its
    /// attributes are the `ce-` headers among `with`. `where` is the JSON Pointer to what is wrong
    /// with it, or the header: `errc::bad_header`, `missing_field`, `wrong_type`, `unknown_value`
    /// (another specversion, both kinds of data, a batch), `bad_time`, or as of `json_tree::parse`.
    result<void, fault> read_cloudevent(std::string_view body, const headers& with);

    struct value {
        const json_tree* tree = nullptr;
        const json_node* node = nullptr;
    };
    /// Nothing where there is no such value, or null, which says the same.
    std::optional<value> find(const json_pointer& where) const;

private:
    result<void, fault> read_structured(std::string_view body);
    result<void, fault> read_binary(std::string_view body, const headers& with);
    result<void, fault> check_attributes() const;
    result<void, fault> decode_data();

    json_tree event_;  // without the data where those are apart
    json_tree data_;
    bool data_apart_ = false;
    std::string attributes_;  // what event_ was read from, in binary mode
    std::string decoded_;     // what data_ was read from, if that is not the body
};

/// The events of a batch, each as it stands in the body. `errc::not_json`, `wrong_type` where it is
/// no array of objects, `unknown_value` for more than `most_in_batch`.
inline constexpr std::size_t most_in_batch = 1'000;
result<std::vector<std::string_view>, fault> split_batch(std::string_view body);

}  // namespace rollcall::standard_webhooks
