#include "http/client.hpp"

#include "core/base_url.hpp"
#include "http/address_lookup.hpp"
#include "http/answer_reader.hpp"
#include "http/client_connection.hpp"
#include "http/client_request.hpp"
#include "http/connection_pool.hpp"
#include "http/tls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/error.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr std::size_t read_bytes = 16UL * 1024;  // a TLS record

base_url checked(const std::string& text)
{
    const auto url = parse_base_url(text);
    if (!url)
        throw std::invalid_argument{"the base URL " + std::string{url.error().what}};
    return *url;
}

steady_time now()
{
    return std::chrono::steady_clock::now();
}

errc classified(const error_code& ec)
{
    if (ec == beast::error::timeout)
        return errc::answer_timed_out;
    return ec == asio::error::operation_aborted ? errc::stopped : errc::answer_broken;
}

}  // namespace

// Owned by the client and by every get in flight.
struct client::state {
    state(const asio::any_io_executor& executor, const client_options& options)
        : allowed{options},
          on{executor},
          to{checked(options.base_url)},
          lookup{on, to.host, to.port},
          idle{std::make_shared<connection_pool>(on, allowed.idle_connections, allowed.idle_time)}
    {
        if (to.tls)
            tls.emplace(make_client_context(allowed.ca_file));
    }

    using opened = result<std::unique_ptr<client_connection>>;
    asio::awaitable<opened> connect();
    asio::awaitable<opened> connect(endpoints to_one_of, steady_time until);
    /// One exchange on this connection, which is put aside for the next if it is good for one.
    asio::awaitable<result<client_answer>> ask(
        std::unique_ptr<client_connection>& by, const std::string& request, answer_reader& reader
    );
    /// Closed by the host, as it may close any kept connection: it has not seen the request.
    static bool closed_unasked(const error_code& ec, const answer_reader& reader)
    {
        return ec == errc::answer_broken && !reader.begun();
    }
    error_code failed(const error_code& ec, std::string details);

    client_options allowed;
    asio::any_io_executor on;
    base_url to;
    std::optional<asio::ssl::context> tls;
    address_lookup lookup;
    std::optional<asio::ip::tcp::endpoint> last_good;  // tried first next time
    boost::intrusive::list<client_connection, boost::intrusive::constant_time_size<false>> open;
    std::shared_ptr<connection_pool> idle;
    std::string trouble;
    bool stopped = false;
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
    return exchange(state_, render(state_->to, what, with), repeatable(what.how));
}

void client::stop()
{
    state_->stopped = true;
    state_->lookup.stop();
    state_->idle->clear();
    for (auto& connection : state_->open)
        connection.close();
}

const std::string& client::trouble() const
{
    return state_->trouble;
}

std::size_t client::idle_connections() const
{
    return state_->idle->size();
}

asio::awaitable<result<client_answer>> client::exchange(
    std::shared_ptr<state> all, result<std::string> request, bool may_repeat
)
{
    if (!request)
        co_return request.error();
    const answer_limits limits{all->allowed.header_bytes, all->allowed.body_bytes};
    if (auto kept = all->stopped || !may_repeat ? nullptr : all->idle->take()) {
        answer_reader reader{limits};
        auto answer = co_await all->ask(kept, *request, reader);
        if (answer || !state::closed_unasked(answer.error(), reader))
            co_return answer;
    }
    auto made = co_await all->connect();
    if (!made)
        co_return made.error();
    answer_reader reader{limits};
    co_return co_await all->ask(*made, *request, reader);
}

asio::awaitable<client::state::opened> client::state::connect()
{
    if (stopped)
        co_return errc::stopped;
    const auto until = now() + allowed.connect_timeout;
    auto found = co_await lookup.find(until);
    if (stopped)
        co_return errc::stopped;
    if (!found) {
        const bool unknown = found.error() == errc::name_not_found;
        co_return failed(found.error(), unknown ? lookup.trouble() : "no address in time");
    }
    co_return co_await connect(std::move(*found), until);
}

// One address after the other. Each has its share of the time that is left, so that one from which
// nothing comes back does not use it up.
asio::awaitable<client::state::opened> client::state::connect(
    endpoints to_one_of, steady_time until
)
{
    if (last_good)
        std::ranges::stable_partition(to_one_of, [this](const auto& at) {
            return at == *last_good;
        });
    error_code last = errc::connect_timed_out;
    std::string details;
    for (std::size_t i = 0; i < to_one_of.size() && now() < until; ++i) {
        auto made = std::make_unique<client_connection>(on, to, tls ? &*tls : nullptr);
        open.push_back(*made);
        const auto share = (until - now()) / static_cast<int>(to_one_of.size() - i);
        last = co_await made->open(to_one_of[i], now() + share, until);
        if (stopped)
            co_return errc::stopped;
        if (!last) {
            last_good = to_one_of[i];
            co_return made;
        }
        details = made->trouble();
        if (last == errc::tls_failed || last == errc::bad_certificate || last == errc::stopped)
            break;  // the host is there, and this is what it has to say
    }
    co_return failed(last, std::move(details));
}

asio::awaitable<result<client_answer>> client::state::ask(
    std::unique_ptr<client_connection>& by, const std::string& request, answer_reader& reader
)
{
    const auto until = now() + allowed.answer_timeout;
    const auto unsent = co_await by->send(request, until);
    if (stopped)
        co_return errc::stopped;
    if (unsent == beast::error::timeout || unsent == asio::error::operation_aborted)
        co_return failed(classified(unsent), unsent.message());
    // A request that could not be sent to its end may have been answered all the same.
    std::string room(read_bytes, '\0');
    while (!reader.complete()) {
        const auto [ec, bytes] = co_await by->receive(room, until);
        if (stopped)
            co_return errc::stopped;
        if (ec && ec != asio::error::eof)
            co_return failed(classified(ec), ec.message());
        const auto bad =
            ec ? reader.take_end() : reader.take(std::string_view{room}.substr(0, bytes));
        if (bad)
            co_return failed(bad, ec ? "closed by the host" : bad.message());
    }
    if (reader.keep_alive() && !unsent)
        idle->put(std::move(by));
    co_return reader.release();
}

error_code client::state::failed(const error_code& ec, std::string details)
{
    trouble = std::move(details);
    return ec;
}

}  // namespace rollcall::http
