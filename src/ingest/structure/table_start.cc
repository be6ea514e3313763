#include "ingest/structure/table_start.h"

#include <algorithm>

#include "ingest/structure/start_readings.h"
#include "ingest/structure/start_stability.h"

namespace sluice::ingest {

StartQuestion start_question(const IngestOptions& options) {
  StartQuestion question;
  if (options.header != HeaderOption::automatic) {
    question.has_names = options.header == HeaderOption::present;
  }
  if (options.header_rows > 0) {
    question.rows_of_names = static_cast<std::size_t>(options.header_rows);
  }
  return question;
}

bool say_where_it_starts(const IngestOptions& options) {
  return options.header != HeaderOption::automatic || options.header_line > 0;
}

bool is_place_unproven(const StartDecision& decision, const TableStart& taken, std::size_t rows,
                       const IngestOptions& options) {
  if (options.header_line > 0) return false;
  return decision.is_guess() || taken.body() >= rows;
}

std::vector<std::string> numbered_names(std::size_t width) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= width; ++i) names.push_back("column_" + std::to_string(i));
  return names;
}

StartDecision find_table_start(const std::vector<TableRow>& rows, const StartQuestion& question) {
  StartDecision decision = compare_readings(rows, question);
  decision.hangs_on_one = !decision.is_guess() && hangs_on_one(rows, question, decision);
  return decision;
}

std::string start_in_words(const TableStart& start, const std::vector<TableRow>& rows,
                           const std::string& unit) {
  const std::string where = unit + " " + std::to_string(rows[start.first].line);
  if (start.names == 0) return "data from " + where + " on, without a header";
  if (start.notes > 0) return "the header in " + where + " and two rows about its columns";
  if (start.names == 1) return "the header in " + where;
  return "the header in " + where + " and the one below";
}

std::string start_line(const TableStart& start, const std::vector<TableRow>& rows,
                       const std::string& unit) {
  if (start.names == 0) return "There is no header: the first row is data.";
  const std::string number = std::to_string(rows[start.first].line);
  if (start.names == 1) return "The header is in " + unit + " " + number + ".";
  return "The header is in two rows, from " + unit + " " + number + " on (header_rows).";
}

std::string column_notes_line(const TableStart& start, const std::vector<TableRow>& rows,
                              const std::string& unit) {
  if (start.notes == 0) return {};
  const std::string first = std::to_string(rows[start.first + start.names].line);
  return "Two rows from " + unit + " " + first +
         " on tell of the columns (units, types) and are kept with the rejects; header_rows 1 "
         "makes them rows.";
}

std::string start_note(const StartDecision& decision, const std::vector<TableRow>& rows,
                       const std::string& unit) {
  if (!decision.next) return {};
  return "This is a guess: it may be data as well as names. Next to it came " +
         start_in_words(*decision.next, rows, unit) +
         ". The options header, header_line and header_rows settle it.";
}

std::vector<std::string> joined_names(const std::vector<TableRow>& rows, const TableStart& start) {
  std::vector<std::string> names(start.width);
  for (std::size_t height = 0; height < start.names; ++height) {
    const TableRow& row = rows[start.first + height];
    const bool spans = height + 1 < start.names && is_row_of_groups(row, rows[start.first + 1]);
    std::string_view last;
    for (std::size_t i = 0; i + start.shift < start.width; ++i) {
      std::string_view text = i < row.cells.size() ? row.cells[i].text : std::string_view();
      if (!text.empty()) last = text;
      if (spans) text = last;
      std::string& name = names[i + start.shift];
      if (name == text) continue;
      name += (name.empty() || text.empty() ? "" : " ") + std::string(text);
    }
  }
  return names;
}

}  // namespace sluice::ingest
