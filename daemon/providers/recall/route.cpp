#include "providers/recall/route.hpp"

#include "providers/json_scanner.hpp"
#include "providers/recall/bot_key.hpp"

#include <utility>

namespace rollcall::recall {
namespace {

class address_reader {
public:
    address_reader(std::string_view body, std::string& unescaped) : scanner_{body, unescaped} {}

    result<std::string, fault> read()
    {
        const auto read_root = [this](std::string_view key) {
            if (key != "data" || scanner_.peek() != '{')
                return scanner_.skip_value();
            const bool read =
                each_member([this](std::string_view member) { return read_address(member); });
            data_is_over_ = true;
            return read;
        };
        if (!each_member(read_root))
            return scanner_.why();
        if (recording_.empty() && !bot_.empty())
            return bot_key(bot_);
        return std::move(recording_);
    }

private:
    // Reads an object's members to its end, or until nothing more is needed.
    template <class ReadValue>
    bool each_member(ReadValue read_value)
    {
        if (!scanner_.take('{'))
            return scanner_.fail(errc::not_json);
        if (scanner_.take('}'))
            return true;
        do {
            json_string key;
            if (!scanner_.read_key(key) || !read_value(key.text))
                return false;
        } while (!is_enough() && scanner_.take(','));
        return is_enough() || scanner_.take('}') || scanner_.fail(errc::not_json);
    }

    bool is_enough() const { return !recording_.empty() || data_is_over_; }

    bool read_address(std::string_view key)
    {
        std::string* const wanted = key == "recording" ? &recording_
                                    : key == "bot"     ? &bot_
                                                       : nullptr;
        if (wanted == nullptr || scanner_.peek() != '{')
            return scanner_.skip_value();
        return each_member([this, wanted](std::string_view member) {
            if (member != "id" || scanner_.peek() != '"')
                return scanner_.skip_value();
            json_string id;
            if (!scanner_.read_string(id))
                return false;
            *wanted = id.text;
            return true;
        });
    }

    json_scanner scanner_;
    std::string recording_;
    std::string bot_;
    bool data_is_over_ = false;
};

}  // namespace

result<std::string, fault> route(std::string_view body)
{
    thread_local std::string unescaped;
    return address_reader{body, unescaped}.read();
}

}  // namespace rollcall::recall
