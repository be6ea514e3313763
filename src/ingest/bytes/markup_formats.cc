#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.h"
#include "ingest/bytes/other_formats.h"

namespace sluice::ingest {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view as_workbook =
    "Open it in a spreadsheet program and save it as .xlsx or CSV.";

OtherFormat html_of(std::string_view text) {
  if (lowered(text).find("<table") == std::string::npos) {
    return {"an HTML page",
            "If it was downloaded, it may be the page of a login or of an error instead of the "
            "file. A table on it, a spreadsheet program opens and saves as .xlsx or CSV."};
  }
  return {"an HTML page with a table",
          "Open it in a spreadsheet program, whatever it is called, and save it as .xlsx or CSV."};
}

bool is_name_character(char c) {
  return is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == ':' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// What stands before the first element: declarations, comments, processing instructions. Empty
/// where one of them does not end.
std::string_view skip_prolog(std::string_view text, std::string& doctype) {
  for (;;) {
    text = trimmed(text);
    std::string_view end;
    if (text.starts_with("<!--")) {
      end = "-->";
    } else if (text.starts_with("<?")) {
      end = "?>";
    } else if (text.starts_with("<!")) {
      end = ">";
      if (doctype.empty()) doctype = lowered(text.substr(0, 40));
    } else {
      return text;
    }
    const std::size_t at = text.find(end);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + end.size());
  }
}

bool is_html_name(const std::string& name) {
  constexpr std::array names = {
      "html"sv,    "head"sv, "body"sv,    "table"sv,  "style"sv, "meta"sv, "script"sv, "div"sv,
      "title"sv,   "link"sv, "span"sv,    "tr"sv,     "td"sv,    "th"sv,   "thead"sv,  "tbody"sv,
      "center"sv,  "font"sv, "form"sv,    "base"sv,   "br"sv,    "hr"sv,   "p"sv,      "h1"sv,
      "h2"sv,      "h3"sv,   "h4"sv,      "b"sv,      "i"sv,     "pre"sv,  "ul"sv,     "ol"sv,
      "section"sv, "main"sv, "article"sv, "header"sv, "nav"sv,   "img"sv,  "a"sv,      "caption"sv};
  return std::ranges::find(names, name) != names.end();
}

OtherFormat xml_of(const std::string& name) {
  if (name == "gnm:workbook") return {"a sheet of Gnumeric", as_workbook};
  if (name == "workbook" || name.ends_with(":workbook")) {
    return {"an XML spreadsheet (Excel 2003)", as_workbook};
  }
  if (name == "office:document") return {"a flat OpenDocument file", as_workbook};
  if (name == "kml") return {"a KML map, which is XML", "Convert it to GeoJSON or CSV."};
  if (name == "gpx") return {"a GPX track, which is XML", "Convert it to GeoJSON or CSV."};
  if (name == "svg") return {"a picture (SVG), which is XML", "Upload a table."};
  return {"an XML document",
          "Convert its records to JSON or CSV, or open it in a spreadsheet "
          "program and save it as .xlsx."};
}

}  // namespace

std::optional<OtherFormat> markup_format(std::string_view head) {
  if (!head.starts_with('<')) return std::nullopt;
  std::string doctype;
  const std::string_view text = skip_prolog(head, doctype);
  if (doctype.starts_with("<!doctype html")) return html_of(head);
  const bool has_prolog = text.size() != trimmed(head).size();
  if (!text.starts_with('<')) {
    if (!has_prolog) return std::nullopt;
    return OtherFormat{"a page or document of HTML or XML", as_workbook};
  }
  const std::string_view rest = text.substr(1);
  const auto* const end = std::ranges::find_if_not(rest, is_name_character);
  const std::string name = lowered(rest.substr(0, static_cast<std::size_t>(end - rest.begin())));
  if (name.empty() || is_digit(name[0])) return std::nullopt;
  const std::size_t close = rest.find('>');
  const char behind = name.size() < rest.size() ? rest[name.size()] : '\0';
  if (!is_space(behind) && behind != '>' && behind != '/') return std::nullopt;
  // A tag of one letter may as well be a sign before a value.
  const bool is_html = is_html_name(name) && name.size() > 1;
  if (close == std::string_view::npos) {
    return is_html || has_prolog ? std::optional(html_of(text)) : std::nullopt;
  }
  const bool has_end = text.find("</") != std::string_view::npos || rest[close - 1] == '/';
  // `<DATE>,<OPEN>`: such a header has something between its names that separates them.
  const char next = close + 1 < rest.size() ? rest[close + 1] : '\0';
  const bool is_header =
      std::string_view(",;\t|").find(next) != std::string_view::npos && next != '\0';
  if (!is_header && (is_html || (has_end && is_html_name(name)))) return html_of(text);
  if (!has_prolog && (is_header || !has_end)) return std::nullopt;
  return is_html_name(name) ? html_of(text) : xml_of(name);
}

}  // namespace sluice::ingest
