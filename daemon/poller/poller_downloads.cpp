// How a poller takes in a download: part by part, each stored before the next is asked for.
#include "poller/poller.hpp"
#include "poller/retry_after.hpp"

#include <utility>

namespace rollcall {
namespace {

namespace asio = boost::asio;

constexpr unsigned ok = 200;

// What of its URL may be told: the query is the permission to read the file.
std::string_view without_query(std::string_view url)
{
    return url.substr(0, url.find('?'));
}

std::string text_of(const fault& what)
{
    auto text = make_error_code(what.code).message();
    return what.where.empty() ? text : text + ", at " + what.where;
}

// Why nothing of a file came. `trouble` has the host that was refused.
std::string why_unopened(const fetched& head)
{
    auto why = head.error.message();
    if (head.error == errc::host_refused && !head.trouble.empty())
        why += ": " + head.trouble + "; `poll.downloads.hosts` allows further ones";
    return why;
}

}  // namespace

// Of a failure that is not ours the plan is told: it may want a fresh URL, or give the file up, of
// which each attempt stores a part again.
asio::awaitable<poller::result_of_asking> poller::download(pointer what, std::string url)
{
    const std::string file{without_query(url)};
    auto& source = *sources_[what->source];
    auto got = co_await source.api->open(std::move(url));
    auto& head = got.head;
    result_of_asking came;
    came.retry_after = parse_retry_after(head.retry_after, head.response.date, around_.clock());
    if (dropped(*what))
        co_return came;
    if (head.error) {
        head.response.unreadable = why_unopened(head);
    } else if (head.response.status == ok) {
        auto taken = co_await take_in(what, file, *got.body);
        if (taken.instead) {
            came.to = *taken.instead;
            co_return came;
        }
        head.response.unreadable = std::move(taken.unreadable);
        head.trouble = std::move(taken.trouble);
    }
    got.body.reset();
    auto outcome = what->plan->on_response(head.response, now());
    if (outcome.result != poll_result::good)
        outcome.result = poll_result::failed;  // whoever refuses a file has not seen the credential
    const source_report::request asked{file, what->meeting};
    if (const auto bad = unusable(*what, asked, outcome, head, came.retry_after))
        came.to = *bad;
    else
        came.to = co_await store(what, file, way::download, std::move(outcome));
    if (came.to == verdict::stored || came.to == verdict::good)
        what->refusals = 0;
    co_return came;
}

asio::awaitable<poller::taken_in> poller::take_in(
    pointer what, std::string_view file, download_body& from
)
{
    auto reading = what->plan->open_download();
    taken_in came;
    row_origin origin;
    origin.via = way::download;
    origin.download = reading.download;
    for (bool more = reading.by != nullptr; more;) {
        const auto part = co_await from.next();
        if (dropped(*what)) {
            came.instead = verdict::lost;
            break;
        }
        if (!part) {
            came.unreadable = part.error().message();
            came.trouble = from.trouble();
            break;
        }
        more = !part->empty();
        auto rows = more ? reading.by->take(*part) : reading.by->finish();
        if (!rows) {
            came.unreadable = text_of(rows.error());
            break;
        }
        const auto count = rows->size();
        if (count == 0)
            continue;
        const auto ec = co_await store_rows(what, file, origin, *std::move(rows));
        if (ec || dropped(*what)) {
            came.instead = ec ? journal_failed(*what, file, ec) : verdict::lost;
            break;
        }
        journal_works();
        sources_[what->source]->report.stored(count);
    }
    if (!reading.by)
        came.unreadable = "nobody reads it";
    co_return came;
}

}  // namespace rollcall
