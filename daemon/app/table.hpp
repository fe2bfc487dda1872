#pragma once

#include <string>
#include <vector>

namespace rollcall {

/// Rows under each other, columns as wide as their widest cell, two spaces between; the first row
/// is the heading. All rows have the same number of cells.
std::string table_text(const std::vector<std::vector<std::string>>& rows);

}  // namespace rollcall
