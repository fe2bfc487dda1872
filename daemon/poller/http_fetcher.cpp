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

fetched read_answer(http::client_answer answer)
{
    fetched made;
    made.response.status = answer.status;
    made.response.content_type = find_header(answer.fields, "content-type");
    made.response.date = parse_http_date(find_header(answer.fields, "date"));
    made.response.body = std::move(answer.body);
    made.retry_after = find_header(answer.fields, "retry-after");
    return made;
}

}  // namespace

http_fetcher::http_fetcher(boost::asio::any_io_executor on, const polled_source& of)
    : client_{std::move(on), options_of(of)}, with_{of.from->request_headers(of.api_key)}
{
}

boost::asio::awaitable<fetched> http_fetcher::get(std::string target)
{
    auto answer = co_await client_.get(target, with_);
    fetched made;
    if (answer) {
        made = read_answer(*std::move(answer));
    } else {
        made.error = answer.error();
        made.trouble = client_.trouble();
    }
    co_return made;
}

std::unique_ptr<fetcher> make_http_fetcher(boost::asio::any_io_executor on, const polled_source& of)
{
    return std::make_unique<http_fetcher>(std::move(on), of);
}

}  // namespace rollcall
