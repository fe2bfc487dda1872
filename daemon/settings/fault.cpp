#include "settings/fault.hpp"

#include <algorithm>

namespace rollcall {

std::string to_string(const settings_fault& fault)
{
    std::string text = fault.where;
    if (fault.line > 0)
        text += ':' + std::to_string(fault.line);
    text += ": ";
    if (!fault.path.empty())
        text += fault.path + ": ";
    text += fault.what;
    // Names and values come from the file: one fault stays one line, whatever stands in them.
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?'
    );
    return text;
}

}  // namespace rollcall
