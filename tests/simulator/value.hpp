#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace rollcall::simulator {

/// A JSON value as a provider's program holds it: members keep their order, numbers keep their
/// token. Written apart from the daemon's JSON code on purpose: a mistake there must not be
/// repeated here.
class value {
public:
    struct number {
        std::string token;
    };
    using array = std::vector<value>;
    using member = std::pair<std::string, value>;
    using object = std::vector<member>;

    value() = default;  ///< null
    value(bool truth) : held_{truth} {}
    value(std::int64_t whole) : held_{number{std::to_string(whole)}} {}
    value(int whole) : value{std::int64_t{whole}} {}
    value(number token) : held_{std::move(token)} {}
    value(std::string text) : held_{std::move(text)} {}
    value(const char* text) : held_{std::string{text}} {}
    value(std::string_view text) : held_{std::string{text}} {}
    value(array items) : held_{std::move(items)} {}
    value(object members) : held_{std::move(members)} {}
    value(const std::optional<std::string>& text)
    {
        if (text)
            held_ = *text;
    }

    /// The value of a member; null where this is no object or has none of that name.
    const value* find(std::string_view name) const;
    /// What a string holds; empty for anything else.
    std::string_view text() const;

    /// An object's copy with one member's value replaced, in the same place. A value that is no
    /// object stays as it is.
    value with(std::string_view name, const value& replacement) const;

    template <class Visitor>
    auto visit(Visitor&& visitor) const
    {
        return std::visit(std::forward<Visitor>(visitor), held_);
    }

private:
    std::variant<std::nullptr_t, bool, number, std::string, array, object> held_ = nullptr;
};

/// What Python's `json.dumps` gives by default: `, ` and `: `, ASCII only, surrogate pairs for what
/// lies beyond the basic plane. Strings must be UTF-8.
std::string to_python_json(const value& of);

/// What Django REST framework renders: no white space, members in their order, raw UTF-8 but for
/// U+2028 and U+2029.
std::string to_compact_json(const value& of);

/// The form Attendee signs: no white space, keys sorted by their UTF-8 bytes at every depth,
/// non-ASCII raw.
std::string to_canonical_json(const value& of);

/// The members in the order PostgreSQL's `jsonb` returns them (shorter keys first, then by bytes),
/// one level deep.
value::object in_jsonb_order(value::object members);

}  // namespace rollcall::simulator
