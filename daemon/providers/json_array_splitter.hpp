#pragma once

#include "core/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

/// What a `json_array_splitter` takes; whatever is larger is no file of a provider's but an attack.
struct array_limits {
    std::size_t elements = 1'000'000;
    std::size_t element_bytes = 64 * 1024;
    unsigned depth = 32;  ///< within an element, at most 64

    bool operator==(const array_limits&) const = default;
};

/// Cuts a JSON array into its elements while it comes, in pieces of any size: it holds no more than
/// the one element that has begun. Looks only for where elements end; whether one is JSON inside is
/// for whoever reads it. One thread at a time.
class json_array_splitter {
public:
    /// One element, byte for byte, or why it is passed over.
    struct element {
        std::string text;
        std::uint64_t number = 0;  ///< from 0
        std::uint64_t byte = 0;    ///< where in the array's text it begins
        errc fault = errc::ok;  ///< otherwise `text` is empty: `too_deep`, or `unknown_value` for
                                ///< one that is too long
    };

    explicit json_array_splitter(const array_limits& allowed) : allowed_{allowed} {}

    /// The elements that these bytes complete. A fault, with the byte: this is no array, or it has
    /// too many elements; nothing more can be taken.
    result<std::vector<element>, fault> take(std::string_view bytes);
    /// Nothing more comes. A fault: the array is not closed.
    result<void, fault> finish() const;

    /// How many bytes have been taken.
    std::uint64_t position() const { return position_; }
    /// How much of an element is held.
    std::size_t held() const { return current_.text.capacity(); }

private:
    enum class place : std::uint8_t {
        before,     // the opening bracket
        first,      // an element, or the closing bracket
        separator,  // a comma, or the closing bracket
        next,       // an element
        in_scalar,  // a number or a literal, or garbage: up to what ends it
        in_string,  // outermost or not
        in_container,
        after,  // the closing bracket: white space
        broken,
    };

    bool step(char c, std::vector<element>& done);
    bool between(char c);
    bool begin(char c);
    void in_scalar(char c, std::vector<element>& done);
    void in_string(char c, std::vector<element>& done);
    bool in_container(char c, std::vector<element>& done);
    void open(char c);
    bool close(char c, std::vector<element>& done);
    void keep(char c);
    void complete(std::vector<element>& done);

    array_limits allowed_;
    place at_ = place::before;
    std::uint64_t position_ = 0;
    std::uint64_t elements_ = 0;
    errc why_ = errc::not_json;
    element current_;
    unsigned depth_ = 0;
    std::uint64_t objects_ = 0;  // of the open containers, a bit each: it is an object
    bool escaped_ = false;
};

}  // namespace rollcall
