#include "providers/canonical_json.hpp"

#include <cstring>

namespace rollcall {
namespace {

// Writes into room that is known to be enough: see append_canonical.
class canonical_writer {
public:
    canonical_writer(const json_tree& tree, char* to) : tree_{tree}, to_{to} {}

    // Recursive; how deep is bounded by json_tree::max_depth.
    void write(const json_node& value)
    {
        switch (value.type) {
            case json_type::string:
                return write_string(value.text, value.text_plain);
            case json_type::array:
                return write_children(value, '[', ']');
            case json_type::object:
                return write_children(value, '{', '}');
            default:
                return copy(value.text);
        }
    }

    void write_member(const json_node& member)
    {
        write_string(member.key, member.key_plain);
        *to_++ = ':';
        write(member);
    }

    char* end() const { return to_; }

private:
    void write_children(const json_node& container, char open, char close)
    {
        *to_++ = open;
        const char* const first = to_;
        for (const auto index : tree_.children(container)) {
            const auto& child = tree_[index];
            if (to_ != first)
                *to_++ = ',';
            if (container.type == json_type::object)
                write_member(child);
            else
                write(child);
        }
        *to_++ = close;
    }

    void write_string(std::string_view text, bool plain)
    {
        *to_++ = '"';
        if (plain)
            copy(text);
        else
            for (const char c : text)
                write_escaped(c);
        *to_++ = '"';
    }

    void write_escaped(char c)
    {
        constexpr std::string_view digits = "0123456789abcdef";
        switch (c) {
            case '"':
                return copy("\\\"");
            case '\\':
                return copy("\\\\");
            case '\b':
                return copy("\\b");
            case '\f':
                return copy("\\f");
            case '\n':
                return copy("\\n");
            case '\r':
                return copy("\\r");
            case '\t':
                return copy("\\t");
            default:
                break;
        }
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20) {
            *to_++ = c;
            return;
        }
        copy("\\u00");
        *to_++ = digits[byte >> 4];
        *to_++ = digits[byte & 15];
    }

    void copy(std::string_view text)
    {
        std::memcpy(to_, text.data(), text.size());
        to_ += text.size();
    }

    const json_tree& tree_;
    char* to_;
};

}  // namespace

void append_canonical(std::string& out, const json_tree& tree, const json_node& value)
{
    // No value is longer in this form than in the text it came from: an escape is written as the
    // shortest there is.
    const auto before = out.size();
    out.resize(before + value.bytes);
    canonical_writer writer{tree, out.data() + before};
    writer.write(value);
    out.resize(static_cast<std::size_t>(writer.end() - out.data()));
}

void append_canonical_member(std::string& out, const json_tree& tree, const json_node& member)
{
    constexpr std::size_t longest_escape = 6;
    const auto before = out.size();
    out.resize(before + longest_escape * member.key.size() + 3 + member.bytes);
    canonical_writer writer{tree, out.data() + before};
    writer.write_member(member);
    out.resize(static_cast<std::size_t>(writer.end() - out.data()));
}

}  // namespace rollcall
