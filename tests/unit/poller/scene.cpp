#include "scene.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace rollcall::test {
namespace {

constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);

std::vector<std::string> rows_of(const std::string& body)
{
    std::vector<std::string> rows;
    for (std::size_t from = 0; from < body.size();) {
        const auto comma = std::min(body.find(',', from), body.size());
        rows.push_back(body.substr(from, comma - from));
        from = comma + 1;
    }
    return rows;
}

schedule_pace brisk()
{
    constexpr backoff few_ms{.first = milliseconds{1}, .cap = milliseconds{5}};
    schedule_pace made;
    made.object = made.source = made.storage = few_ms;
    return made;
}

}  // namespace

std::vector<std::string> bodies(const std::vector<intake_record>& records)
{
    std::vector<std::string> made;
    std::ranges::transform(records, std::back_inserter(made), &intake_record::body);
    return made;
}

// ---- barrier ------------------------------------------------------------------------------------

void barrier::hold()
{
    const std::lock_guard guard{lock_};
    held_ = true;
}

void barrier::release()
{
    {
        const std::lock_guard guard{lock_};
        held_ = false;
    }
    interrupt();
}

void barrier::interrupt()
{
    const std::lock_guard guard{lock_};
    if (on_)
        asio::post(*on_, [this] {
            for (auto* const timer : waiting_)
                timer->cancel();
        });
}

asio::awaitable<void> barrier::pass()
{
    const auto on = co_await asio::this_coro::executor;
    asio::steady_timer timer{on, asio::steady_timer::time_point::max()};
    {
        const std::lock_guard guard{lock_};
        if (!held_)
            co_return;
        on_ = on;
    }
    waiting_.insert(&timer);
    co_await timer.async_wait(nothrow);
    waiting_.erase(&timer);
}

// ---- the provider -------------------------------------------------------------------------------

fake_plan::fake_plan(const poll_pace& pace, std::string meeting, std::string_view state)
    : interval_{pace.interval}, meeting_{std::move(meeting)}
{
    if (constexpr std::string_view before = R"({"at":)"; state.starts_with(before))
        std::from_chars(state.data() + before.size(), state.data() + state.size(), at_);
}

poll_plan::step fake_plan::next(timestamp now) const
{
    told_since_next_ = unstored_ = false;
    if (done_)
        return done{};
    if (now < due_)
        return wait{due_};
    if (meeting_.empty())
        return poll_request{"/list"};
    if (!settled_.empty())
        return poll_request{"/" + meeting_ + "?" + settled_};
    return poll_request{"/" + meeting_ + (ended_ ? "?end" : "")};
}

poll_outcome fake_plan::on_response(const poll_response& response, timestamp)
{
    EXPECT_FALSE(told_since_next_);
    poll_outcome made;
    if (!response.unreadable.empty()) {
        made.rows.push_back({.key = meeting_, .item = "row", .body = response.unreadable});
        unstored_ = true;
        return made;
    }
    if (response.status != 200) {
        made.result = response.status == 401   ? poll_result::denied
                      : response.status == 429 ? poll_result::throttled
                                               : poll_result::failed;
        made.why = "as the test has it";
        return made;
    }
    const auto rows = rows_of(response.body);
    seen_ = std::max(at_, rows.size());
    for (auto n = at_; n < rows.size(); ++n)
        made.rows.push_back({.key = meeting_, .item = "row", .body = rows[n]});
    made.swept = ended_;
    unstored_ = true;
    return made;
}

void fake_plan::on_stored(timestamp now)
{
    EXPECT_TRUE(std::exchange(unstored_, false));
    at_ = seen_;
    cursor_ = now;
    due_ = now + interval_;
    done_ = ended_ && (!meeting_.starts_with("bot_marked") || !settled_.empty());
}

void fake_plan::told()
{
    EXPECT_FALSE(unstored_);
    told_since_next_ = true;
    due_ = {};
}

void fake_plan::on_ended(timestamp)
{
    told();
    ended_ = true;
}

void fake_plan::on_settled(std::string_view what, timestamp)
{
    told();
    settled_ = what;
}

void fake_plan::sweep(timestamp)
{
    told();
    at_ = 0;
}

std::string fake_plan::state() const
{
    return R"({"at":)" + std::to_string(at_) + (ended_ ? R"(,"ended":true})" : "}");
}

namespace {

class file_reader final : public download_reader {
public:
    explicit file_reader(std::string meeting) : meeting_{std::move(meeting)} {}

    result<std::vector<polled_row>, fault> take(std::string_view bytes) override
    {
        unread_ += bytes;
        std::vector<polled_row> rows;
        for (auto comma = unread_.find(','); comma != std::string::npos;
             comma = unread_.find(',')) {
            if (unread_.starts_with("broken"))
                return fault{errc::not_json, "$[" + std::to_string(seen_) + "]"};
            rows.push_back(
                {.key = meeting_,
                 .item = "row",
                 .body = unread_.substr(0, comma),
                 .number = seen_++}
            );
            unread_.erase(0, comma + 1);
        }
        return rows;
    }
    result<std::vector<polled_row>, fault> finish() override
    {
        unread_ += unread_.empty() ? "" : ",";
        return take({});
    }

private:
    std::string meeting_;
    std::string unread_;
    std::uint32_t seen_ = 0;
};

}  // namespace

poll_plan::step file_plan::next(timestamp) const
{
    if (done_)
        return done{};
    if (downloaded_)
        return poll_request{"/" + meeting_, poll_method::patch, R"({"metadata":{}})"};
    return poll_request{url(meeting_), poll_method::download};
}

poll_plan::reading file_plan::open_download()
{
    return {"file of " + meeting_, std::make_unique<file_reader>(meeting_)};
}

poll_outcome file_plan::on_response(const poll_response& response, timestamp)
{
    EXPECT_EQ(response.body, "");
    poll_outcome made;
    read_ = response.status == 200 && response.unreadable.empty();
    if (!read_) {
        made.result = response.status == 403 ? poll_result::denied : poll_result::failed;
        made.why = response.unreadable;
    } else if (!downloaded_) {
        made.downloaded = "file of " + meeting_;
        made.swept = true;
    }
    return made;
}

void file_plan::on_stored(timestamp)
{
    EXPECT_TRUE(std::exchange(read_, false));
    done_ = downloaded_ || !meeting_.starts_with("file-marked");
    downloaded_ = true;
}

result<webhook_key, fault> fake_provider::parse_secret(std::string_view text) const
{
    return webhook_key{std::string{text}};
}

result<void, fault> fake_provider::verify(
    const webhook_request&, std::span<const webhook_key>, timestamp
) const
{
    return {};
}

result<routing, fault> fake_provider::route(const webhook_request&) const
{
    return routing{};
}

result<normalised, fault> fake_provider::normalise(const intake_record&) const
{
    return normalised{};
}

std::unique_ptr<poll_plan> fake_provider::follow(
    const poll_pace& pace, std::string meeting, std::string_view state
) const
{
    EXPECT_EQ(pace.account.size(), 8U);
    if (meeting == "unpollable")
        return nullptr;
    if (meeting.starts_with("file"))
        return std::make_unique<file_plan>(std::move(meeting));
    return std::make_unique<fake_plan>(pace, std::move(meeting), state);
}

std::unique_ptr<poll_plan> fake_provider::list(const poll_pace& pace, std::string_view state) const
{
    return std::make_unique<fake_plan>(pace, std::string{}, state);
}

headers fake_provider::request_headers(std::string_view api_key) const
{
    return {{"Authorization", "Token " + std::string{api_key}}};
}

// ---- its API ------------------------------------------------------------------------------------

class fake_api::file_body final : public download_body {
public:
    file_body(fake_api& of, file what, const bool& stopped)
        : of_{of}, what_{std::move(what)}, stopped_{stopped}
    {
    }
    asio::awaitable<result<std::string_view>> next() override
    {
        co_await of_.gate_.pass();
        if (stopped_)
            co_return errc::stopped;
        if (at_ == what_.parts.size() && what_.then != errc::ok)
            co_return what_.then;
        if (at_ == what_.parts.size())
            co_return std::string_view{};
        co_return std::string_view{what_.parts[at_++]};
    }
    std::string trouble() const override { return "as the test has it"; }

private:
    fake_api& of_;
    file what_;
    const bool& stopped_;
    std::size_t at_ = 0;
};

class fake_api::caller final : public fetcher {
public:
    explicit caller(fake_api& of) : of_{of} {}

    asio::awaitable<fetched> ask(poll_request what) override
    {
        of_.note(what);
        co_await of_.gate_.pass();
        fetched made;
        if (stopped_)
            made.error = errc::stopped;
        else
            made = of_.answer(what.target);
        co_return made;
    }
    asio::awaitable<opened> open(std::string url) override
    {
        const poll_request what{url};
        of_.note(what);
        opened made;
        made.head = of_.answer(url);
        const std::lock_guard guard{of_.at_.lock};
        made.body = std::make_unique<file_body>(of_, of_.files_[url], stopped_);
        co_return made;
    }
    void stop() override
    {
        stopped_ = true;
        of_.gate_.interrupt();
    }

private:
    fake_api& of_;
    bool stopped_ = false;
};

void fake_api::note(const poll_request& what)
{
    const std::lock_guard guard{at_.lock};
    ++asked_[what.target];
    sent_[what.target] = what.body;
    at_.changed();
}

void fake_api::holds(const std::string& url, std::vector<std::string> parts, errc then)
{
    const std::lock_guard guard{at_.lock};
    files_[url] = {std::move(parts), then};
}

std::string fake_api::sent(const std::string& target)
{
    const std::lock_guard guard{at_.lock};
    return sent_[target];
}

std::unique_ptr<fetcher> fake_api::make_fetcher()
{
    return std::make_unique<caller>(*this);
}

fetched fake_api::answer(const std::string& target)
{
    const std::lock_guard guard{at_.lock};
    for (auto& [with, times] : troubles_[target])
        if (times-- > 0)
            return with;
    fetched made;
    made.response.status = 200;
    if (const auto found = bodies_.find(target); found != bodies_.end())
        made.response.body = found->second;
    return made;
}

void fake_api::answers(const std::string& target, std::string body)
{
    const std::lock_guard guard{at_.lock};
    bodies_[target] = std::move(body);
}

void fake_api::refuse(
    const std::string& target, unsigned status, int times, std::string retry_after
)
{
    fetched made;
    made.response.status = status;
    made.retry_after = std::move(retry_after);
    const std::lock_guard guard{at_.lock};
    troubles_[target].push_back({std::move(made), times});
}

void fake_api::fail(const std::string& target, errc why, int times)
{
    fetched made;
    made.error = why;
    const std::lock_guard guard{at_.lock};
    troubles_[target].push_back({std::move(made), times});
}

std::size_t fake_api::asked(const std::string& target)
{
    const std::lock_guard guard{at_.lock};
    return asked_[target];
}

void fake_api::wait_for(const std::string& target, std::size_t times)
{
    std::unique_lock held{at_.lock};
    at_.wait(held, [&] { return asked_[target] >= times; });
}

// ---- what it is stored in -----------------------------------------------------------------------

asio::awaitable<error_code> fake_journal::append(intake_record record)
{
    {
        const std::lock_guard guard{at_.lock};
        if (const auto found = failures_.find(record.body);
            found != failures_.end() && found->second.second-- > 0)
            co_return make_error_code(found->second.first);
        records_.push_back(std::move(record));
        at_.changed();
    }
    co_await gate_.pass();
    co_return error_code{};
}

void fake_journal::fail(const std::string& body, errc why, int times)
{
    const std::lock_guard guard{at_.lock};
    failures_[body] = {why, times};
}

std::vector<intake_record> fake_journal::records()
{
    const std::lock_guard guard{at_.lock};
    return records_;
}

std::vector<intake_record> fake_journal::wait_for(std::size_t count)
{
    std::unique_lock held{at_.lock};
    at_.wait(held, [&] { return records_.size() >= count; });
    return records_;
}

void fake_store::keep(std::int32_t partition, std::uint64_t ticket, tracked what)
{
    const std::lock_guard guard{at_.lock};
    kept_.push_back({partition, ticket, std::move(what)});
    at_.changed();
}

void fake_store::forget(std::int32_t partition, std::uint64_t ticket, tracked what)
{
    const std::lock_guard guard{at_.lock};
    forgotten_.push_back({partition, ticket, std::move(what)});
    at_.changed();
}

std::vector<fake_store::told> fake_store::kept()
{
    const std::lock_guard guard{at_.lock};
    return kept_;
}

std::vector<fake_store::told> fake_store::forgotten()
{
    const std::lock_guard guard{at_.lock};
    return forgotten_;
}

std::vector<fake_store::told> fake_store::wait_for_kept(std::size_t count)
{
    std::unique_lock held{at_.lock};
    at_.wait(held, [&] { return kept_.size() >= count; });
    return kept_;
}

std::vector<fake_store::told> fake_store::wait_for_forgotten(std::size_t count)
{
    std::unique_lock held{at_.lock};
    at_.wait(held, [&] { return forgotten_.size() >= count; });
    return forgotten_;
}

// ---- scene --------------------------------------------------------------------------------------

namespace {

std::vector<polled_source> sources_of(const provider& from)
{
    std::vector<polled_source> made;
    for (const auto* name : {"prod", "other", "twin"}) {
        auto& source = made.emplace_back();
        source.name = name;
        source.from = &from;
        source.api_key = source.name == "other" ? "key of the other" : "key";
        source.pace.interval = milliseconds{2};
    }
    return made;
}

}  // namespace

scene::scene()
    : polls{
          sources_of(provider),
          {.rows_to = journal,
           .store = store,
           .partition_of = [](std::string_view name
                           ) { return name == "prod" ? list_partition : 1'000; },
           .make_fetcher =
               [this](const asio::any_io_executor&, const polled_source&) {
                   return api.make_fetcher();
               },
           .clock = [] { return noon; }},
          brisk()}
{
}

// NOLINTNEXTLINE(bugprone-exception-escape): a thread that cannot be joined is a bug
scene::~scene()
{
    journal.release();
    polls.stop();
}

void scene::relay_owns(std::int32_t partition, std::vector<tracked> known)
{
    polls.on_owned(partition, ++ticket_, std::move(known));
}

void scene::sign(std::int32_t partition, const std::string& meeting, tracking_sign what)
{
    polls.on_sign(partition, "prod", meeting, what);
}

}  // namespace rollcall::test
