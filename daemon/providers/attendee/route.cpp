#include "providers/attendee/route.hpp"

#include "providers/json_scanner.hpp"

namespace rollcall::attendee {
namespace {

// The names of an envelope that say where it belongs.
struct addresses {
    std::string bot, app_session, delivery;

    std::string* find(std::string_view key)
    {
        if (key == "bot_id")
            return &bot;
        if (key == "app_session_id")
            return &app_session;
        return key == "idempotency_key" ? &delivery : nullptr;
    }
    // An app session is no reason to stop: a bot would come before it.
    bool complete() const { return !bot.empty() && !delivery.empty(); }
};

bool read_member(json_scanner& scanner, addresses& found)
{
    json_string key;
    if (!scanner.read_key(key))
        return false;
    std::string* const wanted = found.find(key.text);
    if (wanted == nullptr || scanner.peek() != '"')
        return scanner.skip_value();
    json_string value;
    if (!scanner.read_string(value))
        return false;
    *wanted = value.text;
    return true;
}

}  // namespace

result<routing, fault> route(std::string_view body)
{
    thread_local std::string unescaped;
    json_scanner scanner{body, unescaped};
    if (!scanner.take('{'))
        return fault{errc::not_json, scanner.why().where};
    addresses found;
    if (!scanner.take('}')) {
        do {
            if (!read_member(scanner, found))
                return scanner.why();
        } while (!found.complete() && scanner.take(','));
        if (!found.complete() && !scanner.take('}'))
            return scanner.why();
    }
    return routing{found.bot.empty() ? found.app_session : found.bot, found.delivery};
}

}  // namespace rollcall::attendee
