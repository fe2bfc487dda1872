#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace rollcall::test {

/// docs/messages/event.schema.json, which every message's value is held against. One thread at a
/// time.
class message_schema {
public:
    /// Throws `std::runtime_error` where the schema cannot be read.
    explicit message_schema(
        const std::filesystem::path& path = ROLLCALL_SOURCE_DIR "/docs/messages/event.schema.json"
    );
    ~message_schema();

    /// What is wrong with a value, each fault with its place (`/meeting/id: ...`), separated by
    /// semicolons; empty where nothing is.
    std::string fault(std::string_view value) const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace rollcall::test
