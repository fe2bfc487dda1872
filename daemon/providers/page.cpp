#include "providers/page.hpp"

#include "providers/json_scanner.hpp"

namespace rollcall {
namespace {

class page_reader {
public:
    page_reader(std::string_view body, std::string& unescaped, const next_reader& next)
        : body_{body}, next_{next}, scanner_{body, unescaped}
    {
    }

    result<page, fault> read()
    {
        if (!read_object())
            return why_ ? *why_ : scanner_.why();
        if (!has_next_)
            return fault{errc::missing_field, "next"};
        if (!has_results_)
            return fault{errc::missing_field, "results"};
        return std::move(found_);
    }

private:
    bool read_object()
    {
        if (scanner_.peek() != '{')
            return refuse(errc::not_json, scanner_.why().where);
        scanner_.take('{');
        if (!scanner_.take('}')) {
            do {
                if (!read_member())
                    return false;
            } while (scanner_.take(','));
            if (!scanner_.take('}'))
                return scanner_.fail(errc::not_json);
        }
        return scanner_.at_end() || scanner_.fail(errc::not_json);
    }

    bool read_member()
    {
        json_string key;
        if (!scanner_.read_key(key))
            return false;
        if (key.text == "next")
            return once(has_next_, "next") && read_next();
        if (key.text == "results")
            return once(has_results_, "results") && read_results();
        return scanner_.skip_value();
    }

    bool read_next()
    {
        const char first = scanner_.peek();
        if (first == 'n')
            return scanner_.read_literal("null");
        if (first != '"')
            return refuse(errc::wrong_type, "next");
        json_string url;
        if (!scanner_.read_string(url))
            return false;
        found_.next = next_(url.text);
        const bool sensible = found_.next && found_.next->size() <= most_next_bytes;
        return sensible || refuse(errc::unknown_value, "next");
    }

    bool read_results()
    {
        if (scanner_.peek() != '[')
            return refuse(errc::wrong_type, "results");
        scanner_.take('[');
        if (scanner_.take(']'))
            return true;
        do {
            if (!read_row())
                return false;
        } while (scanner_.take(','));
        return scanner_.take(']') || scanner_.fail(errc::not_json);
    }

    bool read_row()
    {
        if (scanner_.peek() != '{')
            return refuse(errc::wrong_type, "results");
        if (found_.rows.size() == most_rows)
            return refuse(errc::unknown_value, "results");
        const auto start = scanner_.position();
        if (!scanner_.skip_value())
            return false;
        found_.rows.push_back(body_.substr(start, scanner_.position() - start));
        return true;
    }

    bool once(bool& had, std::string_view key)
    {
        if (had)
            return refuse(errc::duplicate_key, key);
        return had = true;
    }

    bool refuse(errc code, std::string_view where)
    {
        why_ = fault{code, std::string{where}};
        return false;
    }

    std::string_view body_;
    const next_reader& next_;
    json_scanner scanner_;
    page found_;
    std::optional<fault> why_;
    bool has_next_ = false;
    bool has_results_ = false;
};

}  // namespace

result<page, fault> read_page(std::string_view body, const next_reader& next)
{
    thread_local std::string unescaped;
    return page_reader{body, unescaped, next}.read();
}

}  // namespace rollcall
