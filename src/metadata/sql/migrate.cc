#include "metadata/sql/migrate.h"

#include <algorithm>

#include "metadata/error_codes.h"
#include "metadata/sql/sessions.h"
#include "metadata/sql/statement.h"

namespace sluice::metadata {
namespace {

/// SQL in one statement each; lines that begin with `--` are comments.
std::vector<std::string> statements_of(const std::string& sql) {
  std::vector<std::string> statements;
  std::string current;
  for (std::size_t start = 0; start < sql.size();) {
    const std::size_t end = std::min(sql.find('\n', start), sql.size());
    const std::string line = sql.substr(start, end - start);
    start = end + 1;
    if (line.empty() || line.starts_with("--")) continue;
    current += line + "\n";
    if (line.back() != ';') continue;
    current.resize(current.size() - 2);
    statements.push_back(std::move(current));
    current.clear();
  }
  return statements;
}

}  // namespace

Result<void> migrate(const Engine& engine, soci::session& session, const Clock& clock,
                     std::string_view refuse_new) {
  Transaction transaction(engine, session);
  SqlStatement(session,
               "CREATE TABLE IF NOT EXISTS schema_migrations "
               "(name TEXT NOT NULL PRIMARY KEY, applied_at_us BIGINT NOT NULL)")
      .run();
  std::vector<std::string> applied;
  {
    std::string name;
    SqlStatement select(session, "SELECT name FROM schema_migrations ORDER BY name");
    select.out(name);
    while (select.next()) applied.push_back(name);
  }
  if (applied.empty() && !refuse_new.empty()) {
    return fail(Errc::data_loss, Code::metadata_empty, "The metadata database is empty.",
                std::string(refuse_new));
  }
  for (const std::string& name : applied) {
    const bool known =
        std::any_of(migrations().begin(), migrations().end(),
                    [&name](const Migration& migration) { return migration.name == name; });
    if (!known) {
      return fail(Errc::conflict, Code::metadata_newer,
                  "The metadata database has migration " + name + ", which this Sluice lacks.",
                  "Start the Sluice version that made it, or a newer one.");
    }
  }
  for (const Migration& migration : migrations()) {
    if (std::find(applied.begin(), applied.end(), migration.name) != applied.end()) continue;
    for (const std::string& statement : statements_of(migration.sql)) {
      SqlStatement(session, statement).run();
    }
    SqlStatement(session, "INSERT INTO schema_migrations (name, applied_at_us) VALUES (:name, :at)")
        .bind(migration.name)
        .bind(clock.now_us())
        .run();
  }
  transaction.commit();
  return {};
}

}  // namespace sluice::metadata
