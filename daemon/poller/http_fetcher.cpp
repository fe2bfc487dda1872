#include "poller/http_fetcher.hpp"

#include "poller/http_date.hpp"

#include <utility>

namespace rollcall {
namespace {

http::client_options options_of(const polled_source& source)
{
    http::client_options made;
    made.base_url = api_url(source);
    made.ca_file = source.ca_file;
    made.connect_timeout = source.connect_timeout;
    made.answer_timeout = source.answer_timeout;
    made.body_bytes = source.body_bytes;
    made.idle_connections = source.concurrency;
    return made;
}

http::download_options download_options_of(const polled_source& source)
{
    http::download_options made;
    made.hosts = download_hosts(source);
    made.ca_file = source.ca_file;
    made.connect_timeout = source.connect_timeout;
    made.answer_timeout = source.answer_timeout;
    made.whole_timeout = source.downloads.timeout;
    made.body_bytes = source.downloads.max_bytes;
    return made;
}

fetched read_head(unsigned status, const headers& fields)
{
    fetched made;
    made.response.status = status;
    made.response.content_type = find_header(fields, "content-type");
    made.response.date = parse_http_date(find_header(fields, "date"));
    made.retry_after = find_header(fields, "retry-after");
    made.limit = read_rate_notice(fields, wall_clock());
    return made;
}

class http_body final : public download_body {
public:
    explicit http_body(std::unique_ptr<http::download> of) : of_{std::move(of)} {}
    boost::asio::awaitable<result<std::string_view>> next() override { return of_->next(); }
    std::string trouble() const override { return of_->trouble(); }

private:
    std::unique_ptr<http::download> of_;
};

}  // namespace

http_fetcher::http_fetcher(boost::asio::any_io_executor on, const polled_source& of)
    : client_{on, options_of(of)},
      files_{std::move(on), download_options_of(of)},
      with_{of.from->request_headers(of.api_key)}
{
}

boost::asio::awaitable<fetched> http_fetcher::ask(poll_request what)
{
    http::client_request request{.target = what.target};
    if (what.how == poll_method::patch) {
        request.how = http::method::patch;
        request.body = what.body;
    }
    auto answer = co_await client_.send(request, with_);
    fetched made;
    if (answer) {
        made = read_head(answer->status, answer->fields);
        made.response.body = std::move(answer->body);
    } else {
        made.error = answer.error();
        made.trouble = client_.trouble();
    }
    co_return made;
}

boost::asio::awaitable<opened> http_fetcher::open(std::string url)
{
    auto begun = co_await files_.open(std::move(url));
    opened made;
    if (begun) {
        made.head = read_head((*begun)->status(), (*begun)->fields());
        made.body = std::make_unique<http_body>(std::move(*begun));
    } else {
        made.head.error = begun.error();
        made.head.trouble = files_.trouble();
    }
    co_return made;
}

void http_fetcher::stop()
{
    client_.stop();
    files_.stop();
}

std::unique_ptr<fetcher> make_http_fetcher(boost::asio::any_io_executor on, const polled_source& of)
{
    return std::make_unique<http_fetcher>(std::move(on), of);
}

std::vector<allowed_host> download_hosts(const polled_source& of)
{
    auto hosts = of.downloads.hosts;
    // Plain HTTP is for those alone who are named for it.
    if (auto own = parse_base_url(api_url(of)); own && own->tls) {
        own->path.clear();
        hosts.push_back({.origin = *std::move(own)});
    }
    for (const auto name : of.from->download_hosts())
        if (auto known = parse_allowed_host(name))
            hosts.push_back(*std::move(known));
    return hosts;
}

}  // namespace rollcall
