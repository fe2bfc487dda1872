#include "recall_polling_properties.hpp"

#include "providers/given_up.hpp"
#include "providers/json_tree.hpp"
#include "providers/recall/download.hpp"
#include "providers/recall/item.hpp"
#include "providers/recall/recall.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace rollcall::test {
namespace {

const std::string recording_id = "b3d0a6c8-52f1-4c9b-9a6e-0e3f4d7a1c55";
constexpr timestamp start{std::chrono::milliseconds{1773756360000}};
constexpr array_limits small{.elements = 100, .element_bytes = 2'000, .depth = 6};

void expect(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

const provider& recall_provider()
{
    static const auto made = [] {
        source_options options;
        options.region = "us-west-2";
        options.speaker_timeline = true;
        options.download_elements = small.elements;
        options.download_element_bytes = small.element_bytes;
        options.download_depth = small.depth;
        return recall::make(options);
    }();
    return *made;
}

poll_pace pace()
{
    poll_pace made;
    made.base_url = "https://us-west-2.recall.ai";
    return made;
}

void expect_usable_row(const polled_row& row, way via)
{
    if (row.item == given_up_item)
        return expect(read_given_up(row.body).has_value(), "given up: what, and why");
    intake_record record;
    record.key = row.key;
    record.item = row.item;
    record.body = row.body;
    record.number = row.number;
    record.source = "fuzz";
    record.provider = "recall";
    record.via = via;
    const auto found = recall_provider().normalise(record);
    if (!found)
        return;
    for (const auto& made : found->events) {
        const auto prefix = "recall:us-west-2:" + made.meeting.id + ":";
        expect(made.identity.starts_with(prefix), "identity of its recording");
        expect(made.number == row.number || via == way::poll, "numbered as the row is");
        expect(made.meeting.id == row.key, "stored with its recording");
        expect(made.via == via, "came as the row did");
    }
}

struct file_rows {
    std::vector<polled_row> rows;
    bool whole = false;
};

file_rows read(std::string_view file, recall::artifact_file which, std::size_t piece)
{
    const auto known = std::make_shared<recall::known_participants>();
    known->note({.id = "100", .name = "Ada"}, start);
    const auto by = recall::make_reader({which, recording_id, "file", small, known});
    file_rows found;
    const auto add = [&found](result<std::vector<polled_row>, fault> rows) {
        if (!rows)
            expect(rows.error().where.starts_with("byte "), "a broken file: where");
        else
            for (auto& row : *rows)
                found.rows.push_back(std::move(row));
        return rows.has_value();
    };
    for (std::size_t at = 0; at < file.size(); at += piece) {
        const std::string part{file.substr(at, piece)};
        if (!add(by->take(part)))
            return found;
    }
    found.whole = add(by->finish());
    return found;
}

// What a piece completes before the file turns out to be broken may be told or not.
void expect_same_rows(const file_rows& a, const file_rows& b)
{
    expect(a.whole == b.whole, "pieces: as whole");
    if (!a.whole)
        return;
    expect(a.rows.size() == b.rows.size(), "pieces: as many rows");
    for (std::size_t i = 0; i < a.rows.size(); ++i)
        expect(
            a.rows[i].body == b.rows[i].body && a.rows[i].number == b.rows[i].number,
            "pieces: the same rows"
        );
}

void expect_readable(std::string_view file, recall::artifact_file which)
{
    const auto whole = read(file, which, file.size() + 1);
    expect_same_rows(whole, read(file, which, 1 + file.size() / 3));
    expect_same_rows(whole, read(file, which, 1));
    json_tree tree;
    const bool is_array = tree.parse(file) && tree.root().type == json_type::array;
    if (is_array && tree.root().children <= small.elements) {
        expect(whole.whole, "every array is read to its end");
        if (which != recall::artifact_file::participants)
            expect(whole.rows.size() == tree.root().children, "a row for each element");
    }
    for (const auto& row : whole.rows) {
        const bool is_copy = row.item != given_up_item && row.item != recall::item::participant;
        expect(!is_copy || file.find(row.body) != std::string_view::npos, "byte for byte");
        expect_usable_row(row, way::download);
    }
}

poll_request next_request(const poll_plan& plan, timestamp& now)
{
    for (int waits = 0; waits < 3; ++waits) {
        const auto step = plan.next(now);
        if (const auto* request = std::get_if<poll_request>(&step))
            return *request;
        if (std::holds_alternative<poll_plan::done>(step))
            return {};
        const auto until = std::get<poll_plan::wait>(step).until;
        expect(until > now && until - now <= std::chrono::hours{24}, "waits, but not for ever");
        now = until;
    }
    expect(false, "what was waited for comes");
    return {};
}

void expect_sensible(const poll_request& request)
{
    if (request.how == poll_method::download)
        return;
    expect(request.target.starts_with("/"), "asks the API");
    for (const char c : request.target)
        expect(c > ' ' && c < 0x7F && c != '#', "asks with what a URL may hold");
}

void expect_one_answer(poll_plan& plan, std::string_view body, unsigned status, timestamp& now)
{
    const auto request = next_request(plan, now);
    if (request.target.empty())
        return;
    expect_sensible(request);
    const auto state = plan.state();
    if (request.how == poll_method::download)
        body = {};
    const auto outcome =
        plan.on_response({status, "application/json", now, std::string{body}, {}}, now);
    const bool good = outcome.result == poll_result::good;
    expect(good || !outcome.why.empty(), "says why it failed");
    expect(good || (outcome.rows.empty() && !outcome.swept), "a failure stores nothing");
    expect(plan.state() == state, "moves once the rows are stored");
    for (const auto& row : outcome.rows)
        expect_usable_row(row, way::poll);
    if (good)
        plan.on_stored(now);
    json_tree tree;
    const auto kept = plan.state();
    expect(tree.parse(kept).has_value() && kept.size() < 512, "state: a small object");
}

void expect_survives(std::string_view body, const std::string& meeting, std::string_view first)
{
    const auto& from = recall_provider();
    auto now = start;
    const auto plan = meeting.empty() ? from.list(pace(), {}) : from.follow(pace(), meeting, {});
    if (!first.empty())
        expect_one_answer(*plan, first, 200, now);
    for (const unsigned status : {200U, 200U, 404U, 200U, 500U, 403U, 200U})
        expect_one_answer(*plan, body, status, now);
    const auto successor =
        meeting.empty() ? from.list(pace(), body) : from.follow(pace(), meeting, body);
    expect_one_answer(*successor, body, 200, now);
}

}  // namespace

void expect_recall_polling_properties(std::string_view body)
{
    for (const auto which :
         {recall::artifact_file::events,
          recall::artifact_file::participants,
          recall::artifact_file::timeline})
        expect_readable(body, which);
    const auto over = R"({"id":")" + recording_id + R"(","status":{"code":"done"}})";
    expect_survives(body, "", "");
    expect_survives(body, recording_id, "");
    expect_survives(body, recording_id, over);
    expect_survives(body, "bot:7c1f3a52-9f0e-4f57-8a1d-2b7f7d0c9e14", "");
}

}  // namespace rollcall::test
