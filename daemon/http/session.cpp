#include "http/session.hpp"

#include "http/render.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;

// Deferred, not use_awaitable: awaited where it stands, without a coroutine frame of its own.
constexpr auto nothrow = asio::as_tuple(asio::deferred);

constexpr std::string_view go_ahead = "HTTP/1.1 100 Continue\r\n\r\n";

response one_line(unsigned status, std::string_view line)
{
    response made;
    made.status = status;
    made.body.append(line).append("\n");
    return made;
}

}  // namespace

session::session(surroundings& around, socket connection, asio::ip::tcp::endpoint peer)
    : around_{around}, socket_{std::move(connection)}, reader_{around.allowed, peer}
{
    boost::system::error_code gone;  // a connection that is gone already shows on the first read
    socket_.set_option(asio::ip::tcp::no_delay{true}, gone);
    socket_.non_blocking(true, gone);
}

// No co_await in a condition: g++ 12 then resumes the awaiting coroutine at a point that it does
// not have.
asio::awaitable<void> session::run()
{
    auto progress = request_reader::progress::need_head;
    for (;;) {
        while (progress == request_reader::progress::need_head ||
               progress == request_reader::progress::need_body) {
            if (reader_.take_continue()) {
                const bool sent = co_await send(go_ahead);
                if (!sent)
                    co_return close();
            }
            wait_for(next_wait());
            const auto room = reader_.room();
            const auto [ec, received] =
                co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), nothrow);
            if (ec) {
                const auto judged = judge_failed_read(ec);
                if (judged == verdict::go_on)
                    continue;
                if (judged == verdict::refuse_slowness)
                    co_await refuse(408, "request too slow");
                else if (judged == verdict::refuse_truncation)
                    co_await refuse(400, "request incomplete");
                co_return close();
            }
            reader_.received(received);
            progress = reader_.advance();
        }
        wait_over();
        if (progress == request_reader::progress::refused)
            co_return co_await refuse(reader_.why().status, reader_.why().line);

        asked_before_ = true;
        around_.counted.requests.fetch_add(1, std::memory_order_relaxed);
        const auto answer = co_await around_.answers.handle(reader_.current());
        const bool keep_alive = reader_.keep_alive() && !around_.stopping;
        prepare_answer(answer, keep_alive);
        std::string_view rest = outgoing_;
        bool sent =
            send_now(rest);  // nearly always all of it: no wait, no second trip through the loop
        if (sent && !rest.empty())
            sent = co_await send(rest);
        if (!sent)
            co_return close();
        if (!keep_alive)
            co_return co_await linger();
        reader_.next();
        progress = reader_.advance();
    }
}

asio::awaitable<void> session::turn_away()
{
    auto answer = one_line(503, "too many connections");
    answer.fields.emplace_back("Retry-After", "1");
    outgoing_.clear();
    render(outgoing_, answer, connection_field::close, false);
    const bool sent = co_await send(outgoing_);
    if (sent)
        co_await linger();
}

void session::prepare_answer(const response& answer, bool keep_alive)
{
    auto connection = connection_field::close;
    if (keep_alive)
        connection = reader_.is_http_1_0() ? connection_field::keep_alive : connection_field::none;
    outgoing_.clear();
    render(outgoing_, answer, connection, reader_.current().method == "HEAD");
}

asio::awaitable<void> session::refuse(unsigned status, std::string_view line)
{
    around_.counted.refused.fetch_add(1, std::memory_order_relaxed);
    outgoing_.clear();
    render(outgoing_, one_line(status, line), connection_field::close, false);
    const bool sent = co_await send(outgoing_);
    if (sent)
        co_await linger();
}

bool session::send_now(std::string_view& bytes)
{
    boost::system::error_code ec;
    const auto sent = socket_.write_some(asio::buffer(bytes), ec);
    bytes.remove_prefix(sent);
    return !ec || ec == asio::error::would_block;
}

asio::awaitable<bool> session::send(std::string_view bytes)
{
    if (!send_now(bytes))
        co_return false;
    if (bytes.empty())
        co_return true;
    wait_for(wait::write);
    const auto [ec, sent] = co_await asio::async_write(socket_, asio::buffer(bytes), nothrow);
    wait_over();
    if (ec)
        around_.counted.cut.fetch_add(1, std::memory_order_relaxed);
    co_return !ec;
}

// Closing with unread bytes would reset the connection and take the answer from a client that is
// still sending. So what it sends is read and thrown away until it closes too, or the deadline.
asio::awaitable<void> session::linger()
{
    boost::system::error_code gone;
    socket_.shutdown(asio::socket_base::shutdown_send, gone);
    wait_for(wait::linger);
    while (!gone) {
        const auto [ec, received] =
            co_await socket_.async_read_some(asio::buffer(around_.discarded), nothrow);
        gone = ec;
    }
    wait_over();
    close();
}

session::verdict session::judge_failed_read(const boost::system::error_code& ec)
{
    if (cut_)
        return verdict::close;
    const bool idle = reader_.between_requests();
    if (ec == asio::error::eof)
        return idle ? verdict::close : verdict::refuse_truncation;
    if (ec != asio::error::operation_aborted)
        return verdict::close;
    if (late_)
        return idle ? verdict::close : verdict::refuse_slowness;
    // Stopping. A request that has arrived in the meantime is still answered.
    boost::system::error_code unknown;
    return idle && socket_.available(unknown) == 0 ? verdict::close : verdict::go_on;
}

// A client that has just connected has its first request on the way, and cannot know that it would
// come too late: it is waited for, though not for as long as otherwise.
void session::stop_if_idle()
{
    boost::system::error_code gone;
    if (waiting_ != wait::idle)
        return;
    if (asked_before_)
        socket_.cancel(gone);
    else
        wait_for(wait::linger);
}

void session::cut()
{
    cut_ = true;
    close();
    cancel_.emit(asio::cancellation_type::terminal);
}

void session::close()
{
    boost::system::error_code gone;
    socket_.close(gone);
}

// While stopping nobody is waited for as long as otherwise.
wait session::next_wait() const
{
    if (reader_.between_requests())
        return around_.stopping ? wait::linger : wait::idle;
    return reader_.needs_body() ? wait::body : wait::header;
}

// The deadline stands from when this wait begins: more bytes of the same head or body do not move
// it.
void session::wait_for(wait what)
{
    if (waiting_ == what)
        return;
    waiting_ = what;
    late_ = false;
    around_.deadlines.begin(*this, what);
}

void session::wait_over()
{
    waiting_.reset();
    around_.deadlines.end(*this);
}

void session::expired()
{
    late_ = true;
    boost::system::error_code gone;
    if (waiting_ == wait::write || waiting_ == wait::linger)
        socket_.close(gone);
    else
        socket_.cancel(gone);
}

}  // namespace rollcall::http
