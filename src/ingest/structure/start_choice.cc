#include "ingest/structure/start_choice.h"

#include <algorithm>

#include "ingest/structure/header_evidence.h"

namespace sluice::ingest {
namespace {

std::string counted(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// What a person would look at: the first row against the columns below it.
std::string seen(const TableStart& start, const std::vector<TableRow>& rows) {
  const std::size_t body = start.body();
  const std::vector<CellLook> below = typed_looks(look_at_columns(rows, body, start.width));
  const TypedCells row =
      typed_cells(rows[start.first + (start.names > 0 ? start.names - 1 : 0)], below);
  if (row.columns == 0) return "No column holds numbers, dates or booleans only.";
  const std::string columns = counted(row.columns, "column");
  if (start.names > 0) {
    return "Of " + columns + " of numbers, dates or booleans, " + std::to_string(row.text) +
           (row.text == 1 ? " has" : " have") + " text in the row of names.";
  }
  return "Of " + columns + " of numbers, dates or booleans, the first row fits " +
         std::to_string(row.typed) + ".";
}

/// The options with which a file is read from there on.
IngestOptions options_for(const TableStart& start, const std::vector<TableRow>& rows) {
  IngestOptions options;
  if (start.names == 0) {
    options.header = HeaderOption::absent;
    return options;
  }
  options.header_line = static_cast<std::int64_t>(rows[start.first].line);
  if (start.notes == 0) options.header_rows = static_cast<std::int64_t>(start.names);
  return options;
}

}  // namespace

StructureChoice start_choice(const StartDecision& decision, const TableStart& taken,
                             const std::vector<TableRow>& rows, const std::string& unit,
                             const IngestOptions& options) {
  StructureChoice choice;
  choice.part = StructurePart::header;
  choice.taken = start_in_words(taken, rows, unit);
  choice.is_given = say_where_it_starts(options);
  choice.settled_by = {"header", "header_line", "header_rows"};
  choice.why = choice.is_given ? "The sender says so." : seen(taken, rows);
  if (decision.hangs_on_one) choice.why += " Without one row or one column it would be another.";
  choice.score = decision.best.score;
  if (!decision.next) return choice;
  choice.runner_up = start_in_words(*decision.next, rows, unit);
  choice.margin = decision.margin();
  choice.is_guess = !choice.is_given && decision.is_guess();
  choice.runner_up_options = options_for(*decision.next, rows);
  return choice;
}

}  // namespace sluice::ingest
