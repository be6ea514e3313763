// What SQL can name in this version of the engine, against testdata/engine_surface.txt: a new
// version's additions are looked at by a person before they are reached.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "base/files.h"
#include "duckdb/database.h"

namespace sluice::duckdb {
namespace {

namespace fs = std::filesystem;
using Lines = std::set<std::string>;

/// Everything that SQL can name in this version of the engine, without what extensions would bring.
constexpr const char* surface_sql =
    "SELECT 'function ' || function_type || ' ' || function_name FROM duckdb_functions() UNION "
    "SELECT 'setting ' || lower(scope) || ' ' || name || ' ' || input_type FROM duckdb_settings() "
    "UNION SELECT 'type ' || type_name FROM duckdb_types() UNION SELECT 'version ' || version()";

std::string listed(const Lines& lines, const Lines& others) {
  std::ostringstream out;
  for (const std::string& line : lines) {
    if (!others.contains(line)) out << "  " << line << '\n';
  }
  return out.str();
}

/// An upgrade shows here what is new to the sandbox: a function that reaches files, settings or the
/// clock goes into query/worker/sql_check.cc and its tests before the list is renewed.
TEST(EngineSurface, IsTheOneThatWasLookedAt) {
  Database database =
      Database::open(job_settings({.memory_bytes = 256'000'000, .threads = 1})).value();
  Connection connection = database.connect().value();
  Lines there;
  std::string text;
  for (const auto& row : connection.query(surface_sql).value().rows_as_text()) {
    there.insert(row.at(0).value());
  }
  for (const std::string& line : there) text += line + '\n';

  const fs::path kept = fs::path(__FILE__).parent_path() / "testdata/engine_surface.txt";
  std::istringstream file(read_file(kept, 1 << 20).value_or(""));
  Lines known;
  for (std::string line; std::getline(file, line);) known.insert(line);
  EXPECT_GT(there.size(), 1'000U);
  if (there == known) return;
  const std::string written = testing::TempDir() + "engine_surface.txt";
  std::ofstream(written) << text;
  ADD_FAILURE() << "new:\n"
                << listed(there, known) << "gone:\n"
                << listed(known, there) << "Look at what is new, then: cp " << written << " "
                << kept.string();
}

}  // namespace
}  // namespace sluice::duckdb
