#include "providers/recall/download.hpp"

#include "providers/given_up.hpp"
#include "providers/json_facts.hpp"
#include "providers/recall/action.hpp"
#include "providers/recall/item.hpp"
#include "providers/recall/participant.hpp"
#include "providers/repeat_counter.hpp"

#include <functional>
#include <optional>
#include <utility>

namespace rollcall::recall {
namespace {

class array_reader : public download_reader {
public:
    explicit array_reader(download_of what) : what_{std::move(what)}, splitter_{what_.allowed} {}

    result<std::vector<polled_row>, fault> take(std::string_view bytes) override
    {
        auto elements = splitter_.take(bytes);
        if (!elements)
            return elements.error();
        std::vector<polled_row> rows;
        rows.reserve(elements->size());
        for (auto& each : *elements) {
            if (each.fault != errc::ok)
                rows.push_back(passed_over(each));
            else if (auto row = row_of(std::move(each.text)))
                rows.push_back(std::move(*row));
        }
        return rows;
    }

    result<std::vector<polled_row>, fault> finish() override
    {
        if (const auto closed = splitter_.finish(); !closed)
            return closed.error();
        return std::vector<polled_row>{};
    }

protected:
    /// The element's row; nothing where it tells nothing.
    virtual std::optional<polled_row> row_of(std::string element) = 0;

    polled_row new_row(std::string_view item, std::string body, std::uint32_t number = 0) const
    {
        return {
            .key = what_.recording,
            .item = std::string{item},
            .body = std::move(body),
            .number = number};
    }
    known_participants& known() const { return *what_.known; }
    json_tree& tree() { return tree_; }

private:
    polled_row passed_over(const json_array_splitter::element& which) const
    {
        auto where = what_.name + ": element " + std::to_string(which.number) + " at byte " +
                     std::to_string(which.byte);
        std::string why =
            which.fault == errc::too_deep
                ? "nested deeper than " + std::to_string(what_.allowed.depth)
                : "longer than " + std::to_string(what_.allowed.element_bytes) + " bytes";
        return make_row(what_.recording, {std::move(where), std::move(why), 1});
    }

    download_of what_;
    json_array_splitter splitter_;
    json_tree tree_;
};

std::uint64_t hash_of(const std::string& key)
{
    return std::hash<std::string>{}(key);
}

class events_reader final : public array_reader {
public:
    using array_reader::array_reader;

private:
    std::optional<polled_row> row_of(std::string element) override
    {
        const auto number = number_of(element);
        return new_row(item::participant_event, std::move(element), number);
    }

    // What cannot be read has no key: it goes to the dead letters as often as it comes.
    std::uint32_t number_of(const std::string& element)
    {
        if (!tree().parse(element) || tree().root().type != json_type::object)
            return 0;
        const auto name = optional_text(tree(), tree().root(), "action");
        const auto what =
            name == "chat_message" ? kind::participant_chat : kind::participant_updated;
        const auto done = read_action(tree(), tree().root(), "", what);
        if (!name || !done)
            return 0;
        if (done->at.absolute)
            known().note(done->who, *done->at.absolute);
        return keys_.count(
            hash_of(action_identity("", "", *name, done->who.id, done->at, done->said))
        );
    }

    repeat_counter keys_{remembered_keys};
};

class participants_reader final : public array_reader {
public:
    using array_reader::array_reader;

private:
    std::optional<polled_row> row_of(std::string element) override
    {
        if (!tree().parse(element) || tree().root().type != json_type::object)
            return new_row(item::participant, std::move(element));
        const auto who = read_participant(tree(), tree().root(), "");
        if (!who)
            return new_row(item::participant, std::move(element));
        const auto at = known().news(*who);
        if (!at)
            return std::nullopt;
        auto body = R"({"action":"update","participant":)" + element +
                    R"(,"timestamp":{"absolute":")" + to_rfc3339(*at) + R"("},"data":null})";
        return new_row(item::participant, std::move(body));
    }
};

class timeline_reader final : public array_reader {
public:
    using array_reader::array_reader;

private:
    std::optional<polled_row> row_of(std::string element) override
    {
        const auto number = number_of(element);
        return new_row(item::speech, std::move(element), number);
    }

    std::uint32_t number_of(const std::string& element)
    {
        if (!tree().parse(element) || tree().root().type != json_type::object)
            return 0;
        const auto* const participant = tree().find(tree().root(), "participant");
        const auto* const start = tree().find(tree().root(), "start_timestamp");
        if (participant == nullptr || start == nullptr)
            return 0;
        const auto who = read_participant(tree(), *participant, "");
        const auto at = read_moment(tree(), *start, "");
        if (!who || !at)
            return 0;
        return keys_.count(hash_of(action_identity("", "", "speech_on", who->id, *at, {})));
    }

    repeat_counter keys_{remembered_keys};
};

}  // namespace

std::string_view in_words(artifact_file which)
{
    switch (which) {
        case artifact_file::events:
            return "participant events";
        case artifact_file::participants:
            return "participants";
        case artifact_file::timeline:
            return "speaker timeline";
    }
    return "nothing";
}

std::unique_ptr<download_reader> make_reader(download_of what)
{
    switch (what.which) {
        case artifact_file::events:
            return std::make_unique<events_reader>(std::move(what));
        case artifact_file::participants:
            return std::make_unique<participants_reader>(std::move(what));
        case artifact_file::timeline:
            return std::make_unique<timeline_reader>(std::move(what));
    }
    return nullptr;
}

}  // namespace rollcall::recall
