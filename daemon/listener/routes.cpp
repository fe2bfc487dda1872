#include "listener/routes.hpp"

namespace rollcall {

std::optional<std::string_view> hook_source(std::string_view path)
{
    constexpr std::string_view prefix = "/hooks/";
    if (!path.starts_with(prefix))
        return std::nullopt;
    auto name = path.substr(prefix.size());
    if (name.ends_with('/'))
        name.remove_suffix(1);
    if (name.empty() || name.find('/') != std::string_view::npos)
        return std::nullopt;
    return name;
}

}  // namespace rollcall
