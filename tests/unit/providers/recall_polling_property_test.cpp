// A workspace whose artifacts become done in any order, whose lists lag and fail, whose links
// expire, and whose files break off: the list finds every recording, and each recording's plan
// stores its whole file, whatever fails on the way and whenever a successor takes over.
#include "polled_plan.hpp"
#include "recall_answers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

const timestamp start = *parse_rfc3339("2026-03-17T12:00:00Z");
const std::string base = "https://us-west-2.recall.ai";

enum class fate : std::uint8_t { done, failed, deleted, done_at_last };

struct model_recording {
    std::string id, artifact;
    timestamp begins, ends;
    timestamp made;  // the artifact is done or failed
    fate comes_to = fate::done;
    std::size_t entries = 0;
};

class workspace {
public:
    explicit workspace(unsigned seed) : random_{seed}
    {
        for (int i = 0; i < 30; ++i) {
            const auto number = std::to_string(i);
            const auto begins = start + milliseconds{between(0, 3 * 3'600'000)};
            const auto ends = begins + milliseconds{between(1, 120) * 60'000};
            const auto comes_to = happens(0.8)   ? fate::done
                                  : happens(0.5) ? fate::failed
                                  : happens(0.5) ? fate::deleted
                                                 : fate::done_at_last;
            const auto made = ends + milliseconds{between(5, 600) * 1000};
            all.push_back(
                {"rec-" + number,
                 "art-" + number,
                 begins,
                 ends,
                 comes_to == fate::done_at_last ? made + 3h : made,
                 comes_to,
                 static_cast<std::size_t>(between(0, 40))}
            );
        }
        std::ranges::sort(all, {}, &model_recording::begins);
    }

    bool happens(double chance) { return std::bernoulli_distribution{chance}(random_); }
    std::int64_t between(std::int64_t low, std::int64_t high)
    {
        return std::uniform_int_distribution{low, high}(random_);
    }

    poll_response get(const std::string& target, timestamp now)
    {
        const auto path = target.substr(0, target.find('?'));
        if (path == "/api/v1/participant_events/")
            return list(target, now);
        for (const auto& each : all) {
            if (each.begins > now)
                continue;
            if (path == "/api/v1/recording/" + each.id + "/")
                return answer(recording_answer(
                    now >= each.ends ? "done" : "processing", artifact_of(each, now), each.id
                ));
            if (path == "/api/v1/participant_events/" + each.artifact + "/" &&
                !is_deleted(each, now))
                return answer(artifact_of(each, now));
        }
        return {404, "", now, "{}", ""};
    }

    // What a link leads to; nothing where it has expired.
    const model_recording* linked(const std::string& link, timestamp now) const
    {
        for (const auto& each : all) {
            const auto at = link.find("token=" + each.id + "%2F");
            if (at == std::string::npos)
                continue;
            const auto made = std::stoll(link.substr(link.find("%2F", at) + 3));
            return now - timestamp{milliseconds{made}} < 30s ? &each : nullptr;
        }
        return nullptr;
    }

    std::string file_of(const model_recording& which) const
    {
        std::string file = "[";
        for (std::size_t i = 0; i < which.entries; ++i) {
            file.append(i == 0 ? "" : ",").append(R"({"id":")").append(which.id).append("/");
            file.append(std::to_string(i)).append(R"(","action":"join","participant":{"id":)");
            file.append(std::to_string(i / 2)).append(R"(},"timestamp":{"absolute":")");
            file.append(to_rfc3339(which.begins)).append(R"("},"data":null})");
        }
        return file + "]";
    }

    std::vector<model_recording> all;

private:
    static poll_response answer(std::string body)
    {
        return {200, "application/json", std::nullopt, std::move(body), ""};
    }

    static bool is_deleted(const model_recording& which, timestamp now)
    {
        return which.comes_to == fate::deleted && now >= which.made;
    }

    std::string artifact_of(const model_recording& which, timestamp now)
    {
        const bool is_made = now >= which.made;
        const auto* const made = which.comes_to == fate::failed    ? "failed"
                                 : which.comes_to == fate::deleted ? "deleted"
                                                                   : "done";
        const auto link = which.id + "%2F" + std::to_string(now.time_since_epoch().count());
        return artifact_answer{
            .code = is_made ? made : "processing",
            .updated_at = to_rfc3339(is_made ? which.made : which.begins),
            .created_at = to_rfc3339(which.begins),
            .id = which.artifact,
            .recording = which.id,
            .links = link}
            .text();
    }

    // Ten a page, the newest first; rows become visible up to a minute late.
    poll_response list(const std::string& target, timestamp now)
    {
        constexpr std::string_view name = "created_at_after=";
        const auto at = target.find(name);
        if (at == std::string::npos)
            return {400, "", now, "{}", ""};
        const auto end = std::min(target.find('&', at), target.size());
        auto text = target.substr(at + name.size(), end - at - name.size());
        for (auto colon = text.find("%3A"); colon != std::string::npos; colon = text.find("%3A"))
            text.replace(colon, 3, ":");
        const auto after = *parse_rfc3339(text);
        const auto page = target.find("&cursor=");
        const std::size_t skip =
            page == std::string::npos ? 0 : std::stoul(target.substr(page + 8));
        std::vector<std::string> rows;
        for (auto each = all.rbegin(); each != all.rend(); ++each)
            if (each->begins > after && each->begins + visible_after(*each) <= now)
                rows.push_back(artifact_of(*each, now));
        std::string shown;
        for (std::size_t i = skip; i < std::min(rows.size(), skip + 10); ++i)
            shown.append(shown.empty() ? "" : ",").append(rows[i]);
        std::string next;
        if (skip + 10 < rows.size())
            next = base + "/api/v1/participant_events/?" + target.substr(at, end - at) +
                   "&cursor=" + std::to_string(skip + 10);
        return answer(list_answer(shown, next));
    }

    static milliseconds visible_after(const model_recording& which)
    {
        return milliseconds{which.entries * 1500};
    }

    std::mt19937 random_;
};

struct story {
    std::map<std::string, int> told;    // by recording, the rows of the list
    std::multiset<std::string> stored;  // bodies of the files' rows
    std::multiset<std::string> swept;
    bool downloaded_twice = false;
};

// A poller without its loops: one list, and a plan for every recording that was told of.
class small_poller {
public:
    small_poller(workspace& any, double trouble) : any_{any}, trouble_{trouble}
    {
        objects_.push_back({"", make("", ""), ""});
    }

    story run(timestamp until)
    {
        for (now_ = start; now_ < until;) {
            auto next = until;
            for (std::size_t i = 0; i < objects_.size(); ++i)
                next = std::min(next, advance(i));
            now_ = std::max(next, now_ + 50ms);
            std::erase_if(objects_, [](const object& each) { return each.gone; });
        }
        return std::move(story_);
    }

private:
    struct object {
        std::string meeting;
        std::unique_ptr<poll_plan> plan;
        std::string kept;
        bool gone = false;
    };

    static std::unique_ptr<poll_plan> make(const std::string& meeting, const std::string& state)
    {
        poll_pace pace;
        pace.account = "c0ffee00";
        return std::move(polled_plan::of_recall(meeting, state, pace).plan);
    }

    timestamp advance(std::size_t which)
    {
        const auto step = objects_[which].plan->next(now_);
        if (std::holds_alternative<poll_plan::done>(step)) {
            objects_[which].gone = true;
            finished_.insert(objects_[which].meeting);
            return now_;
        }
        if (const auto* const wait = std::get_if<poll_plan::wait>(&step))
            return wait->until;
        ask(which, std::get<poll_request>(step));
        return now_ + 100ms;
    }

    void ask(std::size_t which, const poll_request& request)
    {
        auto& plan = *objects_[which].plan;
        std::vector<polled_row> rows;
        poll_response response;
        if (request.how == poll_method::download)
            response = download(plan, request.target, rows);
        else if (any_.happens(trouble_))
            response = trouble();
        else
            response = any_.get(request.target, now_);
        auto outcome = plan.on_response(response, now_);
        if (outcome.result != poll_result::good) {
            EXPECT_TRUE(outcome.rows.empty() && outcome.downloaded.empty() && !outcome.swept);
            return;
        }
        if (any_.happens(trouble_))  // what was read is not stored
            return;
        for (auto& row : outcome.rows)
            rows.push_back(std::move(row));
        store(objects_[which].meeting, rows, outcome);
        if (any_.happens(trouble_)) {  // a successor goes on from the state that was kept
            objects_[which].plan = make(objects_[which].meeting, objects_[which].kept);
            return;
        }
        plan.on_stored(now_);
        objects_[which].kept = plan.state();
    }

    poll_response download(poll_plan& plan, const std::string& link, std::vector<polled_row>& rows)
    {
        const auto* const of = any_.linked(link, now_);
        if (of == nullptr)
            return {403, "", std::nullopt, "", ""};
        auto file = link.find("participants") == std::string::npos ? any_.file_of(*of) : "[]";
        if (any_.happens(trouble_))
            file.resize(static_cast<std::size_t>(
                any_.between(0, static_cast<std::int64_t>(file.size()) - 1)
            ));
        auto reading = plan.open_download();
        auto taken = reading.by->take(file);
        EXPECT_TRUE(taken);
        rows = std::move(*taken);
        const auto end = reading.by->finish();
        // Rows of a broken file are stored, too.
        if (!end)
            store(of->id, rows, {});
        return {200, "", std::nullopt, "", end ? "" : "broke off at " + end.error().where};
    }

    poll_response trouble()
    {
        switch (any_.between(0, 4)) {
            case 0:
                return {500, "", std::nullopt, "", ""};
            case 1:
                return {503, "", std::nullopt, "", ""};
            case 2:
                return {200, "", std::nullopt, R"({"next":null,"resu)", ""};
            case 3:
                return {200, "", std::nullopt, "", "too large"};
            default:
                return {429, "", std::nullopt, "", ""};
        }
    }

    void store(
        const std::string& meeting, const std::vector<polled_row>& rows, const poll_outcome& outcome
    )
    {
        for (const auto& row : rows) {
            EXPECT_FALSE(row.key.empty());
            if (row.item == "artifact")
                see(row);
            else if (row.item == "participant_event")
                story_.stored.insert(row.key + "#" + std::to_string(row.number) + row.body);
        }
        if (outcome.swept)
            story_.swept.insert(meeting);
    }

    // As the relay would: what has settled is not followed again.
    void see(const polled_row& row)
    {
        ++story_.told[row.key];
        if (finished_.contains(row.key))
            return;
        const auto known = std::ranges::find(objects_, row.key, &object::meeting);
        if (known == objects_.end())
            objects_.push_back({row.key, make(row.key, ""), ""});
        else if (row.body.find(R"("code":"processing")") == std::string::npos)
            known->plan->on_ended(now_);
    }

    workspace& any_;
    double trouble_;
    timestamp now_ = start;
    std::vector<object> objects_;
    std::set<std::string> finished_;
    story story_;
};

class PolledWorkspace : public testing::TestWithParam<unsigned> {};

TEST_P(PolledWorkspace, LosesNothing)
{
    const double trouble = GetParam() % 2 == 0 ? 0 : 0.05;
    workspace any{GetParam()};
    const auto told = small_poller{any, trouble}.run(start + 12h);
    for (const auto& each : any.all) {
        EXPECT_TRUE(told.told.contains(each.id)) << each.id;
        EXPECT_GE(told.swept.count(each.id), 1u) << each.id;
        if (trouble == 0) {
            EXPECT_EQ(told.swept.count(each.id), 1u) << each.id;
            EXPECT_LE(told.told.at(each.id), 2) << each.id;
        }
        const bool has_file = each.comes_to == fate::done || each.comes_to == fate::done_at_last;
        std::set<std::string> different;
        const auto first = told.stored.lower_bound(each.id + "#");
        const auto last = told.stored.lower_bound(each.id + "$");
        for (auto row = first; row != last; ++row)
            different.insert(*row);
        EXPECT_EQ(different.size(), has_file ? each.entries : 0) << each.id;
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PolledWorkspace, testing::Range(0U, 12U));

}  // namespace
}  // namespace rollcall::test
