#include "http/client.hpp"

#include "core/base_url.hpp"
#include "http/client_request.hpp"
#include "http/connection_pool.hpp"
#include "http/connector.hpp"
#include "http/exchange.hpp"
#include "http/tls.hpp"

#include <boost/asio/ssl/context.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;

base_url checked(const std::string& text)
{
    const auto url = parse_base_url(text);
    if (!url)
        throw std::invalid_argument{"the base URL " + std::string{url.error().what}};
    return *url;
}

}  // namespace

// Owned by the client and by every request in flight.
struct client::state {
    state(const asio::any_io_executor& executor, const client_options& options)
        : allowed{options},
          tls{tls_context(options)},
          host{executor, checked(options.base_url), tls ? &*tls : nullptr},
          idle{std::make_shared<connection_pool>(
              executor, allowed.idle_connections, allowed.idle_time
          )}
    {
    }

    static std::optional<asio::ssl::context> tls_context(const client_options& options)
    {
        if (!checked(options.base_url).tls)
            return std::nullopt;
        return options.pinned.empty() ? make_client_context(options.ca_file)
                                      : make_pinned_context(options.pinned);
    }
    answer_limits limits() const { return {allowed.header_bytes, allowed.body_bytes}; }
    /// The whole answer. The connection is put aside for the next request if it is good for one.
    asio::awaitable<result<client_answer>> complete(exchange& with, const std::string& request);
    error_code failed(const error_code& ec, std::string details);

    client_options allowed;
    std::optional<asio::ssl::context> tls;
    connector host;
    std::shared_ptr<connection_pool> idle;
    std::string trouble;
};

client::client(asio::any_io_executor on, const client_options& options)
    : state_{std::make_shared<state>(on, options)}
{
}

client::~client()
{
    stop();
}

asio::awaitable<result<client_answer>> client::get(std::string_view target, const headers& with)
{
    const client_request what{.target = target};
    return send(what, with);
}

asio::awaitable<result<client_answer>> client::send(const client_request& what, const headers& with)
{
    return ask(state_, render(state_->host.to(), what, with), repeatable(what.how));
}

void client::stop()
{
    state_->idle->clear();
    state_->host.stop();
}

const std::string& client::trouble() const
{
    return state_->trouble;
}

std::size_t client::idle_connections() const
{
    return state_->idle->size();
}

asio::awaitable<result<client_answer>> client::ask(
    std::shared_ptr<state> all, result<std::string> request, bool may_repeat
)
{
    if (!request)
        co_return request.error();
    if (auto kept = all->host.stopped() || !may_repeat ? nullptr : all->idle->take()) {
        exchange with{std::move(kept), all->limits()};
        auto answer = co_await all->complete(with, *request);
        if (answer || !with.closed_unasked(answer.error()))
            co_return answer;
    }
    auto made = co_await all->host.connect(all->allowed.connect_timeout);
    if (!made)
        co_return all->failed(made.error(), all->host.trouble());
    exchange with{std::move(*made), all->limits()};
    co_return co_await all->complete(with, *request);
}

asio::awaitable<result<client_answer>> client::state::complete(
    exchange& with, const std::string& request
)
{
    const auto until = std::chrono::steady_clock::now() + allowed.answer_timeout;
    auto ec = co_await with.send(request, until);
    while (!ec && !host.stopped() && !with.answer().complete())
        ec = co_await with.receive(until);
    if (host.stopped())
        co_return errc::stopped;
    if (ec)
        co_return failed(ec, with.trouble());
    if (auto connection = with.release())
        idle->put(std::move(connection));
    co_return with.answer().release();
}

error_code client::state::failed(const error_code& ec, std::string details)
{
    trouble = std::move(details);
    return ec;
}

}  // namespace rollcall::http
