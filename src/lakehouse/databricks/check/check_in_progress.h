#pragma once

#include <string>

#include "lakehouse/databricks/check/check_workspace.h"
#include "lakehouse/databricks/check/privileges.h"
#include "lakehouse/databricks/check/workspace_reads.h"

namespace sluice::lakehouse::databricks {

/// What the parts of a check share; each part adds its findings to `result`. One thread.
struct CheckInProgress {
  /// Both must outlive this.
  CheckInProgress(const Connection& workspace, const CheckOptions& asked);

  const Connection& connection;
  const CheckOptions& options;
  CallCount calls;
  Rest rest;
  WorkspaceReads reads;
  Identity me;
  std::string metastore_owner;
  WorkspaceCheck result;

  void add(Topic topic, Verdict verdict, std::string says, std::string to_do = {});
  /// Of a look that brought no answer: refused, it "cannot be seen", a warning; so is what may pass
  /// by itself. Anything else is wrong. `what` begins the sentence: "The warehouse w".
  void add_failed(Topic topic, const std::string& what, const Error& error,
                  const std::string& to_do = {});
  /// What our principal has of `wanted`, and a finding for what it lacks.
  void add_privileges(const Securable& securable, const std::vector<WantedPrivilege>& wanted);
  bool is_us(const std::string& principal) { return Privileges(reads, me).is_us(principal); }
};

// The parts, in their order. Those that answer bool: whether looking on makes sense.

bool check_sign_in(CheckInProgress& check);
bool check_metastore(CheckInProgress& check);
void check_warehouse(CheckInProgress& check);
void check_catalog(CheckInProgress& check);
void check_external_location(CheckInProgress& check);
/// The tenant's group.
void check_readers(CheckInProgress& check);
void check_statement(CheckInProgress& check);

/// The tenant's catalog, which a first sync would have to make.
void check_missing_catalog(CheckInProgress& check, const std::string& name);
/// The external location that a cloud address lies in, with the privileges wanted there.
void check_location(CheckInProgress& check, Topic topic, const std::string& setting,
                    const std::string& address, const std::vector<WantedPrivilege>& wanted);
/// Wrong where `more` would not fit below the quota; silent where that is not known.
void check_quota(CheckInProgress& check, const SecurableName& parent, const std::string& quota,
                 std::int64_t more);

/// On storage that Databricks keeps itself, which only serverless warehouses reach.
bool is_default_storage(const std::string& address);

}  // namespace sluice::lakehouse::databricks
