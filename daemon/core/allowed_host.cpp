#include "core/allowed_host.hpp"

#include <algorithm>

namespace rollcall {

bool allowed_host::admits(const base_url& url) const
{
    if (url.tls != origin.tls || url.port != origin.port)
        return false;
    if (!below)
        return url.host == origin.host;
    return url.host.size() > origin.host.size() + 1 && url.host.ends_with(origin.host) &&
           url.host[url.host.size() - origin.host.size() - 1] == '.';
}

boost::system::result<allowed_host, url_fault> parse_allowed_host(std::string_view text)
{
    allowed_host made;
    made.trusted = text.find("://") != std::string_view::npos;
    std::string url{text};
    if (!made.trusted) {
        constexpr std::string_view any = "*.";
        made.below = text.starts_with(any);
        text.remove_prefix(made.below ? any.size() : 0);
        url = "https://" + std::string{text};
    }
    const auto origin = parse_base_url(url);
    if (!origin)
        return origin.error();
    if (!origin->path.empty())
        return url_fault{"has a path"};
    if (!made.trusted && origin->port != base_url{}.port)
        return url_fault{"has a port, for which it needs a scheme"};
    if (made.below && origin->host.find('.') == std::string::npos)
        return url_fault{"allows a whole top-level domain"};
    made.origin = *origin;
    return made;
}

boost::system::result<absolute_url, url_fault> split_url(std::string_view text)
{
    const auto scheme = text.find("://");
    const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    const auto end = std::min(text.find_first_of("/?#", begin), text.size());
    const auto origin = parse_base_url(text.substr(0, end));
    if (!origin)
        return origin.error();
    absolute_url made{*origin, std::string{text.substr(end)}};
    if (made.target.find('#') != std::string::npos)
        return url_fault{"has a fragment"};
    if (!made.target.starts_with('/'))
        made.target.insert(0, 1, '/');
    return made;
}

}  // namespace rollcall
