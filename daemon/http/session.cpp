#include "http/session.hpp"

#include "core/log.hpp"
#include "http/plain_stream.hpp"
#include "http/render.hpp"
#include "http/request_reader.hpp"
#include "http/tls_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;

constexpr auto nothrow = asio::as_tuple(asio::deferred);

constexpr std::string_view go_ahead = "HTTP/1.1 100 Continue\r\n\r\n";

const stage_log& http_log()
{
    static const stage_log log{"http"};
    return log;
}

response one_line(unsigned status, std::string_view line)
{
    response made;
    made.status = status;
    made.body.append(line).append("\n");
    return made;
}

// The same for both kinds of streams, made twice: over plain TCP no call is decided at run time.
template <class Stream>
class session_over final : public session, private deadline {
public:
    session_over(surroundings& around, Stream connection, const asio::ip::tcp::endpoint& peer);

    asio::awaitable<void> run() override;
    asio::awaitable<void> turn_away() override;
    void stop_if_idle() override;
    void cut() override;

private:
    enum class verdict { go_on, refuse_slowness, refuse_truncation, close };

    asio::awaitable<bool> agree();
    asio::awaitable<void> refuse(unsigned status, std::string_view line);
    asio::awaitable<bool> send(std::string_view bytes);
    asio::awaitable<void> linger();
    /// Sends what the socket takes without waiting and drops it from `bytes`. False: the connection
    /// is broken.
    bool send_now(std::string_view& bytes);
    verdict judge_failed_read(const boost::system::error_code& ec);
    void count_failed_handshake(const boost::system::error_code& ec);
    void prepare_answer(const response& answer, bool keep_alive);
    wait next_wait() const;
    void wait_for(wait what);
    void wait_over();
    void expired() override;

    surroundings& around_;
    Stream stream_;
    asio::ip::tcp::endpoint peer_;
    request_reader reader_;
    std::string outgoing_;
    std::optional<wait> waiting_;
    bool late_ = false;  // the wait's deadline has passed
    bool cut_ = false;
    bool asked_before_ = false;  // at least one request has come whole
};

template <class Stream>
session_over<Stream>::session_over(
    surroundings& around, Stream connection, const asio::ip::tcp::endpoint& peer
)
    : around_{around}, stream_{std::move(connection)}, peer_{peer}, reader_{around.allowed, peer}
{
}

// No co_await in a condition: g++ 12 then resumes the awaiting coroutine at a point that it does
// not have.
template <class Stream>
asio::awaitable<void> session_over<Stream>::run()
{
    const bool agreed = co_await agree();
    if (!agreed)
        co_return;
    auto progress = request_reader::progress::need_head;
    for (;;) {
        while (progress == request_reader::progress::need_head ||
               progress == request_reader::progress::need_body) {
            if (reader_.take_continue()) {
                const bool sent = co_await send(go_ahead);
                if (!sent)
                    co_return stream_.close();
            }
            wait_for(next_wait());
            const auto room = reader_.room();
            auto [ec, received] =
                co_await stream_.read_some(asio::buffer(room.data(), room.size()));
            // The deadline may have passed while nothing was there to be cancelled.
            if (!ec && late_ && !reader_.between_requests())
                ec = asio::error::operation_aborted;
            if (ec) {
                const auto judged = judge_failed_read(ec);
                if (judged == verdict::go_on)
                    continue;
                if (judged == verdict::refuse_slowness)
                    co_await refuse(408, "request too slow");
                else if (judged == verdict::refuse_truncation)
                    co_await refuse(400, "request incomplete");
                co_return stream_.close();
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
            co_return stream_.close();
        if (!keep_alive)
            co_return co_await linger();
        reader_.next();
        progress = reader_.advance();
    }
}

// True where there is nothing to agree on, too. Otherwise the connection has ended.
template <class Stream>
asio::awaitable<bool> session_over<Stream>::agree()
{
    if constexpr (Stream::encrypted) {
        wait_for(around_.stopping ? wait::linger : wait::handshake);
        const auto ec = co_await stream_.shake_hands();
        if (!ec) {
            wait_over();
            around_.counted.handshakes.fetch_add(1, std::memory_order_relaxed);
            co_return true;
        }
        if (cut_)
            co_return false;
        count_failed_handshake(ec);
        if (ec == errc::tls_failed)  // the client is to hear why
            co_await linger();
        wait_over();
        stream_.close();
        co_return false;
    }
    co_return true;
}

template <class Stream>
void session_over<Stream>::count_failed_handshake(const boost::system::error_code& ec)
{
    if constexpr (Stream::encrypted) {
        // Whoever only looks whether the port is open has not tried to speak.
        if (!late_ && !stream_.heard())
            return;
        around_.counted.failed_handshakes.fetch_add(1, std::memory_order_relaxed);
        const auto since = around_.failures.failed(std::chrono::steady_clock::now());
        if (!since)
            return;
        const auto why = late_                       ? std::string{"too slow"}
                         : stream_.trouble().empty() ? ec.message()
                                                     : stream_.trouble();
        http_log().warn(
            "TLS handshakes fail",
            {{"failed", *since}, {"peer", peer_.address().to_string()}, {"last", why}}
        );
    }
}

template <class Stream>
asio::awaitable<void> session_over<Stream>::turn_away()
{
    const bool agreed = co_await agree();
    if (!agreed)
        co_return;
    auto answer = one_line(503, "too many connections");
    answer.fields.emplace_back("Retry-After", "1");
    outgoing_.clear();
    render(outgoing_, answer, connection_field::close, false);
    const bool sent = co_await send(outgoing_);
    if (sent)
        co_await linger();
}

template <class Stream>
void session_over<Stream>::prepare_answer(const response& answer, bool keep_alive)
{
    auto connection = connection_field::close;
    if (keep_alive)
        connection = reader_.is_http_1_0() ? connection_field::keep_alive : connection_field::none;
    outgoing_.clear();
    render(outgoing_, answer, connection, reader_.current().method == "HEAD");
}

template <class Stream>
asio::awaitable<void> session_over<Stream>::refuse(unsigned status, std::string_view line)
{
    around_.counted.refused.fetch_add(1, std::memory_order_relaxed);
    outgoing_.clear();
    render(outgoing_, one_line(status, line), connection_field::close, false);
    const bool sent = co_await send(outgoing_);
    if (sent)
        co_await linger();
}

template <class Stream>
bool session_over<Stream>::send_now(std::string_view& bytes)
{
    boost::system::error_code ec;
    bytes.remove_prefix(stream_.write_now(bytes, ec));
    return !ec || ec == asio::error::would_block;
}

template <class Stream>
asio::awaitable<bool> session_over<Stream>::send(std::string_view bytes)
{
    if (!send_now(bytes))
        co_return false;
    if (bytes.empty())
        co_return true;
    wait_for(wait::write);
    const auto [ec, sent] = co_await stream_.write(bytes);
    wait_over();
    if (ec)
        around_.counted.cut.fetch_add(1, std::memory_order_relaxed);
    co_return !ec;
}

// Closing with unread bytes would reset the connection and take the answer from a client that is
// still sending. So what it sends is read and thrown away until it closes too, or the deadline.
template <class Stream>
asio::awaitable<void> session_over<Stream>::linger()
{
    boost::system::error_code gone;
    stream_.end(gone);
    wait_for(wait::linger);
    while (!gone) {
        const auto [ec, received] =
            co_await stream_.socket().async_read_some(asio::buffer(around_.discarded), nothrow);
        gone = ec;
    }
    wait_over();
    stream_.close();
}

template <class Stream>
typename session_over<Stream>::verdict session_over<Stream>::judge_failed_read(
    const boost::system::error_code& ec
)
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
    return idle && !stream_.has_more() ? verdict::close : verdict::go_on;
}

// A client that has just connected has its first request on the way, and cannot know that it would
// come too late: it is waited for, though not for as long as otherwise.
template <class Stream>
void session_over<Stream>::stop_if_idle()
{
    boost::system::error_code gone;
    if (waiting_ == wait::idle && asked_before_)
        stream_.socket().cancel(gone);
    else if (waiting_ == wait::idle || waiting_ == wait::handshake)
        wait_for(wait::linger);
}

template <class Stream>
void session_over<Stream>::cut()
{
    cut_ = true;
    stream_.close();
    cancel_.emit(asio::cancellation_type::terminal);
}

// While stopping nobody is waited for as long as otherwise.
template <class Stream>
wait session_over<Stream>::next_wait() const
{
    if (reader_.between_requests())
        return around_.stopping ? wait::linger : wait::idle;
    return reader_.needs_body() ? wait::body : wait::header;
}

// The deadline stands from when this wait begins: more bytes of the same head or body do not move
// it.
template <class Stream>
void session_over<Stream>::wait_for(wait what)
{
    if (waiting_ == what && !late_)
        return;
    waiting_ = what;
    late_ = false;
    around_.deadlines.begin(*this, what);
}

template <class Stream>
void session_over<Stream>::wait_over()
{
    waiting_.reset();
    around_.deadlines.end(*this);
}

template <class Stream>
void session_over<Stream>::expired()
{
    late_ = true;
    boost::system::error_code gone;
    if (waiting_ == wait::write || waiting_ == wait::linger)
        stream_.close();
    else
        stream_.socket().cancel(gone);
}

}  // namespace

std::shared_ptr<session> make_session(
    surroundings& around,
    session::socket connection,
    const asio::ip::tcp::endpoint& peer,
    const tls_context& with
)
{
    boost::system::error_code gone;  // a connection that is gone already shows on the first read
    connection.set_option(asio::ip::tcp::no_delay{true}, gone);
    connection.non_blocking(true, gone);
    if (with)
        return std::make_shared<session_over<tls_stream>>(
            around, tls_stream{std::move(connection), *with}, peer
        );
    return std::make_shared<session_over<plain_stream>>(
        around, plain_stream{std::move(connection)}, peer
    );
}

}  // namespace rollcall::http
