#include "ops/passed_sockets.hpp"

#include "ops/decimal.hpp"

#include <algorithm>
#include <string_view>

namespace rollcall {
namespace {

constexpr int first_descriptor = 3;  // SD_LISTEN_FDS_START
constexpr int most_sockets = 1'024;

}  // namespace

std::vector<passed_socket> passed_sockets(
    const std::function<std::string(const std::string& name)>& variable, int own_id
)
{
    std::vector<passed_socket> sockets;
    const auto count = parse_decimal(variable("LISTEN_FDS")).value_or(0);
    if (parse_decimal(variable("LISTEN_PID")) != own_id || count <= 0 || count > most_sockets)
        return sockets;
    const auto names = variable("LISTEN_FDNAMES");
    std::string_view rest = names;
    for (int n = 0; n < count; ++n) {
        const auto name = rest.substr(0, rest.find(':'));
        sockets.push_back({first_descriptor + n, names.empty() ? "hooks" : std::string{name}});
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    }
    return sockets;
}

}  // namespace rollcall
