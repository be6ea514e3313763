// sluice preview: what a file would become, without storing it.

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <stdexcept>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "cli/answer_text.h"
#include "cli/api_client.h"
#include "cli/commands.h"
#include "cli/exact_rows.h"
#include "cli/table.h"
#include "ingest/error_codes.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

/// Enough of a text; the server reads no more of one unless it is told to.
constexpr std::uint64_t beginning_bytes = 1ULL << 20;
/// What the server takes of a file that has to be read as a whole.
constexpr std::uint64_t whole_bytes_max = 32ULL << 20;
/// A cell on the terminal.
constexpr std::size_t cell_characters_max = 40;

std::string shortened(const std::string& text) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_start = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (is_start && characters++ == cell_characters_max) return text.substr(0, at) + "…";
  }
  return text;
}

/// Sends so many bytes of the file, and says how many there are.
Result<Answer> ask(ApiClient& api, const PreviewOptions& options, std::uint64_t bytes) {
  std::string path = "/api/v1/datasets/preview?limit=" + std::to_string(options.limit);
  const std::uint64_t size = std::filesystem::file_size(options.path);
  if (bytes < size) path += "&source_bytes=" + std::to_string(size);
  UploadOptions form;
  form.path = options.path;
  form.options = options.options;
  return api.send_file(path, form, {}, bytes);
}

/// The beginning is enough, but for workbooks and the like.
Result<Answer> ask(ApiClient& api, const PreviewOptions& options) {
  const std::uint64_t size = std::filesystem::file_size(options.path);
  Result<Answer> answer = ask(api, options, std::min(size, beginning_bytes));
  const bool may_help = !answer && (answer.error().code == ingest::Code::whole_file_needed ||
                                    answer.error().code == ingest::Code::beginning_too_short);
  if (!may_help || size > whole_bytes_max) return answer;
  return ask(api, options, size);
}

void print_choice(const json::value& choice, std::ostream& out) {
  const std::string label = field(choice, "what");
  out << label << ": " << field(choice, "taken") << "  (" << field(choice, "why") << ")\n";
  if (!choice.at("is_guess").as_bool()) return;
  out << "  That is a guess.";
  if (const std::string next = field(choice, "runner_up"); !next.empty()) {
    out << " Next to it came: " << next << ".";
  }
  std::string options;
  for (const json::value& option : choice.at("settled_by").as_array()) {
    options += (options.empty() ? "" : ", ") + shown(option);
  }
  out << " Settled by: " << options << ".\n";
  if (const std::string other = field(choice, "runner_up_options"); !other.empty()) {
    out << "  To read it so: --options '" << other << "'\n";
  }
}

void print_columns(const json::array& columns, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (const json::value& column : columns) {
    const json::value& silver = column.at("silver");
    rows.push_back({field(column, "name"), field(column, "type"), field(silver, "name"),
                    field(silver, "type"), shortened(field(column, "reason"))});
  }
  out << render_table({"COLUMN", "TYPE", "SILVER", "TYPE IN SILVER", "REASON"}, rows);
}

Result<void> print_rows(const Answer& answer, std::ostream& out) {
  std::vector<std::string> head;
  for (const json::value& column : answer.value.at("columns").as_array()) {
    head.push_back(shortened(field(column, "name")));
  }
  TRY_ASSIGN(std::vector<std::vector<std::string>> rows, exact_rows(answer.body));
  for (std::vector<std::string>& row : rows) {
    if (row.size() != head.size()) throw std::runtime_error("a row of another width");
    for (std::string& cell : row) cell = shortened(printable(cell));
  }
  out << render_table(head, rows);
  if (answer.value.at("truncated").as_bool()) out << "(there are more rows)\n";
  return {};
}

void print_rejects(const json::value& preview, std::ostream& out) {
  const json::array& rejects = preview.at("rejects").as_array();
  if (rejects.empty()) return;
  std::vector<std::vector<std::string>> rows;
  for (const json::value& reject : rejects) {
    rows.push_back({field(reject, "line"), field(reject, "reason"), field(reject, "detail"),
                    shortened(field(reject, "raw"))});
  }
  out << "\n" << field(preview, "rows_rejected") << " rows do not fit; the first are:\n";
  out << render_table({"LINE", "REASON", "DETAIL", "TEXT"}, rows);
}

Result<void> print(const Answer& answer, std::ostream& out) {
  const json::value& preview = answer.value;
  out << field(preview, "source_format") << ", " << field(preview, "row_count") << " rows, "
      << field(preview, "rows_rejected") << " rejects";
  if (preview.at("is_beginning").as_bool()) {
    out << ", of the beginning alone: a later cell may change a type";
  }
  out << "\n";
  if (const std::string refusal = field(preview, "refusal"); !refusal.empty()) {
    out << "An upload would be refused: " << field(preview.at("refusal"), "detail") << "\n";
  }
  for (const json::value& choice : preview.at("decision").as_array()) print_choice(choice, out);
  for (const json::value& note : preview.at("notes").as_array()) out << "- " << shown(note) << "\n";
  out << "\n";
  print_columns(preview.at("columns").as_array(), out);
  out << "\n";
  TRY(print_rows(answer, out));
  print_rejects(preview, out);
  return {};
}

}  // namespace

int preview(const Connection& connection, const PreviewOptions& options, Output& output) {
  if (!std::filesystem::is_regular_file(options.path)) {
    output.err << "error: " << printable(options.path) << " is not a file that can be read.\n";
    return exit_usage;
  }
  ApiClient api(connection);
  const Result<Answer> answer = ask(api, options);
  if (!answer) return refused(answer.error(), output);
  if (output.json) {
    output.out << answer->body << "\n";
    return exit_ok;
  }
  try {
    const Result<void> printed = print(*answer, output.out);
    return printed ? exit_ok : refused(printed.error(), output);
  } catch (const std::exception&) {
    output.err << "error: The server's answer is no preview.\n";
    return exit_refused;
  }
}

}  // namespace sluice::cli
