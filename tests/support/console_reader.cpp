#include "support/console_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ranges>
#include <stdexcept>

namespace rollcall::test {
namespace {

// Kafka's BytesDeserializer prints every byte that is not a printable ASCII character, and the
// backslash, as \xNN. So no separator can come up inside a key, a value or a header's value,
// whatever they hold.
constexpr char field_separator = '\t';
constexpr char header_separator = '\x02';
constexpr std::string_view null_literal = "\x03";
constexpr std::size_t fields = 6;  // timestamp, partition, offset, headers, key, value

std::vector<std::string> arguments(const std::string& bootstrap_servers, const std::string& topic)
{
    constexpr std::string_view bytes = "org.apache.kafka.common.serialization.BytesDeserializer";
    std::vector<std::string> all = {
        "tool",
        "org.apache.kafka.tools.consumer.ConsoleConsumer",
        "--bootstrap-server",
        bootstrap_servers,
        "--topic",
        topic,
        "--from-beginning",
        "--isolation-level",
        "read_committed"};
    const auto property = [&all](std::string_view name, std::string_view value) {
        all.emplace_back("--property");
        all.emplace_back(std::string{name} + "=" + std::string{value});
    };
    for (const auto what : {"timestamp", "partition", "offset", "headers", "key", "value"})
        property(std::string{"print."} + what, "true");
    for (const auto what : {"key", "value", "headers"})
        property(std::string{what} + ".deserializer", bytes);
    property("key.separator", {&field_separator, 1});
    property("headers.separator", {&header_separator, 1});
    property("null.literal", null_literal);
    return all;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0;;) {
        const auto end = text.find(separator, begin);
        parts.push_back(text.substr(begin, end - begin));
        if (end == std::string_view::npos)
            return parts;
        begin = end + 1;
    }
}

// `Partition:3` and the like: the number after `label`.
template <class Number>
bool read_number(std::string_view text, std::string_view label, Number& into)
{
    if (!text.starts_with(label))
        return false;
    text.remove_prefix(label.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc{} && end == text.data() + text.size();
}

// \xNN back to bytes; nothing where the text was not printed so.
std::optional<std::string> unescape(std::string_view text)
{
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            bytes += text[i];
            continue;
        }
        unsigned code = 0;
        const auto digits = text.substr(i, 4);
        if (digits.size() != 4 || digits[1] != 'x')
            return std::nullopt;
        const auto [end, error] = std::from_chars(digits.data() + 2, digits.data() + 4, code, 16);
        if (error != std::errc{} || end != digits.data() + 4)
            return std::nullopt;
        bytes += static_cast<char>(code);
        i += 3;
    }
    return bytes;
}

bool read_bytes(std::string_view text, std::optional<std::string>& into)
{
    if (text == null_literal)
        return true;
    into = unescape(text);
    return into.has_value();
}

bool read_headers(std::string_view text, std::vector<std::pair<std::string, std::string>>& into)
{
    if (text == "NO_HEADERS")
        return true;
    for (const auto header : split(text, header_separator)) {
        const auto colon = header.find(':');
        std::optional<std::string> value;
        if (colon == std::string_view::npos || !read_bytes(header.substr(colon + 1), value))
            return false;
        into.emplace_back(header.substr(0, colon), value.value_or(""));
    }
    return true;
}

bool read_timestamp(std::string_view text, std::int64_t& into)
{
    return read_number(text, "CreateTime:", into) || read_number(text, "LogAppendTime:", into);
}

}  // namespace

std::optional<std::string> console_record::header(std::string_view name) const
{
    const auto found = std::ranges::find_if(headers | std::views::reverse, [&](const auto& header) {
        return header.first == name;
    });
    if (found == (headers | std::views::reverse).end())
        return std::nullopt;
    return found->second;
}

std::optional<console_record> parse_console_line(std::string_view line)
{
    const auto parts = split(line, field_separator);
    console_record record;
    if (parts.size() != fields || !read_timestamp(parts[0], record.timestamp_ms) ||
        !read_number(parts[1], "Partition:", record.partition) ||
        !read_number(parts[2], "Offset:", record.offset) ||
        !read_headers(parts[3], record.headers) || !read_bytes(parts[4], record.key) ||
        !read_bytes(parts[5], record.value))
        return std::nullopt;
    return record;
}

console_reader::console_reader(const std::string& bootstrap_servers, const std::string& topic)
    : consumer_{{
          .program = ROLLCALL_SOURCE_DIR "/tests/kafka/broker",
          .arguments = arguments(bootstrap_servers, topic),
          .environment = {},
          .standard_output = output::to_pipe(),
          .standard_error = output::to_file(files_.path() / "err"),
      }}
{
}

std::optional<console_record> console_reader::next(milliseconds timeout)
{
    const auto line = consumer_.read_line(timeout);
    if (!line) {
        if (consumer_.at_end())
            throw std::runtime_error(
                "the console consumer has ended: " + read_file(files_.path() / "err")
            );
        return std::nullopt;
    }
    auto record = parse_console_line(*line);
    if (!record)
        throw std::runtime_error("not a line of the console consumer: " + *line);
    return record;
}

std::vector<console_record> console_reader::read_until(
    const predicate& enough, milliseconds timeout
)
{
    const auto until = std::chrono::steady_clock::now() + timeout;
    std::vector<console_record> records;
    while (!enough(records)) {
        const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
        auto record = left.count() > 0 ? next(left) : std::nullopt;
        if (!record)
            throw std::runtime_error(
                "not enough after " + std::to_string(timeout.count()) +
                " ms: " + std::to_string(records.size()) + " records"
            );
        records.push_back(std::move(*record));
    }
    return records;
}

}  // namespace rollcall::test
