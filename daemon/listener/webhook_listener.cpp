#include "listener/webhook_listener.hpp"

#include "core/append_all.hpp"
#include "core/listed.hpp"
#include "core/traceparent.hpp"
#include "listener/routes.hpp"
#include "providers/media_type.hpp"
#include "providers/query_token.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace rollcall {
namespace {

namespace asio = boost::asio;

// Senders try again on their own schedules; this is for those that ask.
constexpr std::string_view retry_after_seconds = "1";
constexpr std::string_view retry_after_key_seconds = "5";

void count(source_counters::counter& what, std::uint64_t by = 1)
{
    what.fetch_add(by, std::memory_order_relaxed);
}

// Observes how long it has lived.
class stopwatch {
public:
    explicit stopwatch(time_histogram& told) : told_{told} {}
    ~stopwatch()
    {
        const auto took = std::chrono::steady_clock::now() - began_;
        told_.observe(std::chrono::duration_cast<time_histogram::microseconds>(took));
    }
    stopwatch(const stopwatch&) = delete;
    stopwatch& operator=(const stopwatch&) = delete;

private:
    time_histogram& told_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

http::response one_line(unsigned status, std::string_view line)
{
    http::response made;
    made.status = status;
    made.body.append(line).append("\n");
    return made;
}

http::response one_line(unsigned status, errc why)
{
    return one_line(status, make_error_code(why).message());
}

std::string lower_case(std::string_view name)
{
    std::string lower{name};
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

// The provider's view of a request.
struct webhook_view final : webhook_request {
    const http::request& asked;

    explicit webhook_view(const http::request& r) : asked{r}
    {
        body = r.body;
        query = r.query;
    }
    header_value header(std::string_view name) const override
    {
        const auto [value, times] = asked.find(name);
        return {.text = value, .count = times};
    }
    headers headers_from(std::string_view prefix) const override
    {
        headers found;
        for (const auto& [name, value] : asked.fields)
            if (http::equal_ignoring_case(name.substr(0, prefix.size()), prefix))
                found.emplace_back(lower_case(name), value);
        return found;
    }
};

// Of what is answered with 401; null for the rest.
source_counters::counter* counter_of(errc why, source_counters& of)
{
    if (why == errc::missing_signature)
        return &of.missing_signature;
    if (why == errc::bad_signature)
        return &of.bad_signature;
    if (why == errc::stale_signature)
        return &of.stale_signature;
    return why == errc::bad_token ? &of.bad_token : nullptr;
}

// The answer of the validation handshake.
http::response yes(const permission& given)
{
    http::response answer;
    answer.fields.emplace_back("Allow", "POST");
    answer.fields.emplace_back("WebHook-Allowed-Origin", given.origin);
    if (!given.rate.empty())
        answer.fields.emplace_back("WebHook-Allowed-Rate", given.rate);
    return answer;
}

// What an alarm says, by the reason of the refusal that set it off.
std::string_view alarm_of(errc why)
{
    if (why == errc::stale_signature)
        return "only stale signatures: is the clock right?";
    if (why == errc::bad_token)
        return "only requests without the query token: is it right?";
    return "only bad signatures: is the secret right?";
}

std::string trace_of(const http::request& asked)
{
    const auto given = asked.find("traceparent");
    if (given.count == 1)
        if (auto valid = read_traceparent(given.value))
            return *std::move(valid);
    return new_traceparent();
}

}  // namespace

webhook_listener::webhook_listener(
    std::vector<hook> hooks, journal& stored_in, std::function<timestamp()> clock
)
    : journal_{stored_in}, clock_{std::move(clock)}
{
    replace(std::move(hooks));
}

void webhook_listener::replace(std::vector<hook> hooks)
{
    const auto next = std::make_shared<entries>();
    const std::lock_guard lock{mutex_};
    for (auto& each : hooks) {
        auto& known = memories_[each.name];
        if (!known)
            known = std::make_unique<memory>();
        const auto name = each.name;
        (*next)[name] = std::make_shared<entry>(entry{
            std::move(each), known->counted, known->alarm, known->ignored});
    }
    entries_ = next;
}

asio::awaitable<http::response> webhook_listener::handle(const http::request& asked)
{
    const auto now = clock_();
    const auto to = find(asked.path);
    if (!to)
        co_return one_line(404, "no such hook");
    const stopwatch answering{to->counted.answer};
    if (auto rejection = reject(asked, *to))
        co_return std::move(*rejection);
    auto verified = verify(asked, *to, now);
    if (!verified && may_need_newer_key(asked, *to, verified.error())) {
        const bool known = co_await to->of.published->renew(std::chrono::steady_clock::now());
        verified = verify(asked, *to, now);
        if (!verified && !known)
            co_return undecided(*to);
    }
    if (!verified)
        co_return refuse(*to, verified.error().code, now);
    count(to->counted.verified);
    to->alarm.good();
    const webhook_view view{asked};
    auto parcels = to->of.from->unpack(view);
    const fault unreadable = parcels ? fault{} : parcels.error();
    if (!parcels)
        parcels = unread(view, *to);
    auto records = make_records(asked, *to, std::move(*parcels), now);
    if (records.empty()) {
        count(to->counted.ignored);
        co_return success(*to);
    }
    const auto ec = co_await store(std::move(records), *to);
    co_return report(asked, *to, unreadable, ec);
}

// After an error the sender repeats the whole, and what had been stored comes twice.
asio::awaitable<error_code> webhook_listener::store(std::vector<intake_record> records, entry& to)
{
    const stopwatch storing{to.counted.journal};
    if (records.size() == 1) {
        const auto ec = co_await journal_.append(std::move(records.front()));
        count(to.counted.records, ec ? 0 : 1);
        co_return ec;
    }
    const auto came = co_await append_all(journal_, std::move(records));
    count(to.counted.records, came.stored);
    co_return came.error;
}

const source_counters* webhook_listener::counters(std::string_view source) const
{
    const std::lock_guard lock{mutex_};
    const auto found = memories_.find(source);
    return found == memories_.end() ? nullptr : &found->second->counted;
}

std::map<std::string, const source_counters*> webhook_listener::all_counters() const
{
    const std::lock_guard lock{mutex_};
    std::map<std::string, const source_counters*> all;
    for (const auto& [name, known] : memories_)
        all.emplace(name, &known->counted);
    return all;
}

std::vector<std::string> webhook_listener::without_key() const
{
    std::vector<std::string> names;
    const std::lock_guard lock{mutex_};
    for (const auto& [name, each] : *entries_)
        if (each->of.published != nullptr && each->of.published->keys()->empty())
            names.push_back(name);
    return names;
}

std::shared_ptr<webhook_listener::entry> webhook_listener::find(std::string_view path) const
{
    const auto name = hook_source(path);
    if (!name)
        return nullptr;
    std::shared_ptr<const entries> now;
    {
        const std::lock_guard lock{mutex_};
        now = entries_;
    }
    const auto found = now->find(*name);
    return found == now->end() ? nullptr : found->second;
}

std::optional<http::response> webhook_listener::reject(const http::request& asked, entry& to)
{
    count(to.counted.received);
    if (asked.method == "OPTIONS")
        if (const auto given = to.of.from->permit(webhook_view{asked})) {
            count(to.counted.permitted);
            return yes(*given);
        }
    if (asked.method != "POST") {
        count(to.counted.wrong_method);
        auto answer = one_line(405, "method not allowed");
        answer.fields.emplace_back("Allow", "POST");
        return answer;
    }
    const auto type = asked.find("content-type");
    const auto types = to.of.from->content_types();
    if (type.count != 1 || std::ranges::find(types, media_type(type.value)) == types.end()) {
        count(to.counted.wrong_type);
        return one_line(415, "content type is not " + listed(types, " or "));
    }
    if (asked.body.empty()) {
        count(to.counted.empty_body);
        return one_line(400, "body missing");
    }
    return std::nullopt;
}

// Where the provider publishes its key, a signature is wrong only if the key was looked at after
// the request had come: it may be signed with the next one. What cannot be decided is for the
// sender to repeat, because a refusal is final for those that publish keys.
bool webhook_listener::may_need_newer_key(
    const http::request& asked, const entry& to, const fault& why
)
{
    return why.code == errc::bad_signature && to.of.published != nullptr &&
           to.of.from->may_need_newer_key(webhook_view{asked});
}

http::response webhook_listener::undecided(entry& to)
{
    count(to.counted.undecided);
    auto answer = one_line(503, "the key of the signature cannot be had now");
    answer.fields.emplace_back("Retry-After", retry_after_key_seconds);
    return answer;
}

// The token first: it is cheap, and what lacks it need not be looked at any further.
result<void, fault> webhook_listener::verify(
    const http::request& asked, const entry& to, timestamp now
) const
{
    if (!to.of.query_token.empty())
        if (auto given = verify_query_token(asked.query, to.of.query_token); !given)
            return given;
    auto verified = verify_signature(asked, to, now);
    const bool is_unsigned = !verified && verified.error().code == errc::missing_signature;
    if (is_unsigned && to.of.unsigned_allowed && !to.of.query_token.empty())
        return {};
    return verified;
}

result<void, fault> webhook_listener::verify_signature(
    const http::request& asked, const entry& to, timestamp now
) const
{
    if (to.of.published == nullptr)
        return to.of.from->verify(webhook_view{asked}, to.of.keys, now);
    const auto keys = to.of.published->keys();
    return to.of.from->verify(webhook_view{asked}, *keys, now);
}

http::response webhook_listener::refuse(entry& to, errc why, timestamp now)
{
    log_.debug(
        "webhook rejected", {{"source", to.of.name}, {"reason", make_error_code(why).message()}}
    );
    auto* const counted = counter_of(why, to.counted);
    if (!counted) {
        count(to.counted.uncheckable);
        return one_line(400, why);
    }
    count(*counted);
    if (const auto in_a_row = to.alarm.bad(now))
        log_.warn(alarm_of(why), {{"source", to.of.name}, {"in_a_row", *in_a_row}});
    return one_line(401, why);
}

// Its name is said once, so that what the provider has begun to send does not go unnoticed.
void webhook_listener::note_ignored(entry& to, const std::string& what)
{
    if (to.ignored.is_first(what))
        log_.info(
            "webhooks of which nothing can be made are not stored",
            {{"source", to.of.name}, {"event", what}}
        );
}

// What cannot be routed is authentic all the same: the relay dead-letters it.
std::vector<parcel> webhook_listener::unread(const webhook_request& request, entry& to)
{
    count(to.counted.unroutable);
    std::vector<parcel> whole;
    whole.push_back({{}, request.body, to.of.from->kept_headers(request)});
    return whole;
}

std::vector<intake_record> webhook_listener::make_records(
    const http::request& asked, entry& to, std::vector<parcel> parcels, timestamp now
)
{
    std::vector<intake_record> records;
    const auto trace = trace_of(asked);
    for (auto& each : parcels) {
        if (!each.to.ignored.empty()) {
            note_ignored(to, each.to.ignored);
            continue;
        }
        intake_record record;
        record.key = each.to.key.empty() ? to.of.name : std::move(each.to.key);
        record.delivery_id = std::move(each.to.delivery_id);
        record.body = each.body;
        record.source = to.of.name;
        record.provider = to.of.from->name();
        record.via = way::webhook;
        record.received_at = now;
        record.traceparent = trace;
        record.signed_headers = std::move(each.kept);
        records.push_back(std::move(record));
    }
    return records;
}

http::response webhook_listener::success(const entry& to)
{
    http::response answer;
    answer.status = to.of.from->accepted_status();
    return answer;
}

http::response webhook_listener::report(
    const http::request& asked, entry& to, const fault& unreadable, const error_code& ec
)
{
    note_outcome(ec);
    http::response answer;
    if (ec) {
        count(to.counted.failed);
        answer.status = 503;  // never 4xx: there are senders that drop those for good
        answer.fields.emplace_back("Retry-After", retry_after_seconds);
    } else {
        count(to.counted.stored);
        answer.status = unreadable.code == errc::ok ? to.of.from->accepted_status()
                                                    : to.of.from->unreadable_status();
        if (answer.status >= 400)
            answer.body = make_error_code(unreadable.code).message() + "\n";
    }
    log_.debug(
        "webhook", {{"source", to.of.name}, {"status", answer.status}, {"bytes", asked.body.size()}}
    );
    return answer;
}

// The first failure is said, and the end of the failures with their number.
void webhook_listener::note_outcome(const error_code& ec)
{
    if (ec) {
        if (failed_in_a_row_.fetch_add(1, std::memory_order_relaxed) == 0)
            log_.warn("webhooks cannot be stored, answering 503", {{"error", ec.message()}});
        return;
    }
    if (failed_in_a_row_.load(std::memory_order_relaxed) == 0)
        return;
    if (const auto failed = failed_in_a_row_.exchange(0, std::memory_order_relaxed); failed > 0)
        log_.info("webhooks are stored again", {{"failed", failed}});
}

}  // namespace rollcall
