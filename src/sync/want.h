#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "base/result.h"
#include "metadata/records.h"
#include "wire/dataset_forms.h"

namespace sluice::sync {

inline constexpr const char* workflow_type = "DatasetSyncWorkflow";
inline constexpr const char* task_queue = "dataset-sync";
inline constexpr const char* want_signal = "want";
inline constexpr const char* progress_query = "progress";
/// Begins the next attempt now, where the workflow pauses before it; else nothing.
inline constexpr const char* retry_signal = "retry";
/// Ends what is being carried as `failed`; wants that are newer are still taken.
inline constexpr const char* cancel_signal = "cancel";

// Search attributes, keywords all: `SluiceStatus = 'failed' AND SluiceTenant = 'acme'`.
inline constexpr const char* attribute_tenant = "SluiceTenant";
inline constexpr const char* attribute_dataset = "SluiceDataset";
inline constexpr const char* attribute_status = "SluiceStatus";

/// `dataset-sync-{dataset_id}`: the only workflow that ever touches a dataset's lakehouse tables.
std::string workflow_id_of(const std::string& dataset_id);

/// What the dispatcher signals to the workflow: the outbox's want, its place in the order of all
/// wants, and the retry settings in force when it was sent (history must not depend on a worker's
/// settings).
struct WorkflowWant {
  metadata::Want want;
  std::int64_t order =
      0;  ///< The outbox row's id: a want delivered late does not beat a newer one.
  std::int64_t retry_attempts = 3;
  std::int64_t retry_interval_s = 300;
  /// The server knows our search attributes; to upsert one that it does not know fails the task.
  bool search_attributes = false;
  /// How long syncs wait for each other to wake the lakehouse; nothing where they do not.
  std::optional<std::int64_t> window_s = {};
};

/// As it stands in a signal. Part of another value, it is this text in a JSON string.
std::string to_json(const WorkflowWant& want);
/// `invalid_argument` (`bad_want`) for what to_json has not made.
Result<WorkflowWant> want_from_json(const std::string& text);

}  // namespace sluice::sync

template <>
struct sluice::wire::Form<sluice::sync::WorkflowWant> {
  static boost::json::value write(const sync::WorkflowWant& want);
  static std::optional<Mismatch> read(const boost::json::value& value, sync::WorkflowWant& want);
  static boost::json::object schema() { return Form<std::string>::schema(); }
};
