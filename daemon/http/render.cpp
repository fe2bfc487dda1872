#include "http/render.hpp"

#include <boost/beast/http/status.hpp>

#include <charconv>

namespace rollcall::http {
namespace {

void append_number(std::string& out, std::size_t number)
{
    char digits[20];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    out.append(std::begin(digits), end);
}

bool has_length(unsigned status)
{
    return status >= 200 && status != 204 && status != 304;
}

}  // namespace

void render(std::string& out, const response& answer, connection_field connection, bool to_head)
{
    out += "HTTP/1.1 ";
    append_number(out, answer.status);
    out += ' ';
    const auto reason =
        boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(answer.status));
    out.append(reason.data(), reason.size());
    for (const auto& [name, value] : answer.fields)
        out.append("\r\n").append(name).append(": ").append(value);
    if (!answer.body.empty())
        out.append("\r\nContent-Type: ").append(answer.content_type);
    if (has_length(answer.status)) {
        out += "\r\nContent-Length: ";
        append_number(out, answer.body.size());
    }
    if (connection == connection_field::close)
        out += "\r\nConnection: close";
    else if (connection == connection_field::keep_alive)
        out += "\r\nConnection: keep-alive";
    out += "\r\n\r\n";
    if (!to_head && has_length(answer.status))
        out += answer.body;
}

}  // namespace rollcall::http
