#include "providers/json_array_splitter.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {
namespace {

constexpr unsigned most_depth = 64;  // the bits of `objects_`

bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

result<std::vector<json_array_splitter::element>, fault> json_array_splitter::take(
    std::string_view bytes
)
{
    std::vector<element> done;
    for (const char c : bytes) {
        if (at_ == place::broken || !step(c, done)) {
            at_ = place::broken;
            return fault{why_, "byte " + std::to_string(position_)};
        }
        ++position_;
    }
    return done;
}

result<void, fault> json_array_splitter::finish() const
{
    if (at_ == place::after)
        return {};
    return fault{errc::not_json, "byte " + std::to_string(position_)};
}

bool json_array_splitter::step(char c, std::vector<element>& done)
{
    if (at_ == place::in_scalar) {
        in_scalar(c, done);
        return at_ == place::in_scalar || between(c);
    }
    switch (at_) {
        case place::in_string:
            in_string(c, done);
            return true;
        case place::in_container:
            return in_container(c, done);
        default:
            return between(c);
    }
}

// Outside of any element.
bool json_array_splitter::between(char c)
{
    if (is_space(c))
        return true;
    switch (at_) {
        case place::before:
            at_ = place::first;
            return c == '[';
        case place::separator:
            at_ = c == ']' ? place::after : place::next;
            return c == ']' || c == ',';
        case place::first:
            if (c != ']')
                return begin(c);
            at_ = place::after;
            return true;
        case place::next:
            return begin(c);
        default:
            return false;
    }
}

bool json_array_splitter::begin(char c)
{
    if (elements_ == allowed_.elements) {
        why_ = errc::unknown_value;
        return false;
    }
    if (c == ',' || c == ']' || c == '}' || c == ':')
        return false;
    current_.number = elements_++;
    current_.byte = position_;
    keep(c);
    if (c == '{' || c == '[')
        open(c);
    else
        at_ = c == '"' ? place::in_string : place::in_scalar;
    return true;
}

// What ends it is not taken.
void json_array_splitter::in_scalar(char c, std::vector<element>& done)
{
    if (c == ',' || c == ']' || is_space(c))
        complete(done);
    else
        keep(c);
}

void json_array_splitter::in_string(char c, std::vector<element>& done)
{
    keep(c);
    if (std::exchange(escaped_, false))
        return;
    if (c == '\\')
        escaped_ = true;
    else if (c == '"' && depth_ == 0)
        complete(done);
    else if (c == '"')
        at_ = place::in_container;
}

bool json_array_splitter::in_container(char c, std::vector<element>& done)
{
    keep(c);
    if (c == '"')
        at_ = place::in_string;
    else if (c == '{' || c == '[')
        open(c);
    else if (c == '}' || c == ']')
        return close(c, done);
    return true;
}

// Beyond the limit nothing is kept of the element, and brackets are only counted.
void json_array_splitter::open(char c)
{
    at_ = place::in_container;
    if (depth_ >= std::min(allowed_.depth, most_depth)) {
        current_.fault = errc::too_deep;
    } else {
        const auto bit = std::uint64_t{1} << depth_;
        objects_ = c == '{' ? objects_ | bit : objects_ & ~bit;
    }
    ++depth_;
}

bool json_array_splitter::close(char c, std::vector<element>& done)
{
    --depth_;
    if (depth_ < std::min(allowed_.depth, most_depth)) {
        const bool is_object = (objects_ >> depth_ & 1) != 0;
        if (is_object != (c == '}'))
            return false;
    }
    if (depth_ == 0)
        complete(done);
    return true;
}

void json_array_splitter::keep(char c)
{
    if (current_.fault == errc::ok && current_.text.size() == allowed_.element_bytes)
        current_.fault = errc::unknown_value;
    if (current_.fault == errc::ok)
        current_.text += c;
}

void json_array_splitter::complete(std::vector<element>& done)
{
    if (current_.fault != errc::ok)
        current_.text.clear();
    done.push_back(std::exchange(current_, {}));
    at_ = place::separator;
}

}  // namespace rollcall
