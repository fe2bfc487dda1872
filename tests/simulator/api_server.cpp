#include "simulator/api_server.hpp"

#include "simulator/calendar.hpp"
#include "simulator/rate_limit.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <charconv>
#include <exception>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <tuple>

namespace rollcall::simulator {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view inside = "/inside";  ///< where the hostile redirect leads
constexpr std::chrono::minutes longest_idle{5};

void rethrow(const std::exception_ptr& bug)
{
    if (bug)
        std::rethrow_exception(bug);
}

tcp::endpoint parse_endpoint(const std::string& address)
{
    const auto colon = address.rfind(':');
    std::uint16_t port = 0;
    const auto* begin = address.data() + (colon == std::string::npos ? address.size() : colon + 1);
    const auto* end = address.data() + address.size();
    const auto [rest, ec] = std::from_chars(begin, end, port);
    if (ec != std::errc{} || rest != end)
        throw std::invalid_argument{"not an IP address and a port: " + address};
    auto host = address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    error_code bad;
    const auto ip = asio::ip::make_address(host, bad);
    if (bad)
        throw std::invalid_argument{"not an IP address and a port: " + address};
    return {ip, port};
}

instant now()
{
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

api_request read_request(const http::request<http::string_body>& from)
{
    api_request asked;
    asked.method = from.method_string();
    asked.target = from.target();
    if (const auto at = from.find(http::field::authorization); at != from.end())
        asked.authorization = std::string{at->value()};
    if (const auto at = from.find(http::field::accept); at != from.end())
        asked.accept = std::string{at->value()};
    asked.body = from.body();
    return asked;
}

std::string head_of(const api_answer& answer, instant date)
{
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " " +
                       std::string{http::obsolete_reason(http::int_to_status(answer.status))} +
                       "\r\nDate: " + http_date(date) + "\r\nContent-Type: " + answer.content_type;
    for (const auto& [name, content] : answer.headers)
        text.append("\r\n").append(name).append(": ").append(content);
    return text;
}

}  // namespace

struct api_server::state {
    std::unique_ptr<api> answers;
    api_options options;
    fault_chance chance;
    std::optional<rate_limit> limit{};
    bool date_next = false;  ///< of alternating forms of `Retry-After`
    std::uint64_t at_once = 0;
    mutable std::mutex shared{};  ///< over `answers`, `chance`, `options.faults` and `counted`
    api_counts counted{};
    asio::io_context io{1};  // last but for what runs on it: sessions use what stands before it
    tcp::acceptor acceptor{io};
    std::jthread thread{};

    state(std::unique_ptr<api> from, api_options how)
        : answers{std::move(from)}, options{std::move(how)}, chance{options.faults, options.seed}
    {
        if (options.limit != 0)
            limit.emplace(options.limit, options.limit_window);
    }

    asio::awaitable<void> listen()
    {
        for (;;) {
            auto [ec, socket] = co_await acceptor.async_accept(nothrow);
            if (ec) {  // descriptors ran out, or the peer went: the next one may do better
                asio::steady_timer pause{io, milliseconds{10}};
                co_await pause.async_wait(nothrow);
                continue;
            }
            error_code ignored;  // slower without it, not wrong
            socket.set_option(tcp::no_delay{true}, ignored);
            asio::co_spawn(io, serve(beast::tcp_stream{std::move(socket)}), rethrow);
        }
    }

    asio::awaitable<void> serve(beast::tcp_stream stream)
    {
        beast::flat_buffer buffer;
        for (bool goes_on = true; goes_on;) {
            http::request<http::string_body> request;
            stream.expires_after(longest_idle);
            const auto [read_ec, size] =
                co_await http::async_read(stream, buffer, request, nothrow);
            if (read_ec)
                co_return;
            const auto asked = read_request(request);
            if (options.on_request)
                options.on_request(asked);
            begin_request(asked);
            goes_on = co_await respond(stream, asked, request.keep_alive() && options.keep_alive);
            --at_once;
        }
        error_code ignored;  // the client may have gone first
        stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    }

    void begin_request(const api_request& asked)
    {
        const std::lock_guard lock{shared};
        ++counted.requests;
        ++counted.by_path[std::string{answers->path_class(asked)}];
        counted.followed += asked.target == inside ? 1 : 0;
        counted.leaked += answers->is_without_key(asked) && asked.authorization ? 1 : 0;
        counted.most_at_once = std::max(counted.most_at_once, ++at_once);
    }

    /// What an answer that is none of the usual ones is made of.
    struct decision {
        api_fault fault = api_fault::none;
        api_answer answer;
        milliseconds slow_span{};
        instant date{};
        hostility hostile = hostility::none;
    };

    decision decide(const api_request& asked)
    {
        const std::lock_guard lock{shared};
        const auto at = std::chrono::steady_clock::now();
        decision made;
        made.date = answers->clock(at, now());
        if (!answers->is_authorised(asked)) {
            ++counted.refused;
            made.answer = answers->answer(asked, at, hostility::none);
            return made;
        }
        auto wait = limit ? limit->refuse(at) : std::nullopt;
        if (!wait)
            wait = answers->over_limit(asked, at);
        if (wait) {
            ++counted.over_limit;
            made.answer = throttle(std::chrono::ceil<std::chrono::seconds>(*wait), made.date);
            return made;
        }
        made.hostile = options.hostile;
        counted.hostile += made.hostile != hostility::none ? 1 : 0;
        made.fault = chance.next();
        made.slow_span = options.faults.slow_span;
        if (made.fault != api_fault::none)
            ++counted.by_fault[std::string{to_string(made.fault)}];
        if (made.fault == api_fault::throttled)
            made.answer = throttle(options.faults.retry_after, made.date);
        else if (made.fault == api_fault::failed)
            made.answer = answers->failed();
        else
            made.answer = answers->answer(asked, at, made.hostile);
        if (made.fault == api_fault::broken)
            made.answer.body.resize(made.answer.body.size() / 2);
        return made;
    }

    api_answer throttle(std::chrono::seconds wait, instant date)
    {
        auto answer = answers->throttled(wait);
        const auto form = options.faults.form;
        const bool as_date =
            form == retry_form::date || (form == retry_form::alternating && date_next);
        date_next = !date_next;
        answer.headers.emplace_back(
            "Retry-After", as_date ? http_date(date + wait) : std::to_string(wait.count())
        );
        return answer;
    }

    /// True where the connection goes on.
    asio::awaitable<bool> respond(beast::tcp_stream& stream, const api_request& asked, bool goes_on)
    {
        const auto made = decide(asked);
        if (made.fault == api_fault::silent) {
            co_await wait_for_end(stream);
            co_return false;
        }
        if (made.fault == api_fault::reset) {
            error_code ignored;  // then it ends with less noise
            stream.socket().set_option(asio::socket_base::linger{true, 0}, ignored);
            stream.socket().close(ignored);
            co_return false;
        }
        if (made.hostile == hostility::redirect)
            co_return co_await send(stream, asked, redirected(), made, goes_on);
        if (made.hostile == hostility::huge_body) {
            co_await send_huge_body(stream, made);
            co_return false;
        }
        if (made.hostile == hostility::endless_header) {
            co_await send_endless_header(stream, made);
            co_return false;
        }
        co_return co_await send(stream, asked, made.answer, made, goes_on);
    }

    /// Until the client has closed, or sends what it should not.
    static asio::awaitable<void> wait_for_end(beast::tcp_stream& stream)
    {
        stream.expires_never();  // the client's patience ends it, or the server's end
        char byte = 0;
        co_await stream.async_read_some(asio::buffer(&byte, 1), nothrow);
    }

    api_answer redirected() const
    {
        api_answer answer;
        answer.status = 302;
        answer.content_type = "text/html; charset=utf-8";
        answer.headers.emplace_back(
            "Location",
            options.redirect_to.empty() ? url() + std::string{inside} : options.redirect_to
        );
        return answer;
    }

    asio::awaitable<bool> send(
        beast::tcp_stream& stream,
        const api_request& asked,
        api_answer answer,
        const decision& how,
        bool goes_on
    )
    {
        std::string text = head_of(answer, how.date);
        text += "\r\nContent-Length: " + std::to_string(answer.body.size());
        text += goes_on ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
        const bool drips = how.fault == api_fault::slow;
        const bool has_body = asked.method != "HEAD";
        if (has_body && !drips)
            text += answer.body;
        stream.expires_after(longest_idle);
        const auto [ec, sent] = co_await asio::async_write(stream, asio::buffer(text), nothrow);
        if (ec)
            co_return false;
        if (has_body && drips)
            co_return co_await drip(stream, answer.body, how.slow_span) && goes_on;
        co_return goes_on;
    }

    /// A body in twenty pieces, evenly over that time.
    static asio::awaitable<bool> drip(
        beast::tcp_stream& stream, const std::string& body, milliseconds span
    )
    {
        constexpr std::size_t pieces = 20;
        asio::steady_timer pause{stream.get_executor()};
        const auto size = std::max<std::size_t>(1, (body.size() + pieces - 1) / pieces);
        for (std::size_t at = 0; at < body.size(); at += size) {
            pause.expires_after(span / pieces);
            co_await pause.async_wait(nothrow);
            const auto piece = asio::buffer(body) + at;
            const auto [ec, sent] =
                co_await asio::async_write(stream, asio::buffer(piece, size), nothrow);
            if (ec)
                co_return false;
        }
        co_return true;
    }

    static asio::awaitable<void> send_huge_body(beast::tcp_stream& stream, const decision& how)
    {
        constexpr std::size_t chunk = 65'536;
        constexpr std::size_t chunks = (std::size_t{1} << 30U) / chunk;
        api_answer answer;
        const auto head = head_of(answer, how.date) + "\r\nTransfer-Encoding: chunked\r\n\r\n";
        const auto piece = "10000\r\n" + std::string(chunk, ' ') + "\r\n";
        stream.expires_after(longest_idle);
        auto [ec, sent] = co_await asio::async_write(stream, asio::buffer(head), nothrow);
        for (std::size_t i = 0; i < chunks && !ec; ++i)
            std::tie(ec, sent) = co_await asio::async_write(stream, asio::buffer(piece), nothrow);
    }

    static asio::awaitable<void> send_endless_header(beast::tcp_stream& stream, const decision& how)
    {
        api_answer answer;
        const auto head = head_of(answer, how.date) + "\r\n";
        const auto field = "X-More: " + std::string(1'000, 'a') + "\r\n";
        stream.expires_after(longest_idle);
        auto [ec, sent] = co_await asio::async_write(stream, asio::buffer(head), nothrow);
        while (!ec)
            std::tie(ec, sent) = co_await asio::async_write(stream, asio::buffer(field), nothrow);
    }

    std::string url() const
    {
        const auto at = acceptor.local_endpoint();
        const auto host = at.address().to_string();
        return "http://" + (at.address().is_v6() ? "[" + host + "]" : host) + ":" +
               std::to_string(at.port());
    }
};

std::string to_text(const api_counts& of)
{
    std::string text = "api_requests=" + std::to_string(of.requests);
    const auto add = [&](const std::string& name, std::uint64_t count) {
        text += " api_" + name + "=" + std::to_string(count);
    };
    for (const auto& [name, count] : of.by_path)
        add("path_" + name, count);
    for (const auto& [name, count] : of.by_fault)
        add("fault_" + name, count);
    add("refused", of.refused);
    add("leaked", of.leaked);
    add("over_limit", of.over_limit);
    add("hostile", of.hostile);
    add("followed", of.followed);
    add("most_at_once", of.most_at_once);
    return text;
}

api_server::api_server(std::unique_ptr<api> answers, api_options options)
    : state_{std::make_unique<state>(std::move(answers), std::move(options))}
{
    const auto at = parse_endpoint(state_->options.address);
    state_->acceptor.open(at.protocol());
    state_->acceptor.set_option(tcp::acceptor::reuse_address{true});
    state_->acceptor.bind(at);
    state_->acceptor.listen();
    state_->answers->serve_at(state_->url());
    asio::co_spawn(state_->io, state_->listen(), rethrow);
    state_->thread = std::jthread{[io = &state_->io] { io->run(); }};
}

api_server::~api_server()
{
    state_->io.stop();
    state_->thread.join();
}

std::string api_server::url() const
{
    return state_->url();
}

void api_server::show(const performance& what, steady_time begin, bool at_once)
{
    const std::lock_guard lock{state_->shared};
    state_->answers->show(what, begin, at_once);
}

void api_server::change_faults(const api_faults& to)
{
    const std::lock_guard lock{state_->shared};
    state_->options.faults = to;
    state_->chance = fault_chance{to, state_->options.seed};
}

void api_server::give_up_endpoint(const std::string& id)
{
    const std::lock_guard lock{state_->shared};
    state_->answers->give_up_endpoint(id);
}

api_counts api_server::counts() const
{
    const std::lock_guard lock{state_->shared};
    return state_->counted;
}

}  // namespace rollcall::simulator
