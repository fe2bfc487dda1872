#include "providers/recall/artifact_list.hpp"

#include "providers/recall/api.hpp"
#include "providers/request_target.hpp"

#include <utility>

namespace rollcall::recall {
namespace {

listed_artifact read_listed(std::string_view row)
{
    thread_local json_tree tree;
    if (!tree.parse(row) || tree.root().type != json_type::object)
        return {{}, std::string{row.substr(0, json_tree::max_bytes)}};
    auto facts = read_artifact(tree, tree.root());
    return {facts ? std::move(*facts) : artifact_facts{}, stored_artifact(tree, tree.root())};
}

}  // namespace

artifact_list::artifact_list(std::string base_url, std::size_t most_pages)
    : walk_{most_pages, [base = std::move(base_url)](std::string_view url) {
                return target_of_next(url, base);
            }}
{
}

void artifact_list::start(timestamp after)
{
    first_ = artifacts_path;
    append_parameter(first_, "created_at_after", to_rfc3339(after));
    walk_.start();
}

void artifact_list::start(std::string_view recording)
{
    first_ = artifacts_path;
    append_parameter(first_, "recording_id", recording);
    walk_.start();
}

void artifact_list::resume(std::string target)
{
    first_ = artifacts_path;
    walk_.start(std::move(target));
}

void artifact_list::restart()
{
    walk_.start();
}

poll_request artifact_list::request() const
{
    return {.target = is_first() ? first_ : walk_.cursor(), .limit = list_limit};
}

result<artifact_list::page_of, fault> artifact_list::read(std::string_view body) const
{
    auto read = walk_.read(body);
    if (!read)
        return read.error();
    page_of found{.artifacts = {}, .next = std::move(read->next)};
    found.artifacts.reserve(read->rows.size());
    for (const auto row : read->rows)
        found.artifacts.push_back(read_listed(row));
    return found;
}

}  // namespace rollcall::recall
