#pragma once

#include <string>
#include <vector>

#include "lakehouse/databricks/check/workspace_check.h"
#include "lakehouse/databricks/check/workspace_reads.h"

namespace sluice::lakehouse::databricks {

/// A securable of which privileges are wanted.
struct Securable {
  SecurableName name;
  std::string sql;    ///< ``CATALOG `x` ``.
  std::string owner;  ///< Who owns it has them all, without their being listed.
};

struct WantedPrivilege {
  std::string name;  ///< `CREATE_SCHEMA`.
  bool for_first_sync = true;
};

/// ``GRANT USE CATALOG, CREATE SCHEMA ON CATALOG `x` TO `p`;``; `wanted` with underscores.
std::string grant_statement(const std::vector<std::string>& wanted, const std::string& on,
                            const std::string& principal);

/// What our principal may do: itself, by its groups, or as an owner.
class Privileges {
 public:
  /// `reads` must outlive this. `me` without a name: only groups and owners can be told.
  Privileges(WorkspaceReads& reads, Identity me) : reads_(reads), me_(std::move(me)) {}

  /// Whether that is our principal, or a group that it is in.
  bool is_us(const std::string& principal) const;
  /// Each of them. Asked for our principal alone first, which it may always ask, then for all,
  /// where something is missing: a group of ours may have it. `unseen` where the latter is refused.
  std::vector<CheckedPrivilege> look(const Securable& securable,
                                     const std::vector<WantedPrivilege>& wanted);
  /// The same of a group; `unseen` where we may not ask.
  Held held_by_group(const SecurableName& securable, const std::string& group,
                     const std::string& privilege);

 private:
  WorkspaceReads& reads_;
  const Identity me_;
};

}  // namespace sluice::lakehouse::databricks
