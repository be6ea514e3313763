#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "ingest/bytes/other_formats.h"

namespace sluice::ingest {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view as_workbook =
    "Open it in a spreadsheet program and save it as .xlsx or CSV.";
constexpr std::string_view get_the_file = "Get the file itself and upload that.";
constexpr std::string_view no_table = "Upload a table: CSV, Excel, JSON or Parquet.";
constexpr std::string_view as_json = "Convert it to JSON or CSV.";

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(),
                                                  [](char a, char b) { return a == to_lower(b); });
}

/// Takes the first line off `text`, without what ends it.
std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find_first_of("\r\n");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end, text.size()));
  if (text.starts_with("\r\n")) {
    text.remove_prefix(2);
  } else if (!text.empty()) {
    text.remove_prefix(1);
  }
  return line;
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

/// Comments and blank lines before the first statement.
std::string_view without_sql_comments(std::string_view text) {
  for (;;) {
    text = without_blanks(text);
    if (text.starts_with("--") || text.starts_with("#") || text.starts_with("\\restrict")) {
      next_line(text);
    } else if (text.starts_with("/*")) {
      const std::size_t end = text.find("*/");
      if (end == std::string_view::npos) return {};
      text.remove_prefix(end + 2);
      if (text.starts_with(";")) text.remove_prefix(1);
    } else {
      return text;
    }
  }
}

/// Whether the text begins as a dump or a script does. `Begin;End` and `Select all,from` are
/// headers: what may begin a sentence as well needs the other words of its statement.
bool is_sql(std::string_view text) {
  text = without_sql_comments(text);
  constexpr std::array statements = {
      "create table "sv,  "create database "sv,   "create schema "sv,    "create extension "sv,
      "create view "sv,   "create or replace "sv, "create sequence "sv,  "create function "sv,
      "create index "sv,  "create unlogged "sv,   "create temporary "sv, "drop table "sv,
      "drop database "sv, "drop view "sv,         "insert into "sv,      "insert ignore into "sv,
      "replace into "sv,  "alter table "sv,       "truncate table "sv,   "delete from "sv};
  constexpr std::array settings = {
      "set "sv,         "use "sv,    "begin"sv,    "start transaction"sv,
      "lock tables "sv, "pragma "sv, "declare "sv, "if object_id"sv};
  const auto begins_with_any = [&](const auto& starts) {
    return std::ranges::any_of(
        starts, [&](std::string_view start) { return starts_with_word(text, start); });
  };
  const std::string small = lowered(text);
  const auto has = [&](std::string_view word) { return small.find(word) != std::string::npos; };
  const bool has_end =
      has(";\n") || has(";\r") || has("\ngo\n") || has("\ngo\r") || trimmed(text).ends_with(';');
  if (begins_with_any(statements)) return has_end || has("(");
  if (!has_end) return false;
  if (begins_with_any(settings)) {
    return has("create table ") || has("insert into ") || has("drop table ") || has("copy ");
  }
  const std::string_view statement = std::string_view(small).substr(0, small.find(';'));
  const bool is_query = small.starts_with("select ") || small.starts_with("with ") ||
                        small.starts_with("select\n") || small.starts_with("select\r");
  if (is_query) return statement.find("from ") != statement.npos && trimmed(text).ends_with(';');
  return small.starts_with("update ") && statement.find(" set ") != statement.npos;
}

/// `|---|:--:|`: at least one bar, and at least one run of three marks.
bool is_rule(std::string_view line) {
  return line.find('|') != std::string_view::npos && line.find("---") != std::string_view::npos &&
         line.find_first_not_of("|-: \t") == std::string_view::npos;
}

/// A row of names and a rule below, after nothing but a text's titles and sentences.
bool is_markdown_table(std::string_view text) {
  constexpr int lines_max = 40;
  std::string_view before;
  for (int i = 0; i < lines_max && !text.empty(); ++i) {
    const std::string_view line = next_line(text);
    const bool has_names = before.find('|') != std::string_view::npos;
    if (has_names && is_rule(line)) return true;
    // A cell of a table may hold a text in Markdown.
    if (line.find('"') != std::string_view::npos) return false;
    before = line;
  }
  return false;
}

/// `Name: value` in each line up to an empty one, some of them those of mails and of web archives.
std::optional<OtherFormat> mail_format(std::string_view text) {
  constexpr int lines_max = 200;
  if (text.starts_with("From ")) next_line(text);  // An mbox.
  const std::string_view all = text;
  std::string headers;
  for (int i = 0; i < lines_max && !text.empty(); ++i) {
    const std::string_view line = next_line(text);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    const bool goes_on = i > 0 && is_blank(line.front());
    const bool is_field = colon != std::string_view::npos && colon > 0 &&
                          std::ranges::all_of(line.substr(0, colon), [](char c) {
                            return is_alphanumeric(c) || c == '-';
                          });
    if (!goes_on && !is_field) return std::nullopt;
    headers += "\n" + lowered(line);
  }
  const auto has = [&](std::string_view field) { return headers.find(field) != std::string::npos; };
  if (!has("\nmime-version:") && !(has("\nreceived:") && has("\nfrom:"))) return std::nullopt;
  if (has("multipart/related") || all.find("text/html") != std::string_view::npos) {
    return OtherFormat{"a web page in one file (MHTML)", as_workbook};
  }
  return OtherFormat{"a mail (MIME)", "Upload the table that is attached to it."};
}

/// Excel's own text form: records of a letter and fields, cells among them.
bool is_sylk(std::string_view text) {
  if (!text.starts_with("ID;P") && !text.starts_with("ID;")) return false;
  constexpr int lines_max = 2000;
  for (int i = 0; i < lines_max && !text.empty(); ++i) {
    const std::string_view line = next_line(text);
    const bool is_cell = line.starts_with("C;X") || line.starts_with("C;Y");
    if (is_cell && line.find(";K") != std::string_view::npos) return true;
  }
  return false;
}

/// Weka's own: `@relation`, after comments that begin with a percent sign.
bool is_arff(std::string_view text) {
  while (text.starts_with('%')) {
    next_line(text);
    text = without_blanks(text);
  }
  return starts_with_word(text, "@relation ");
}

/// `name: value` behind the line of three hyphens, or a list.
bool is_yaml(std::string_view text) {
  if (text.starts_with("%YAML")) return true;
  const std::string_view first = next_line(text);
  if (trimmed(first) != "---") return false;
  const std::string_view line = next_line(text);
  return line.starts_with("- ") || line.find(": ") != line.npos || line.ends_with(':');
}

struct Start {
  std::string_view words;
  OtherFormat format;
};

/// Longer ones that no table begins with.
constexpr Start starts[] = {
    {"version https://git-lfs",
     {"a pointer of Git LFS, not the file that it stands for",
      "Get the file itself (git lfs pull) and upload that."}},
    {"version https://hawser",
     {"a pointer of Git LFS, not the file that it stands for",
      "Get the file itself (git lfs pull) and upload that."}},
    {"/annex/objects/", {"a pointer of git-annex, not the file that it stands for", get_the_file}},
    {"outs:\n- md5:", {"a pointer of DVC, not the file that it stands for", get_the_file}},
    {"outs:\r\n- md5:", {"a pointer of DVC, not the file that it stands for", get_the_file}},
    {"{\"\":\"WARNING! DO NOT EDIT THIS FILE!",
     {"a pointer of Google Drive, not the sheet that it stands for",
      "Download the sheet as .xlsx or CSV and upload that."}},
    {"{\"url\": \"https://docs.google.com/open",
     {"a pointer of Google Drive, not the sheet that it stands for",
      "Download the sheet as .xlsx or CSV and upload that."}},
    {"[InternetShortcut]", {"a shortcut to a page, not the file there", get_the_file}},
    {"HTTP/1.0 ", {"a web server's answer with its header", "Upload the body alone."}},
    {"HTTP/1.1 ", {"a web server's answer with its header", "Upload the body alone."}},
    {"diff --git ", {"a patch", no_table}},
    {"\\documentclass", {"a LaTeX document", no_table}},
    {"\\begin{", {"a LaTeX document", no_table}},
    {"BEGIN:VCARD", {"a list of contacts (vCard)", "Export the contacts as CSV."}},
    {"BEGIN:VCALENDAR", {"a calendar (iCalendar)", "Export it as CSV."}},
    {"UNA:+.", {"an EDIFACT message", as_json}},
    {"UNB+UNO", {"an EDIFACT message", as_json}},
    {"ISA*00*", {"an X12 message", as_json}},
    {"0 HEAD\n", {"a GEDCOM file", as_json}},
    {"0 HEAD\r\n", {"a GEDCOM file", as_json}},
    {"TABLE\r\n0,1\r\n", {"a DIF sheet", as_workbook}},
    {"TABLE\n0,1\n", {"a DIF sheet", as_workbook}},
    {"#!/", {"a program's text", no_table}},
};

}  // namespace

std::optional<OtherFormat> other_text_format(std::string_view head) {
  for (const Start& start : starts) {
    if (starts_with_word(head, lowered(start.words))) return start.format;
  }
  if (is_sylk(head)) return OtherFormat{"a SYLK sheet (.slk, a symbolic link)", as_workbook};
  if (is_sql(head)) {
    return OtherFormat{"SQL, such as a dump of a database",
                       "Run it in the database that it is for, and export the table as CSV."};
  }
  if (is_arff(head)) {
    return OtherFormat{"an ARFF file (Weka)", "Convert it to CSV: what stands below @data is one."};
  }
  if (is_yaml(head)) return OtherFormat{"YAML", as_json};
  if (std::optional<OtherFormat> mail = mail_format(head)) return mail;
  if (is_markdown_table(head)) {
    return OtherFormat{
        "a table in Markdown",
        "Take the line of hyphens out and set \"delimiter\": \"|\", or save it as CSV."};
  }
  return std::nullopt;
}

}  // namespace sluice::ingest
