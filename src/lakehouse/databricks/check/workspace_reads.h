#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "lakehouse/databricks/rest.h"
#include "lakehouse/databricks/warehouse_state.h"

namespace sluice::lakehouse::databricks {

/// Who a token belongs to.
struct Identity {
  std::string name;  ///< A user's mail address, a service principal's application id.
  std::vector<std::string> groups;
};

struct MetastoreSummary {
  std::string id;
  std::string name;
  std::string cloud;
  std::string region;
  std::string owner;
  std::string storage_root;
};

/// A catalog, schema or volume.
struct CatalogObject {
  std::string owner;
  std::string storage_root;                 ///< Of a catalog that has one of its own.
  bool no_predictive_optimization = false;  ///< Said to be off; false also where it is not told.
};

struct PrivilegeAssignment {
  std::string principal;
  std::vector<std::string> privileges;  ///< `CREATE_SCHEMA`, inherited ones included.
};

struct ExternalLocation {
  std::string name;
  std::string url;
  std::string owner;
  bool is_read_only = false;
};

struct Quota {
  std::int64_t count = 0;
  std::int64_t limit = 0;
};

enum class GroupKind {
  unknown,   ///< The workspace lists none of that name.
  account,   ///< Unity Catalog knows it.
  workspace  ///< It does not: the group is the workspace's alone.
};

/// The securable's kind in a path, and its full name; of a metastore its id.
struct SecurableName {
  std::string type;  ///< `metastore`, `catalog`, `schema`, `external_location`.
  std::string name;
};

/// What a workspace's REST API tells of itself without waking a warehouse, each call within its
/// time: paths and fields as databricks-sdk-py has them (service/catalog.py, iam.py, sql.py).
/// Errors: as to_error, where `is_refused` is what Databricks answered by 403;
/// deadline_exceeded where there was no answer in time. One thread.
class WorkspaceReads {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::chrono::milliseconds call_deadline{10'000};

  /// Both must outlive this. After `until` no call is sent.
  WorkspaceReads(Rest& rest, Clock::time_point until, std::stop_token stop, CallCount& calls)
      : rest_(rest), until_(until), stop_(std::move(stop)), calls_(calls) {}

  Result<Identity> me();
  /// not_found: the workspace has no metastore.
  Result<MetastoreSummary> metastore();
  /// The id of the workspace's metastore, which more may ask for.
  Result<std::string> metastore_assigned();
  Result<WarehouseState> warehouse(const std::string& id);
  /// `kind`: `catalogs`, `schemas`, `volumes`.
  Result<std::optional<CatalogObject>> find(const std::string& kind, const std::string& full_name);
  /// Of one principal, or of all where that is empty. A principal's are those that were given to
  /// itself, or to its groups as well: reports differ. An owner's are not among them.
  Result<std::vector<PrivilegeAssignment>> effective_privileges(const SecurableName& securable,
                                                                const std::string& principal);
  /// Those that our principal may see.
  Result<std::vector<ExternalLocation>> external_locations();
  /// Nothing where that quota is not known there.
  Result<std::optional<Quota>> quota(const SecurableName& parent, const std::string& name);
  Result<GroupKind> group_kind(const std::string& name);

  /// Calls that brought an answer of the API: "there is no such thing" included, a refusal not.
  std::int64_t answered() const { return answered_; }

 private:
  template <typename T, typename Call>
  Result<T> bounded(const std::string& doing, const Call& call);
  Result<boost::json::value> get(const std::string& path, const std::string& doing);
  /// All pages: `each` is called with every item of the member `items`.
  template <typename Each>
  Result<void> get_pages(const std::string& path, const char* items, const std::string& doing,
                         const Each& each);

  Rest& rest_;
  const Clock::time_point until_;
  const std::stop_token stop_;
  CallCount& calls_;
  std::int64_t answered_ = 0;
};

/// Databricks answered 403 for want of a privilege: what was asked for may be there or not.
bool is_refused(const Error& error);
/// What was asked for is there, and this workspace is not one of those that it is bound to.
bool is_bound_elsewhere(const Error& error);

}  // namespace sluice::lakehouse::databricks
