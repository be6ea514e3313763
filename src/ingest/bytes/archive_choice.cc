// Which member of an archive is the table.

#include <algorithm>
#include <array>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "base/ascii.h"
#include "base/utf8.h"
#include "ingest/bytes/archive.h"
#include "ingest/cells/type_guess.h"
#include "ingest/error_codes.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

using namespace std::string_view_literals;

/// How many names an error or a note has.
constexpr std::size_t names_shown_max = 10;
/// And how many an error has for programs.
constexpr std::size_t choices_max = 1000;

std::string_view file_name(std::string_view path) {
  const std::size_t slash = path.find_last_of("/\\");
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// What macOS, Windows and editors put beside files.
bool is_beside(const std::string& path) {
  const std::string_view name = file_name(path);
  return path.starts_with("__MACOSX/") || path.find("/__MACOSX/") != std::string::npos ||
         name.starts_with("._") || name == ".DS_Store" || name == "Thumbs.db" ||
         name == "desktop.ini" || name.empty();
}

bool has_end(std::string_view name, std::string_view end) {
  return name.size() > end.size() && name[name.size() - end.size() - 1] == '.' &&
         name.ends_with(end);
}

/// By what people call tables; whether it is one, its content says.
bool has_name_of_table(const std::string& path) {
  std::string name = lowered(file_name(path));
  for (const std::string_view packed : {"gz"sv, "zst"sv, "bz2"sv, "xz"sv}) {
    if (has_end(name, packed)) name.resize(name.size() - packed.size() - 1);
  }
  constexpr std::array ends = {"csv"sv,    "tsv"sv,   "tab"sv,     "psv"sv,     "json"sv,
                               "ndjson"sv, "jsonl"sv, "geojson"sv, "xlsx"sv,    "xlsm"sv,
                               "xlsb"sv,   "xls"sv,   "ods"sv,     "parquet"sv, "pq"sv};
  return std::ranges::any_of(ends, [&](std::string_view end) { return has_end(name, end); });
}

std::string names_of(const std::vector<ArchiveMember>& members,
                     const std::vector<std::size_t>& some) {
  std::string names;
  for (std::size_t i = 0; i < std::min(some.size(), names_shown_max); ++i) {
    names += (i == 0 ? "" : ", ") + shown(members[some[i]].name);
  }
  if (some.size() > names_shown_max) {
    names += " and " + std::to_string(some.size() - names_shown_max) + " more";
  }
  return names;
}

/// All of the names, where each can be said in the option; else none.
std::vector<std::string> choices_of(const std::vector<ArchiveMember>& members,
                                    const std::vector<std::size_t>& some) {
  std::vector<std::string> names;
  if (some.size() > choices_max) return names;
  for (const std::size_t i : some) {
    const std::string& name = members[i].name;
    if (!is_utf8(name) || name.size() > member_name_bytes_max) return {};
    names.push_back(name);
  }
  return names;
}

/// ` as {"member": "orders.csv"}`, where such a name can stand in JSON and is not too long.
std::string as_option(const std::string& name) {
  if (name.size() > shown_cell_bytes_max || !is_utf8(name)) return "";
  return " as {\"member\": " + boost::json::serialize(boost::json::string(name)) + "}";
}

/// Archives whose members are parts of one thing.
std::string_view known_whole(const std::vector<ArchiveMember>& members) {
  for (const ArchiveMember& member : members) {
    if (has_end(member.name, "iwa")) return "an Apple Numbers or Pages document";
    if (has_end(member.name, "npy")) return "arrays of NumPy (.npz)";
    if (has_end(member.name, "shp")) return "a shapefile";
    if (member.name == "META-INF/MANIFEST.MF") return "a Java archive";
    if (has_end(member.name, "kml")) return "a KML map (.kmz)";
  }
  return "";
}

Result<ChosenMember> named(const std::vector<ArchiveMember>& members,
                           const std::vector<std::size_t>& files, const std::string& wanted) {
  std::vector<std::size_t> found;
  for (const std::size_t i : files) {
    if (members[i].name == wanted)
      return ChosenMember{i, "The table is " + shown(wanted) + " of the archive."};
    if (file_name(members[i].name) == wanted) found.push_back(i);
  }
  if (found.size() == 1) {
    return ChosenMember{found[0],
                        "The table is " + shown(members[found[0]].name) + " of the archive."};
  }
  return fail(Errc::unprocessable, Code::archive_members,
              found.empty() ? "The archive has no member " + shown(wanted) + "."
                            : "The archive has several members of the name " + shown(wanted) + ".",
              "There are " + names_of(members, files) + ".");
}

}  // namespace

bool is_workbook(const std::vector<ArchiveMember>& members) {
  return std::ranges::any_of(members, [](const ArchiveMember& member) {
    return member.name == "[Content_Types].xml" || member.name == "mimetype" ||
           lowered(member.name).ends_with("workbook.bin") || member.name == "xl/workbook.xml";
  });
}

Result<ChosenMember> choose_member(const std::vector<ArchiveMember>& members, ArchiveKind kind,
                                   const std::string& wanted) {
  std::vector<std::size_t> files;
  std::vector<std::size_t> tables;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (is_beside(members[i].name)) continue;
    files.push_back(i);
    if (has_name_of_table(members[i].name)) tables.push_back(i);
  }
  if (files.empty()) {
    return fail(Errc::unprocessable, Code::archive_members, "The archive has no file in it.",
                "Upload the table, or pack it again.");
  }
  if (!wanted.empty()) return named(members, files, wanted);
  if (const std::string_view whole = known_whole(members); !whole.empty() && tables.empty()) {
    return fail(Errc::unprocessable, Code::unsupported_format,
                "The file is " + std::string(whole) + ", not a table that Sluice reads.",
                "Export the table as CSV, Excel or Parquet.");
  }
  const std::vector<std::size_t>& candidates = tables.empty() ? files : tables;
  if (candidates.size() > 1 || kind == ArchiveKind::tar) {
    const std::string count = std::to_string(candidates.size());
    return fail(Error{Errc::unprocessable,
                      Code::archive_members,
                      (kind == ArchiveKind::tar ? "The file is a tar archive, and holds "
                                                : "The archive holds ") +
                          (candidates.size() > 1 ? count + " files that may be the table: " : "") +
                          names_of(members, candidates) + ".",
                      "Name one with the option member" + as_option(members[candidates[0]].name) +
                          ", or unpack it and upload each (sluice upload --each does).",
                      {},
                      choices_of(members, candidates)});
  }
  ChosenMember chosen{candidates[0],
                      "The table is " + shown(members[candidates[0]].name) + " of the archive."};
  std::erase(files, candidates[0]);
  if (!files.empty()) chosen.note += " Left out: " + names_of(members, files) + ".";
  return chosen;
}

}  // namespace sluice::ingest
