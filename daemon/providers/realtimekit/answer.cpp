#include "providers/realtimekit/answer.hpp"

#include "providers/json_scanner.hpp"

#include <charconv>
#include <string>

namespace rollcall::realtimekit {
namespace {

class answer_reader {
public:
    answer_reader(std::string_view body, std::string_view name, bool list, std::string& unescaped)
        : body_{body}, name_{name}, list_{list}, scanner_{body, unescaped}
    {
    }

    result<answer, fault> read()
    {
        if (!read_object(&answer_reader::read_member) ||
            !(scanner_.at_end() || scanner_.fail(errc::not_json)))
            return why_ ? *why_ : scanner_.why();
        if (failed_)
            return fault{errc::unknown_value, "success"};
        if (!has_rows_)
            return fault{errc::missing_field, std::string{name_.empty() ? "data" : name_}};
        return std::move(found_);
    }

private:
    using member_reader = bool (answer_reader::*)(std::string_view key);

    bool read_object(member_reader read_one)
    {
        if (!scanner_.take('{'))
            return refuse(errc::wrong_type, "body");
        if (scanner_.take('}'))
            return true;
        do {
            json_string key;
            if (!scanner_.read_key(key))
                return false;
            // A key with escapes is none of ours; its text would not outlive the next one.
            if (!(this->*read_one)(key.plain ? key.text : std::string_view{}))
                return false;
        } while (scanner_.take(','));
        return scanner_.take('}') || scanner_.fail(errc::not_json);
    }

    bool read_member(std::string_view key)
    {
        if (key == "success")
            return read_success();
        if (key == "paging")
            return read_paging();
        if (key != "data" && key != "result")
            return scanner_.skip_value();
        if (scanner_.peek() == '[' && list_)
            return read_rows();
        if (scanner_.peek() != '{')
            return scanner_.skip_value();
        return name_.empty() ? read_row() : read_object(&answer_reader::read_inner);
    }

    bool read_inner(std::string_view key)
    {
        if (key == "paging")
            return read_paging();
        if (key != name_)
            return scanner_.skip_value();
        const char first = scanner_.peek();
        if (first != (list_ ? '[' : '{'))
            return refuse(errc::wrong_type, name_);
        return list_ ? read_rows() : read_row();
    }

    bool read_success()
    {
        const char first = scanner_.peek();
        failed_ = failed_ || first == 'f';
        return scanner_.skip_value();
    }

    bool read_paging()
    {
        if (scanner_.peek() != '{')
            return scanner_.skip_value();
        return read_object(&answer_reader::read_count);
    }

    bool read_count(std::string_view key)
    {
        const char first = scanner_.peek();
        if (key != "total_count" || first < '0' || first > '9')
            return scanner_.skip_value();
        std::string_view token;
        if (!scanner_.read_number(token))
            return false;
        std::uint64_t count = 0;
        const auto read = std::from_chars(token.data(), token.data() + token.size(), count);
        if (read.ec == std::errc{} && read.ptr == token.data() + token.size())
            found_.total = count;
        return true;
    }

    bool read_rows()
    {
        if (has_rows_)
            return refuse(errc::duplicate_key, name_);
        has_rows_ = true;
        scanner_.take('[');
        if (scanner_.take(']'))
            return true;
        do {
            if (found_.rows.size() == most_rows)
                return refuse(errc::unknown_value, name_);
            if (!add_row())
                return false;
        } while (scanner_.take(','));
        return scanner_.take(']') || scanner_.fail(errc::not_json);
    }

    bool read_row()
    {
        if (has_rows_)
            return refuse(errc::duplicate_key, name_);
        has_rows_ = true;
        return add_row();
    }

    bool add_row()
    {
        if (scanner_.peek() != '{')
            return refuse(errc::wrong_type, name_);
        const auto start = scanner_.position();
        if (!scanner_.skip_value())
            return false;
        found_.rows.push_back(body_.substr(start, scanner_.position() - start));
        return true;
    }

    bool refuse(errc code, std::string_view where)
    {
        why_ = fault{code, std::string{where}};
        return false;
    }

    std::string_view body_;
    std::string_view name_;
    bool list_;
    json_scanner scanner_;
    answer found_;
    std::optional<fault> why_;
    bool failed_ = false;
    bool has_rows_ = false;
};

}  // namespace

result<answer, fault> read_list(std::string_view body, std::string_view name)
{
    thread_local std::string unescaped;
    return answer_reader{body, name, true, unescaped}.read();
}

result<answer, fault> read_one(std::string_view body, std::string_view name)
{
    thread_local std::string unescaped;
    return answer_reader{body, name, false, unescaped}.read();
}

}  // namespace rollcall::realtimekit
