#include "lakehouse/databricks/check/privileges.h"

#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "lakehouse/medallion/databricks/databricks_sql.h"

namespace sluice::lakehouse::databricks {
namespace {

/// Stands in a GRANT where it could not be seen who we are.
constexpr const char* unknown_principal = "our principal";

std::string in_sql(std::string privilege) {
  std::replace(privilege.begin(), privilege.end(), '_', ' ');
  return privilege;
}

bool holds(const std::set<std::string>& held, const std::string& privilege) {
  return held.contains(privilege) || held.contains("ALL_PRIVILEGES");
}

}  // namespace

std::string grant_statement(const std::vector<std::string>& wanted, const std::string& on,
                            const std::string& principal) {
  std::string names;
  for (const std::string& each : wanted) names += (names.empty() ? "" : ", ") + in_sql(each);
  return "GRANT " + names + " ON " + on + " TO " +
         medallion::databricks_identifier(principal.empty() ? unknown_principal : principal) + ";";
}

bool Privileges::is_us(const std::string& principal) const {
  const std::string asked = lowered(principal);
  if (asked.empty()) return false;
  if (asked == lowered(me_.name) || asked == "account users") return true;
  return std::any_of(me_.groups.begin(), me_.groups.end(), [&](const std::string& group) {
    // A workspace's own catalog belongs to its administrators, by a group that Databricks keeps.
    const bool is_admins = group == "admins" && asked.starts_with("_workspace_admins");
    const bool is_users = group == "users" && asked.starts_with("_workspace_users");
    return is_admins || is_users || lowered(group) == asked;
  });
}

std::vector<CheckedPrivilege> Privileges::look(const Securable& securable,
                                               const std::vector<WantedPrivilege>& wanted) {
  const bool is_ours = is_us(securable.owner);
  std::set<std::string> held;
  const auto add_ours = [&](const std::vector<PrivilegeAssignment>& assignments) {
    for (const PrivilegeAssignment& each : assignments) {
      if (is_us(each.principal)) held.insert(each.privileges.begin(), each.privileges.end());
    }
  };
  const auto has_all = [&] {
    return is_ours || std::all_of(wanted.begin(), wanted.end(), [&](const WantedPrivilege& each) {
             return holds(held, each.name);
           });
  };
  if (!is_ours && !me_.name.empty()) {
    if (const auto own = reads_.effective_privileges(securable.name, me_.name)) add_ours(*own);
  }
  bool all_seen = true;
  if (!has_all()) {
    const auto of_all = reads_.effective_privileges(securable.name, "");
    all_seen = of_all.has_value() && !me_.name.empty();
    if (of_all) add_ours(*of_all);
  }
  std::vector<CheckedPrivilege> looked;
  for (const WantedPrivilege& each : wanted) {
    const bool is_held = is_ours || holds(held, each.name);
    looked.push_back({in_sql(each.name), securable.sql,
                      is_held    ? Held::yes
                      : all_seen ? Held::no
                                 : Held::unseen,
                      each.for_first_sync, grant_statement({each.name}, securable.sql, me_.name)});
  }
  return looked;
}

Held Privileges::held_by_group(const SecurableName& securable, const std::string& group,
                               const std::string& privilege) {
  const auto assignments = reads_.effective_privileges(securable, group);
  if (!assignments) return Held::unseen;
  std::set<std::string> held;
  for (const PrivilegeAssignment& each : *assignments) {
    const bool is_meant = each.principal == group || lowered(each.principal) == "account users";
    if (is_meant) held.insert(each.privileges.begin(), each.privileges.end());
  }
  return holds(held, privilege) ? Held::yes : Held::no;
}

}  // namespace sluice::lakehouse::databricks
