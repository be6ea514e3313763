#include "cli/table.h"

#include <algorithm>

namespace sluice::cli {
namespace {

/// Characters, not bytes: close enough to columns for the texts that tables hold.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.-+e") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

}  // namespace

std::string printable(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    // C1 controls arrive as C2 80 … C2 9F in UTF-8.
    const bool c1 =
        c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c == '\n') {
      out += "\\n";
    } else if (c < 0x20 || c == 0x7F || c1) {
      const unsigned char shown = c1 ? static_cast<unsigned char>(text[++i]) : c;
      out += "\\x";
      out += digits[shown >> 4];
      out += digits[shown & 15];
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string render_table(const std::vector<std::string>& head,
                         const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  std::vector<bool> right;
  for (std::size_t column = 0; column < head.size(); ++column) {
    std::size_t width = width_of(head[column]);
    bool numbers = !rows.empty();
    for (const std::vector<std::string>& row : rows) {
      width = std::max(width, width_of(row[column]));
      numbers = numbers && (row[column].empty() || is_number(row[column]));
    }
    widths.push_back(width);
    right.push_back(numbers);
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const std::string padding(widths[column] - width_of(cells[column]), ' ');
      if (column > 0) text += "  ";
      text += right[column] ? padding + cells[column] : cells[column] + padding;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + '\n';
  };
  line(head);
  std::vector<std::string> dashes;
  for (const std::size_t width : widths) dashes.emplace_back(width, '-');
  line(dashes);
  for (const std::vector<std::string>& row : rows) line(row);
  return out;
}

}  // namespace sluice::cli
