#include "app/dead_letter.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace rollcall {
namespace {

// What the relay has added to the intake's headers.
constexpr std::array<std::string_view, 6> added = {
    "rollcall-reason",
    "rollcall-where",
    "rollcall-step",
    "rollcall-buried",
    "rollcall-meeting",
    "rollcall-intake"};

}  // namespace

dead_letter read_dead_letter(const consumed_record& record)
{
    dead_letter letter{
        .at = {std::string{record.topic()}, record.partition(), record.offset()},
        .buried_at = record.at(),
        .source = std::string{record.key()},
        .meeting = std::string{record.header("rollcall-meeting")},
        .reason = std::string{record.header("rollcall-reason")},
        .where = std::string{record.header("rollcall-where")},
        .step = std::string{record.header("rollcall-step")},
        .intake = parse_intake_place(record.header("rollcall-intake")),
        .with = record.all_headers(),
        .body = std::string{record.value()}};
    if (const auto buried = parse_rfc3339(record.header("rollcall-buried")))
        letter.buried_at = *buried;
    return letter;
}

headers headers_in_intake(const dead_letter& letter)
{
    headers with;
    std::ranges::copy_if(letter.with, std::back_inserter(with), [](const auto& header) {
        return std::ranges::find(added, header.first) == added.end();
    });
    return with;
}

std::string why_text(const dead_letter& letter)
{
    auto text = letter.reason;
    if (!letter.where.empty())
        text += " at " + letter.where;
    return letter.step.empty() ? text : text + " (" + letter.step + ")";
}

}  // namespace rollcall
