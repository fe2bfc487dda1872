#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

enum class log_format { text, json };
enum class log_level { debug, info, warn, error };

/// Sets up logging to standard error for the whole process; call it once before threads start, or
/// again on reload. JSON has one object a line: `time`, `level`, `stage`, `message` and the fields.
/// No format: text where that is a terminal, JSON elsewhere.
void configure_logging(std::optional<log_format> format, log_level level);

/// A fact's detail. Never a body, a header's value, a signature or a setting that could be a
/// secret.
struct log_field {
    std::string_view name;
    std::string value;
    log_field(std::string_view n, std::string v) : name{n}, value{std::move(v)} {}
    log_field(std::string_view n, std::string_view v) : name{n}, value{v} {}
    log_field(std::string_view n, const char* v) : name{n}, value{v} {}
    template <class Number>
        requires std::integral<Number> || std::floating_point<Number>
    log_field(std::string_view n, Number v) : name{n}, value{std::to_string(v)}
    {
    }
};

/// The log of one stage: a short fact, then `key=value` pairs. Safe on every thread.
class stage_log {
public:
    explicit stage_log(std::string stage);

    void debug(std::string_view fact, std::initializer_list<log_field> fields = {}) const;
    void info(std::string_view fact, std::initializer_list<log_field> fields = {}) const;
    void warn(std::string_view fact, std::initializer_list<log_field> fields = {}) const;
    void error(std::string_view fact, std::initializer_list<log_field> fields = {}) const;

    /// Whether `debug` says anything: for facts so frequent that their fields are to cost nothing
    /// where nobody reads them.
    static bool shows_debug();

private:
    void write(log_level level, std::string_view fact, std::initializer_list<log_field> fields)
        const;

    std::string stage_;
};

}  // namespace rollcall
