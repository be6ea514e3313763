#include "query/render/row_writer.h"

#include <set>
#include <utility>

#include "dataset/names.h"

namespace sluice::query {
namespace {

bool is_text(const duckdb::CellType& type) {
  return type.id == DUCKDB_TYPE_VARCHAR || type.id == DUCKDB_TYPE_ENUM;
}

/// The text of a JSON string that append_json_text made.
std::string text_of_json(std::string_view json) {
  std::string out;
  for (std::size_t i = 1; i + 1 < json.size(); ++i) {
    if (json[i] != '\\') {
      out += json[i];
      continue;
    }
    switch (json[++i]) {
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u':
        out += static_cast<char>(std::stoi(std::string(json.substr(i + 1, 4)), nullptr, 16));
        i += 4;
        break;
      default:
        out += json[i];
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> unique_names(const std::vector<AnswerColumn>& columns) {
  std::set<std::string> taken;
  std::vector<std::string> names;
  for (const AnswerColumn& column : columns) {
    std::string unique = column.name;
    for (int n = 1; !taken.insert(unique).second; ++n) {
      unique = column.name + "_" + std::to_string(n);
    }
    names.push_back(std::move(unique));
  }
  return names;
}

RowWriter::RowWriter(Format format, bool formulas_as_they_are,
                     const std::vector<AnswerColumn>& columns,
                     const std::vector<duckdb::CellType>& types)
    : format_(format), formulas_as_they_are_(formulas_as_they_are), types_(types) {
  if (format_ == Format::ndjson) {
    for (const std::string& name : unique_names(columns)) {
      duckdb::append_json_text(names_.emplace_back(), name);
      names_.back() += ':';
    }
    return;
  }
  for (const AnswerColumn& column : columns) names_.push_back(column.name);
}

void RowWriter::begin(std::string& out) const {
  if (format_ == Format::json) out += '[';
  if (format_ != Format::csv) return;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (i > 0) out += ',';
    append_csv_text(out, names_[i], true);
  }
  out += "\r\n";
}

void RowWriter::end(std::string& out) const {
  if (format_ == Format::json) out += ']';
}

void RowWriter::append(std::string& out, const std::vector<duckdb::CellVector>& row_of,
                       std::uint64_t row) {
  if (format_ == Format::json && !is_first_) out += ',';
  is_first_ = false;
  if (format_ == Format::json) out += '[';
  if (format_ == Format::ndjson) out += '{';
  for (std::size_t i = 0; i < row_of.size(); ++i) {
    if (i > 0) out += ',';
    if (format_ == Format::csv) {
      scratch_.clear();
      row_of[i].append_json(scratch_, row);
      append_csv(out, scratch_, types_[i]);
    } else {
      if (format_ == Format::ndjson) out += names_[i];
      row_of[i].append_json(out, row);
    }
  }
  out += format_ == Format::json ? "]" : format_ == Format::ndjson ? "}\n" : "\r\n";
}

void RowWriter::append_csv(std::string& out, std::string_view json,
                           const duckdb::CellType& type) const {
  if (json == "null") return;
  if (json.front() != '"') return append_csv_text(out, json, false);
  append_csv_text(out, text_of_json(json), is_text(type));
}

void RowWriter::append_csv_text(std::string& out, std::string_view text,
                                bool may_be_formula) const {
  // What spreadsheets take for the beginning of a formula, as OWASP lists it.
  const bool is_formula = may_be_formula && !formulas_as_they_are_ && !text.empty() &&
                          std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  const bool is_quoted = text.empty() || text.front() == ' ' || text.back() == ' ' ||
                         text.find_first_of(",\"\r\n") != std::string_view::npos;
  if (is_quoted) out += '"';
  if (is_formula) out += '\'';
  for (const char letter : text) {
    if (letter == '"') out += '"';
    out += letter;
  }
  if (is_quoted) out += '"';
}

}  // namespace sluice::query
