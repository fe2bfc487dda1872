#include "http/download_client.hpp"

#include "http/client_request.hpp"
#include "http/connector.hpp"
#include "http/exchange.hpp"
#include "http/tls.hpp"

#include <boost/asio/ssl/context.hpp>

#include <algorithm>
#include <memory>
#include <unordered_set>
#include <utility>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;

steady_time now()
{
    return std::chrono::steady_clock::now();
}

const allowed_host* admitting(const std::vector<allowed_host>& hosts, const base_url& url)
{
    // An entry that trusts says more than one that does not, whichever stands first.
    const allowed_host* found = nullptr;
    for (const auto& each : hosts)
        if (each.admits(url) && (!found || each.trusted))
            found = &each;
    return found;
}

}  // namespace

// Owned by the client and by every download.
struct download_client::state {
    state(asio::any_io_executor executor, download_options options)
        : allowed{std::move(options)}, on{std::move(executor)}
    {
        if (std::ranges::any_of(allowed.hosts, [](const auto& each) { return each.origin.tls; }))
            tls = std::make_unique<asio::ssl::context>(make_client_context(allowed.ca_file));
    }
    error_code failed(const error_code& ec, std::string details)
    {
        trouble = std::move(details);
        return ec;
    }

    download_options allowed;
    asio::any_io_executor on;
    std::unique_ptr<asio::ssl::context> tls;  // where a host wants it
    std::unordered_set<connector*> under_way;
    std::string trouble;
    bool stopped = false;
};

class download_client::transfer final : public download {
public:
    transfer(std::shared_ptr<state> all, const base_url& from, const allowed_host& by)
        : all_{std::move(all)},
          host_{
              all_->on,
              from,
              from.tls ? all_->tls.get() : nullptr,
              by.trusted ? reach::everywhere : reach::public_only,
              all_->allowed.ask}
    {
        all_->under_way.insert(&host_);
    }
    ~transfer() override { all_->under_way.erase(&host_); }
    transfer(const transfer&) = delete;
    transfer& operator=(const transfer&) = delete;

    /// Up to the end of the head.
    asio::awaitable<error_code> ask(std::string request)
    {
        auto made = co_await host_.connect(all_->allowed.connect_timeout);
        if (!made)
            co_return failed(made.error(), host_.trouble());
        const answer_limits limits{all_->allowed.header_bytes, all_->allowed.body_bytes};
        with_ = std::make_unique<exchange>(std::move(*made), limits);
        until_ = now() + all_->allowed.whole_timeout;
        auto ec = co_await with_->send(request, patience());
        const auto head_until = patience();
        while (!ec && !host_.stopped() && !with_->answer().has_head())
            ec = co_await with_->receive(head_until);
        ec = outcome(ec);
        // Said by the head: the status is there to be seen, and the body will fail.
        if ((ec == errc::answer_too_large || ec == errc::answer_encoded) &&
            with_->answer().has_head())
            unreadable_ = std::exchange(ec, {});
        co_return ec;
    }

    unsigned status() const override { return with_->answer().answer().status; }
    const headers& fields() const override { return with_->answer().answer().fields; }

    asio::awaitable<result<std::string_view>> next() override
    {
        if (unreadable_)
            co_return unreadable_;
        auto& reader = with_->answer();
        for (piece_ = reader.take_body(); piece_.empty() && !reader.complete();
             piece_ = reader.take_body()) {
            const auto ec = co_await with_->receive(patience());
            if (const auto failure = outcome(ec))
                co_return failure;
        }
        co_return std::string_view{piece_};
    }

    const std::string& trouble() const override { return trouble_; }

private:
    steady_time patience() const { return std::min(until_, now() + all_->allowed.answer_timeout); }
    error_code outcome(const error_code& ec)
    {
        if (host_.stopped())
            return errc::stopped;
        return ec ? failed(ec, with_->trouble()) : error_code{};
    }
    error_code failed(const error_code& ec, std::string details)
    {
        trouble_ = std::move(details);
        return ec;
    }

    std::shared_ptr<state> all_;
    connector host_;
    std::unique_ptr<exchange> with_;  // from the connection on
    steady_time until_{};
    error_code unreadable_;
    std::string piece_;
    std::string trouble_;
};

download_client::download_client(asio::any_io_executor on, download_options options)
    : state_{std::make_shared<state>(std::move(on), std::move(options))}
{
}

download_client::~download_client()
{
    stop();
}

asio::awaitable<result<std::unique_ptr<download>>> download_client::open(std::string url)
{
    return begin(state_, std::move(url));
}

asio::awaitable<result<std::unique_ptr<download>>> download_client::begin(
    std::shared_ptr<state> all, std::string url
)
{
    if (all->stopped)
        co_return errc::stopped;
    const auto parts = split_url(url);
    if (!parts)
        co_return all->failed(errc::unsendable_request, "it " + std::string{parts.error().what});
    const auto* const by = admitting(all->allowed.hosts, parts->origin);
    if (!by)
        co_return all->failed(errc::host_refused, parts->origin.text());
    const client_request what{.target = parts->target};
    auto request = render(parts->origin, what, {});
    if (!request)
        co_return all->failed(request.error(), "it has characters that no URL has");
    auto made = std::make_unique<transfer>(all, parts->origin, *by);
    const auto ec = co_await made->ask(std::move(*request));
    if (ec)
        co_return all->failed(ec, made->trouble());
    co_return std::unique_ptr<download>{std::move(made)};
}

void download_client::stop()
{
    state_->stopped = true;
    for (auto* const each : state_->under_way)
        each->stop();
}

const std::string& download_client::trouble() const
{
    return state_->trouble;
}

}  // namespace rollcall::http
