#include "core/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

namespace rollcall {
namespace {

std::atomic<log_format> current_format{log_format::text};

spdlog::level::level_enum to_spdlog(log_level level)
{
    switch (level) {
        case log_level::debug:
            return spdlog::level::debug;
        case log_level::info:
            return spdlog::level::info;
        case log_level::warn:
            return spdlog::level::warn;
        case log_level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

// One sink for the process; which stage speaks is part of the payload, so that a stage costs no
// registry look-up.
spdlog::logger& process_logger()
{
    static const auto logger = [] {
        auto made = std::make_shared<spdlog::logger>(
            "rollcall", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()
        );
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%-5l%$ %v", spdlog::pattern_time_type::utc);
        made->flush_on(spdlog::level::debug);
        return made;
    }();
    return *logger;
}

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            char escaped[7];
            std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
            out += escaped;
        } else {
            out += c;
        }
    }
    out += '"';
}

bool needs_quotes(std::string_view value)
{
    return value.empty() || value.find_first_of(" \"=\t\r\n\\") != std::string_view::npos;
}

}  // namespace

void configure_logging(std::optional<log_format> wanted, log_level level)
{
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    const auto format = wanted.value_or(terminal ? log_format::text : log_format::json);
    auto& logger = process_logger();
    if (format == log_format::json)
        logger.set_pattern(
            R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})", spdlog::pattern_time_type::utc
        );
    else
        logger.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%-5l%$ %v", spdlog::pattern_time_type::utc);
    logger.set_level(to_spdlog(level));
    current_format = format;
}

bool stage_log::shows_debug()
{
    return process_logger().should_log(spdlog::level::debug);
}

stage_log::stage_log(std::string stage) : stage_{std::move(stage)} {}

void stage_log::write(
    log_level level, std::string_view fact, std::initializer_list<log_field> fields
) const
{
    auto& logger = process_logger();
    if (!logger.should_log(to_spdlog(level)))
        return;
    std::string line;
    if (current_format == log_format::json) {
        line += "\"stage\":";
        append_json_string(line, stage_);
        line += ",\"message\":";
        append_json_string(line, fact);
        for (const auto& field : fields) {
            line += ',';
            append_json_string(line, field.name);
            line += ':';
            append_json_string(line, field.value);
        }
    } else {
        line.append(stage_).append(": ").append(fact);
        for (const auto& field : fields) {
            line.append(" ").append(field.name).append("=");
            if (needs_quotes(field.value))
                append_json_string(line, field.value);
            else
                line += field.value;
        }
    }
    logger.log(to_spdlog(level), line);
}

void stage_log::debug(std::string_view fact, std::initializer_list<log_field> fields) const
{
    write(log_level::debug, fact, fields);
}
void stage_log::info(std::string_view fact, std::initializer_list<log_field> fields) const
{
    write(log_level::info, fact, fields);
}
void stage_log::warn(std::string_view fact, std::initializer_list<log_field> fields) const
{
    write(log_level::warn, fact, fields);
}
void stage_log::error(std::string_view fact, std::initializer_list<log_field> fields) const
{
    write(log_level::error, fact, fields);
}

}  // namespace rollcall
