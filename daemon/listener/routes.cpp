#include "listener/routes.hpp"

#include "http/message.hpp"

namespace rollcall {

std::optional<std::string_view> hook_source(std::string_view path)
{
    constexpr std::string_view prefix = "/hooks/";
    if (!path.starts_with(prefix))
        return std::nullopt;
    const auto name = path.substr(prefix.size());
    if (name.empty() || name.find('/') != std::string_view::npos)
        return std::nullopt;
    return name;
}

bool is_json(std::string_view content_type)
{
    const auto type = content_type.substr(0, content_type.find(';'));
    const auto last = type.find_last_not_of(" \t");
    return last != std::string_view::npos &&
           http::equal_ignoring_case(type.substr(0, last + 1), "application/json");
}

}  // namespace rollcall
