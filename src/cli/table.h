#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

/// Text made harmless for a terminal: control characters (C0, DEL, C1) as \xNN, line ends as \n.
std::string printable(std::string_view text);

/// Columns aligned by characters, numbers to the right; a line of dashes below the head.
/// Each row has as many cells as the head.
std::string render_table(const std::vector<std::string>& head,
                         const std::vector<std::vector<std::string>>& rows);

}  // namespace sluice::cli
