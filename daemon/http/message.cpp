#include "http/message.hpp"

#include <algorithm>

namespace rollcall::http {
namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && std::ranges::equal(a, b, {}, lower, lower);
}

request::found request::find(std::string_view name) const
{
    found result;
    for (const auto& f : fields)
        if (equal_ignoring_case(f.name, name) && ++result.count == 1)
            result.value = f.value;
    return result;
}

}  // namespace rollcall::http
