// Every room's table of codes, held against docs/errors.md.
#include "api/error_codes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/error_codes.h"
#include "app/error_codes.h"
#include "auth/error_codes.h"
#include "base/error_codes.h"
#include "base/files.h"
#include "cli/error_codes.h"
#include "duckdb/error_codes.h"
#include "http/error_codes.h"
#include "ingest/error_codes.h"
#include "intake/error_codes.h"
#include "lakehouse/error_codes.h"
#include "mcp/error_codes.h"
#include "mcp_tools/error_codes.h"
#include "metadata/error_codes.h"
#include "profile/error_codes.h"
#include "query/error_codes.h"
#include "sandbox/error_codes.h"
#include "storage/error_codes.h"
#include "sync/error_codes.h"
#include "temporal/error_codes.h"
#include "wire/error_codes.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

/// Room → code → meaning.
using Tables = std::map<std::string, std::map<std::string, std::string>>;

const std::map<std::string, std::span<const ErrorCodeEntry>>& declared() {
  static const std::map<std::string, std::span<const ErrorCodeEntry>> rooms{
      {"accounts", error_code_entries(accounts::Code{})},
      {"api", error_code_entries(api::Code{})},
      {"app", error_code_entries(app::Code{})},
      {"auth", error_code_entries(auth::Code{})},
      {"base", error_code_entries(BaseCode{})},
      {"cli", error_code_entries(cli::Code{})},
      {"duckdb", error_code_entries(duckdb::Code{})},
      {"http", error_code_entries(http::Code{})},
      {"ingest", error_code_entries(ingest::Code{})},
      {"intake", error_code_entries(intake::Code{})},
      {"lakehouse", error_code_entries(lakehouse::Code{})},
      {"mcp", error_code_entries(mcp::Code{})},
      {"mcp_tools", error_code_entries(mcp_tools::Code{})},
      {"metadata", error_code_entries(metadata::Code{})},
      {"profile", error_code_entries(profile::Code{})},
      {"query", error_code_entries(query::Code{})},
      {"sandbox", error_code_entries(sandbox::Code{})},
      {"storage", error_code_entries(storage::Code{})},
      {"sync", error_code_entries(sync::Code{})},
      {"temporal", error_code_entries(temporal::Code{})},
      {"wire", error_code_entries(wire::Code{})},
  };
  return rooms;
}

std::vector<std::string> cells_of(std::string_view row) {
  std::vector<std::string> cells;
  row.remove_prefix(2);
  for (std::size_t end = row.find(" |"); end != std::string_view::npos; end = row.find(" |")) {
    cells.emplace_back(row.substr(0, end));
    row.remove_prefix(std::min(row.size(), end + 3));
  }
  return cells;
}

/// The tables of docs/errors.md; a row that is none has a place of its own in `odd`.
Tables documented(std::vector<std::string>& odd) {
  const std::string text = read_file(fs::path(SLUICE_SOURCE) / "docs/errors.md").value();
  Tables tables;
  std::string room;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.size(), end + 1));
    if (line.starts_with("## ")) room = line.substr(3);
    if (!line.starts_with("| `")) continue;
    const std::vector<std::string> cells = cells_of(line);
    const bool is_whole = cells.size() == 4 && !cells[1].empty() && !cells[3].empty();
    if (!is_whole) odd.emplace_back(line);
    if (!is_whole) continue;
    tables[room][cells[0].substr(1, cells[0].size() - 2)] = cells[2];
  }
  return tables;
}

TEST(ErrorCodes, EveryRoomsTableIsTested) {
  std::set<std::string> there;
  for (const fs::directory_entry& room : fs::directory_iterator(fs::path(SLUICE_SOURCE) / "src")) {
    if (fs::exists(room.path() / "error_codes.h")) there.insert(room.path().filename().string());
  }
  std::set<std::string> tested;
  for (const auto& [room, entries] : declared()) tested.insert(room);
  EXPECT_EQ(there, tested);
}

TEST(ErrorCodes, ACodeStandsInOneRoom) {
  std::map<std::string_view, std::string> rooms;
  for (const auto& [room, entries] : declared()) {
    for (const ErrorCodeEntry& entry : entries) {
      const auto [first, is_new] = rooms.emplace(entry.text, room);
      EXPECT_TRUE(is_new) << entry.text << " is declared in " << first->second << " and " << room;
    }
  }
}

TEST(ErrorCodes, DocumentedAsDeclared) {
  std::vector<std::string> odd;
  const Tables tables = documented(odd);
  for (const std::string& row : odd) {
    ADD_FAILURE() << "docs/errors.md: this row does not have four cells: " << row;
  }
  for (const auto& [room, entries] : declared()) {
    for (const ErrorCodeEntry& entry : entries) {
      const auto table = tables.find(room);
      const bool is_there =
          table != tables.end() && table->second.contains(std::string(entry.text));
      const std::string said = is_there ? table->second.at(std::string(entry.text)) : "no row";
      EXPECT_EQ(said, entry.meaning) << "docs/errors.md, " << room << ": " << entry.text;
    }
  }
  for (const auto& [room, rows] : tables) {
    const auto entries = declared().find(room);
    for (const auto& [code, meaning] : rows) {
      const bool is_there =
          entries != declared().end() &&
          std::any_of(entries->second.begin(), entries->second.end(),
                      [&](const ErrorCodeEntry& entry) { return entry.text == code; });
      EXPECT_TRUE(is_there) << "docs/errors.md has " << code << ", which src/" << room
                            << "/error_codes.h does not declare";
    }
  }
}

}  // namespace
}  // namespace sluice::app
