#include "app/tail.hpp"

#include "app/connection.hpp"
#include "app/exit_code.hpp"
#include "app/tail_line.hpp"
#include "app/topic_names.hpp"
#include "kafka/partition_reader.hpp"

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace rollcall {
namespace {

constexpr milliseconds question{10'000};
constexpr milliseconds look_around{200};

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void interrupt(int)
{
    interrupted = true;
}

result<std::int64_t> first_offset(
    partition_reader& reader,
    const std::string& topic,
    std::int32_t partition,
    const tail_start& from
)
{
    if (const auto* at = std::get_if<timestamp>(&from))
        return reader.offset_at(topic, partition, *at, question);
    const auto marks = reader.query_watermarks(topic, partition, question);
    if (!marks)
        return marks.error();
    return std::holds_alternative<from_beginning>(from) ? marks->low : marks->high;
}

result<std::vector<topic_partition>> start_positions(
    partition_reader& reader, const topic_names& names, const tail_start& from
)
{
    std::vector<topic_partition> positions;
    for (const auto& topic : {names.attendance, names.activity}) {
        const auto count = reader.partition_count(topic, question);
        if (!count)
            return count.error();
        for (std::int32_t p = 0; p < *count; ++p) {
            const auto offset = first_offset(reader, topic, p, from);
            if (!offset)
                return offset.error();
            positions.push_back({topic, p, *offset});
        }
    }
    return positions;
}

tail_message message_of(const consumed_record& record)
{
    return {
        .topic = record.topic(),
        .partition = record.partition(),
        .offset = record.offset(),
        .key = record.key(),
        .at = record.at(),
        .with = record.all_headers(),
        .value = record.value()};
}

// Whether the other end of the pipe that we print to is closed; while nothing is printed, no write
// would tell.
bool nobody_reads()
{
    pollfd output{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
    return ::poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

// False where nobody reads what we print any more.
bool print(const std::string& line)
{
    return std::fwrite(line.data(), 1, line.size(), stdout) == line.size() &&
           std::fputc('\n', stdout) != EOF;
}

bool follow(partition_reader& reader, const tail_options& how, bool colours)
{
    while (!interrupted) {
        auto next = reader.poll(milliseconds{0});
        if (std::holds_alternative<std::monostate>(next)) {
            if (std::fflush(stdout) != 0 || nobody_reads())
                return true;
            next = reader.poll(look_around);
        }
        if (const auto* ec = std::get_if<error_code>(&next)) {
            std::fprintf(stderr, "tail: %s\n", ec->message().c_str());
            if (classify(*ec) != reaction::retry)
                return false;
        }
        const auto* record = std::get_if<consumed_record>(&next);
        if (!record || (!how.meeting.empty() && record->key() != how.meeting))
            continue;
        const auto message = message_of(*record);
        if (!print(how.json ? tail_json(message) : tail_line(message, colours)))
            return true;
    }
    std::fflush(stdout);
    return true;
}

}  // namespace

int run_tail(const settings& with, const tail_options& how)
{
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGINT, interrupt);
    std::signal(SIGTERM, interrupt);

    const auto names = names_of(with.kafka);
    // The group is a name only: a reader of chosen partitions never joins it.
    partition_reader reader{
        connection_of(with), names.group, partition_reader::isolation::read_committed};
    const auto positions = start_positions(reader, names, how.from);
    if (!positions) {
        std::fprintf(
            stderr,
            "tail: %s: %s\n",
            with.kafka.bootstrap_servers.c_str(),
            positions.error().message().c_str()
        );
        return exit_failed;
    }
    if (const auto ec = reader.assign(*positions)) {
        std::fprintf(stderr, "tail: %s\n", ec.message().c_str());
        return exit_failed;
    }
    const char* no_color = std::getenv("NO_COLOR");  // no-color.org: present and not empty
    const bool colours = isatty(STDOUT_FILENO) == 1 && (!no_color || !*no_color);
    return follow(reader, how, colours) ? exit_done : exit_failed;
}

}  // namespace rollcall
