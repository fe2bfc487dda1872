#include "read_value.hpp"

#include <rapidjson/reader.h>

#include <stdexcept>
#include <vector>

namespace rollcall::simulator {
namespace {

/// Receives what RapidJSON reads, and keeps the containers that are still open.
struct builder : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, builder> {
    std::vector<value> done;  // values whose container is not closed yet, and keys as strings
    bool take(value next)
    {
        done.push_back(std::move(next));
        return true;
    }
    bool Null() { return take({}); }
    bool Bool(bool truth) { return take(truth); }
    bool RawNumber(const char* text, rapidjson::SizeType length, bool)
    {
        return take(value::number{std::string(text, length)});
    }
    bool String(const char* text, rapidjson::SizeType length, bool)
    {
        return take(std::string(text, length));
    }
    bool Key(const char* text, rapidjson::SizeType length, bool)
    {
        keys.emplace_back(text, length);
        return true;
    }
    bool StartObject() { return true; }
    bool StartArray() { return true; }
    bool EndObject(rapidjson::SizeType count)
    {
        value::object members;
        for (std::size_t i = 0; i < count; ++i)
            members.emplace_back(
                std::move(keys[keys.size() - count + i]), std::move(done[done.size() - count + i])
            );
        keys.resize(keys.size() - count);
        done.resize(done.size() - count);
        return take(std::move(members));
    }
    bool EndArray(rapidjson::SizeType count)
    {
        value::array items;
        for (std::size_t i = 0; i < count; ++i)
            items.push_back(std::move(done[done.size() - count + i]));
        done.resize(done.size() - count);
        return take(std::move(items));
    }
    std::vector<std::string> keys;
};

}  // namespace

value read_value(std::string_view json)
{
    rapidjson::Reader reader;
    rapidjson::MemoryStream bytes{json.data(), json.size()};
    builder built;
    constexpr auto flags = rapidjson::kParseNumbersAsStringsFlag;
    if (!reader.Parse<flags>(bytes, built) || built.done.size() != 1)
        throw std::invalid_argument{"not JSON"};
    return std::move(built.done.front());
}

}  // namespace rollcall::simulator
