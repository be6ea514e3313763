#include "metadata/rows/credentials.h"

#include "metadata/sql/statement.h"

namespace sluice::metadata {

void credentials_changed(soci::session& session) {
  SqlStatement(session, "UPDATE counters SET value = value + 1 WHERE name = 'credentials'").run();
}

void lock_person(const Engine& engine, soci::session& session, std::string_view person_id) {
  std::int64_t one = 0;
  SqlStatement lock(session,
                    "SELECT 1 FROM people WHERE person_id = :id" + std::string(engine.row_lock()));
  lock.bind(person_id).out(one).next();
}

auth::Permissions permissions_of_role(std::string_view role) {
  const std::optional<auth::Role> known = auth::parse_role(role);
  return known ? auth::Permissions::of(*known) : auth::Permissions();
}

}  // namespace sluice::metadata
