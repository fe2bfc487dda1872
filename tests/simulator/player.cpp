#include "simulator/player.hpp"

#include "simulator/dice.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <exception>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

namespace rollcall::simulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using steady = std::chrono::steady_clock;
using answer_parser = http::response_parser<http::string_body>;

constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);

instant now()
{
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

std::string request_text(const target& to, const webhook& what)
{
    std::string text = "POST " + to.path + " HTTP/1.1\r\nHost: " + to.host;
    if (to.port != "80")
        text += ":" + to.port;
    for (const auto& [name, content] : what.headers)
        text.append("\r\n").append(name).append(": ").append(content);
    return text + "\r\nContent-Length: " + std::to_string(what.body.size()) + "\r\n\r\n" +
           what.body;
}

struct connection {
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    bool used = false;

    explicit connection(const asio::any_io_executor& on) : stream{on} {}
};

/// What all threads share.
struct stage_setting {
    const performance& what;
    const dialect& by;
    const player_options& options;
    steady::time_point begin;
    const std::function<void(const outcome&)>& on_outcome;
    progress& seen;
    std::mutex reporting;  ///< `on_outcome` is called under it
    std::mutex burying;
    std::set<std::string> dead;  ///< endpoints that were given up; under `burying`

    bool is_dead(const std::string& endpoint)
    {
        const std::lock_guard lock{burying};
        return dead.contains(endpoint);
    }
    /// Whether it is news.
    bool bury(const std::string& endpoint)
    {
        const std::lock_guard lock{burying};
        return !endpoint.empty() && dead.insert(endpoint).second;
    }
};

/// How long a delivery that waits for its next attempt is waited for once the player was told to
/// stop.
constexpr auto patience = std::chrono::seconds{5};

/// Plays every n-th delivery, on one thread.
class player {
public:
    player(stage_setting& setting, std::size_t first, std::size_t step)
        : setting_{setting},
          first_{first},
          step_{step},
          idle_(setting.options.targets.size()),
          endpoints_(setting.options.targets.size()),
          pause_{io_},
          slots_{io_, std::numeric_limits<std::size_t>::max()}
    {
    }

    report play(const std::stop_token& stop)
    {
        resolve();
        limited_ = setting_.options.connections != 0;
        const auto slots = std::max<std::size_t>(setting_.options.connections / step_, 1);
        for (std::size_t i = 0; limited_ && i < slots; ++i)
            slots_.try_send(error_code{});
        const auto started = steady::now();
        asio::co_spawn(io_, dispatch(), rethrow);
        const std::stop_callback on_stop{stop, [this] {
                                             asio::post(io_, [this] {
                                                 stopped_ = true;
                                                 pause_.cancel();
                                                 wake_long_sleepers();
                                             });
                                         }};
        io_.run();
        report_.seconds = std::chrono::duration<double>(steady::now() - started).count();
        return report_;
    }

private:
    static void rethrow(const std::exception_ptr& bug)
    {
        if (bug)
            std::rethrow_exception(bug);
    }

    void resolve()
    {
        tcp::resolver resolver{io_};
        for (std::size_t i = 0; i < endpoints_.size(); ++i) {
            const auto& to = setting_.options.targets[i];
            for (const auto& found : resolver.resolve(to.host, to.port))
                endpoints_[i].push_back(found.endpoint());
        }
    }

    milliseconds scaled(milliseconds provider_time) const
    {
        return milliseconds{static_cast<std::int64_t>(
            static_cast<double>(provider_time.count()) / setting_.options.time_scale
        )};
    }

    /// False where the time has not come: the player was told to stop.
    asio::awaitable<bool> sleep_until(steady::time_point until)
    {
        if (stopped_ && until > steady::now() + patience)
            co_return false;
        asio::steady_timer timer{io_, until};
        const auto place = sleepers_.insert(sleepers_.end(), &timer);
        const auto [ec] = co_await timer.async_wait(nothrow);
        sleepers_.erase(place);
        co_return !ec;
    }
    void wake_long_sleepers()
    {
        for (auto* const timer : sleepers_)
            if (timer->expiry() > steady::now() + patience)
                timer->cancel();
    }

    asio::awaitable<void> take_slot()
    {
        if (limited_)
            co_await slots_.async_receive(nothrow);
    }
    void give_slot()
    {
        if (limited_)
            slots_.try_send(error_code{});
    }

    /// Begins each delivery when it is due, and leaves it to itself.
    asio::awaitable<void> dispatch()
    {
        const auto& deliveries = setting_.what.planned.deliveries;
        for (std::size_t i = first_; i < deliveries.size() && !stopped_; i += step_) {
            auto due = setting_.begin + deliveries[i].due;
            if (setting_.options.paced && due > steady::now()) {
                pause_.expires_at(due);
                co_await pause_.async_wait(nothrow);
            }
            if (stopped_)
                break;
            co_await take_slot();
            if (!setting_.options.paced)
                due = steady::now();
            asio::co_spawn(io_, deliver(i, due), rethrow);
        }
    }

    /// One delivery to its end. Begins with a slot in hand.
    asio::awaitable<void> deliver(std::size_t index, steady::time_point due)
    {
        const auto& planned = setting_.what.planned.deliveries[index];
        const auto& told = setting_.what.told[planned.telling];
        const auto endpoint = setting_.by.endpoint(told, planned.subscription);
        outcome how;
        how.delivery = index;
        co_await make_attempts(told, planned.subscription, endpoint, how);
        how.over = now();
        how.endpoint_failed = !how.acknowledged && !stopped_ && setting_.bury(endpoint);
        conclude(how, due);
        if (how.endpoint_failed)
            co_await tell_endpoint_failed(told, planned.subscription, index);
    }

    /// Until one is taken, or the provider gives up. Begins with a slot in hand.
    asio::awaitable<void> make_attempts(
        const telling& told, unsigned subscription, const std::string& endpoint, outcome& how
    )
    {
        const auto content = setting_.by.render(told, subscription);
        const auto& schedule = setting_.by.retries(told);
        auto chance = dice::for_purpose(setting_.what.of.options.seed, "waits", how.delivery);
        how.delivery_id = content.delivery_id;
        for (std::size_t n = 0; n <= schedule.waits.size() && !how.acknowledged; ++n) {
            if (n != 0) {
                const auto& [from, to] = schedule.waits[n - 1];
                const std::chrono::seconds wait{chance.between(from, to)};
                if (!co_await sleep_until(steady::now() + scaled(wait)))
                    co_return;
                co_await take_slot();
            }
            if (setting_.is_dead(endpoint)) {
                give_slot();
                co_return;
            }
            auto text = content;
            setting_.by.sign(text, now());
            auto made = co_await make_attempt(how.delivery + n, text, schedule);
            how.attempts.push_back(std::move(made));
            give_slot();
            setting_.seen.attempts.fetch_add(1, std::memory_order_relaxed);
            const auto status = how.attempts.back().status;
            how.acknowledged = status / 100 == 2;
            if (schedule.final_below_500 && status != 0 && status < 500)
                co_return;
        }
    }

    /// It is no delivery of the plan, and counts as none.
    asio::awaitable<void> tell_endpoint_failed(
        const telling& told, unsigned subscription, std::size_t index
    )
    {
        const auto last_words = setting_.by.endpoint_failed(told, subscription, now());
        if (!last_words)
            co_return;
        const std::string none;
        outcome unplanned;
        unplanned.delivery = index;
        co_await take_slot();
        co_await make_attempts(*last_words, 0, none, unplanned);
    }

    void conclude(const outcome& how, steady::time_point due)
    {
        ++report_.deliveries;
        report_.attempts += how.attempts.size();
        ++(how.acknowledged ? report_.acknowledged : report_.given_up);
        const std::uint64_t failures = how.attempts.size() - (how.acknowledged ? 1U : 0U);
        report_.longest_run = std::max(report_.longest_run, failures);
        if (how.acknowledged)
            report_.latency.add(
                std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - due)
            );
        const std::lock_guard one_at_a_time{setting_.reporting};
        if (setting_.on_outcome)
            setting_.on_outcome(how);
        // Only now: who has seen the count finds the outcome recorded.
        (how.acknowledged ? setting_.seen.acknowledged : setting_.seen.given_up).fetch_add(1);
    }

    asio::awaitable<attempt> make_attempt(
        std::size_t number, const webhook& what, const retry_schedule& schedule
    )
    {
        const auto count = setting_.options.targets.size();
        const bool failover = setting_.options.over == spread::failover;
        attempt made;
        made.at = now();
        for (std::size_t i = 0; i < count; ++i) {
            const auto to = failover ? (preferred_ + i) % count : number % count;
            auto line = co_await connect(to, schedule, made.failure);
            if (line) {
                if (failover)
                    preferred_ = to;
                made.failure.clear();
                co_await exchange(to, std::move(line), what, schedule, made);
                break;
            }
            if (!failover)
                break;
        }
        co_return made;
    }

    /// An idle connection, or a new one; null with the reason where the target does not take it.
    asio::awaitable<std::unique_ptr<connection>> connect(
        std::size_t to, const retry_schedule& schedule, std::string& failure
    )
    {
        if (!idle_[to].empty()) {
            auto line = std::move(idle_[to].back());
            idle_[to].pop_back();
            co_return line;
        }
        auto line = std::make_unique<connection>(io_.get_executor());
        line->stream.expires_after(scaled(schedule.connect_timeout));
        const auto [ec, where] = co_await line->stream.async_connect(endpoints_[to], nothrow);
        if (ec) {
            failure = "connect: " + ec.message();
            co_return nullptr;
        }
        error_code ignored;  // an attempt without it is slower, not wrong
        line->stream.socket().set_option(tcp::no_delay{true}, ignored);
        co_return line;
    }

    /// Sends and reads the answer. A used connection that the target has closed meanwhile is
    /// replaced once.
    asio::awaitable<void> exchange(
        std::size_t to,
        std::unique_ptr<connection> line,
        const webhook& what,
        const retry_schedule& schedule,
        attempt& made
    )
    {
        const auto text = request_text(setting_.options.targets[to], what);
        auto answer = std::make_unique<answer_parser>();
        auto ec = co_await send_and_read(*line, text, schedule, *answer);
        if (ec && line->used && !answer->is_header_done() && ec != beast::error::timeout) {
            line = co_await fresh(to, schedule, made.failure);
            if (!line)
                co_return;
            made.failure.clear();
            answer = std::make_unique<answer_parser>();
            ec = co_await send_and_read(*line, text, schedule, *answer);
        }
        if (ec) {
            made.failure = ec.message();
            co_return;
        }
        made.status = answer->get().result_int();
        if (setting_.options.keep_alive && answer->keep_alive()) {
            line->used = true;
            idle_[to].push_back(std::move(line));
        } else {
            error_code ignored;  // the target may have closed first
            line->stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
        }
    }

    asio::awaitable<std::unique_ptr<connection>> fresh(
        std::size_t to, const retry_schedule& schedule, std::string& failure
    )
    {
        idle_[to].clear();  // they are as old as the one that was closed
        co_return co_await connect(to, schedule, failure);
    }

    asio::awaitable<error_code> send_and_read(
        connection& line,
        const std::string& text,
        const retry_schedule& schedule,
        answer_parser& answer
    )
    {
        line.stream.expires_after(scaled(schedule.answer_timeout));
        const auto [write_ec, sent] =
            co_await asio::async_write(line.stream, asio::buffer(text), nothrow);
        if (write_ec)
            co_return write_ec;
        const auto [read_ec, received] =
            co_await http::async_read(line.stream, line.buffer, answer, nothrow);
        co_return read_ec;
    }

    stage_setting& setting_;
    std::size_t first_;
    std::size_t step_;
    asio::io_context io_{1};
    std::vector<std::vector<std::unique_ptr<connection>>> idle_;  ///< by target
    std::vector<std::vector<tcp::endpoint>> endpoints_;           ///< by target
    std::size_t preferred_ = 0;
    asio::steady_timer pause_;
    asio::experimental::channel<void(error_code)> slots_;
    std::list<asio::steady_timer*> sleepers_;  ///< of deliveries that wait for their next attempt
    bool limited_ = false;
    bool stopped_ = false;
    report report_;
};

}  // namespace

target parse_target(std::string_view url)
{
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme))
        throw std::invalid_argument{"not an http:// URL: " + std::string{url}};
    url.remove_prefix(scheme.size());
    const auto slash = std::min(url.find('/'), url.size());
    auto authority = url.substr(0, slash);
    target found;
    found.path = slash == url.size() ? "/" : std::string{url.substr(slash)};
    const auto colon = authority.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
    found.port = has_port ? std::string{authority.substr(colon + 1)} : "80";
    authority = authority.substr(0, has_port ? colon : authority.size());
    if (authority.starts_with('[') && authority.ends_with(']'))
        authority = authority.substr(1, authority.size() - 2);
    found.host = authority;
    if (found.host.empty() || found.port.empty())
        throw std::invalid_argument{"no host or no port in the URL"};
    return found;
}

void report::add(const report& other)
{
    deliveries += other.deliveries;
    attempts += other.attempts;
    acknowledged += other.acknowledged;
    given_up += other.given_up;
    longest_run = std::max(longest_run, other.longest_run);
    latency.add(other.latency);
}

report play(
    const performance& what,
    const dialect& by,
    const player_options& options,
    steady::time_point begin,
    const std::function<void(const outcome&)>& on_outcome,
    progress& seen,
    std::stop_token stop
)
{
    stage_setting setting{what, by, options, begin, on_outcome, seen, {}, {}, {}};
    const auto count = std::max(1U, options.threads);
    const auto started = steady::now();
    std::vector<report> reports(count);
    std::vector<std::exception_ptr> bugs(count);
    {
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < count; ++i)
            threads.emplace_back([&, i] {
                try {
                    reports[i] = player{setting, i, count}.play(stop);
                } catch (...) {
                    bugs[i] = std::current_exception();
                }
            });
    }
    report total;
    for (unsigned i = 0; i < count; ++i) {
        if (bugs[i])
            std::rethrow_exception(bugs[i]);
        total.add(reports[i]);
    }
    total.seconds = std::chrono::duration<double>(steady::now() - started).count();
    return total;
}

}  // namespace rollcall::simulator
