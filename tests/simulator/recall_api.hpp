#pragma once

#include "simulator/api.hpp"
#include "simulator/query.hpp"
#include "simulator/rate_limit.hpp"
#include "simulator/recall_archive.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::simulator {

/// Recall.ai's API v1.11 as far as it concerns participant events: they, recordings and bots (with
/// `media_shortcuts`), real-time endpoints, and the files, each under a URL that holds all the
/// permission there is and is good for some time.
class recall_api final : public api {
public:
    explicit recall_api(api_account account);

    void show(const performance& what, steady_time begin, bool at_once) override;
    void serve_at(const std::string& url) override;
    void give_up_endpoint(const std::string& id) override { archive_.give_up_endpoint(id); }
    std::string_view path_class(const api_request& asked) const override;
    bool is_authorised(const api_request& asked) const override;
    bool is_without_key(const api_request& asked) const override;
    std::optional<milliseconds> over_limit(const api_request& asked, steady_time now) override;
    api_answer answer(const api_request& asked, steady_time now, hostility how) override;
    api_answer throttled(std::chrono::seconds wait) const override;
    api_answer failed() const override;
    instant clock(steady_time now, instant here) const override;

private:
    using row = recall_recording;
    /// The rows of a list by the time they were created, with what filters look at.
    struct listed {
        std::string id;
        stamp created{};
        std::string status;
        std::string recording_id;
        std::string bot_id;
        value json;
    };

    api_answer list(
        std::vector<listed> rows, const std::string& path, const parameters& with, hostility how
    ) const;
    std::vector<listed> artifacts(steady_time now) const;
    std::vector<listed> recordings(steady_time now) const;
    std::vector<listed> endpoints() const;
    api_answer on_artifact(const std::string& id, const api_request& asked, steady_time now);
    api_answer patch(recall_recording& of, const std::string& body, steady_time now);
    api_answer download(const api_request& asked, steady_time now);

    value artifact_json(const recall_recording& of, steady_time now, bool with_recording) const;
    value recording_json(const recall_recording& of, steady_time now) const;
    value bot_json(const recall_bot& of, steady_time now) const;
    std::string download_url(const recall_recording& of, recall_file which, std::int64_t expires)
        const;

    api_account account_;
    recall_limits how_;  // the account's
    rate_limit lists_;
    rate_limit others_;
    std::string storage_url_;
    recall_archive archive_;
};

}  // namespace rollcall::simulator
