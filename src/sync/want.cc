#include "sync/want.h"

#include "sync/error_codes.h"
#include "wire/json.h"

namespace sluice::metadata {

constexpr auto wire_names(const WantKind*) {
  return std::array<std::pair<WantKind, const char*>, 3>{
      {{WantKind::sync, "sync"}, {WantKind::resync, "resync"}, {WantKind::drop, "drop"}}};
}

constexpr auto wire_fields(const Want*) {
  using T = Want;
  return std::tuple(wire::field("kind", &T::kind, "What is to become of the tables."),
                    wire::field("dataset_id", &T::dataset_id, "The dataset's UUID."),
                    wire::field("tenant_id", &T::tenant, "Its owner."),
                    wire::field("version", &T::version, "Version of the dataset, from 1."),
                    wire::field("sha256", &T::sha256, "Of its Parquet file, lower-case hex."),
                    wire::field("table_name", &T::table_name, "Name of the bronze table."));
}

}  // namespace sluice::metadata

namespace sluice::sync {

constexpr auto wire_fields(const WorkflowWant*) {
  using T = WorkflowWant;
  return std::tuple(
      wire::embedded(&T::want), wire::field("order", &T::order, "Place in the order of all wants."),
      wire::field("retry_attempts", &T::retry_attempts, "In all, before it is slow."),
      wire::field("retry_interval_s", &T::retry_interval_s, "The first pause."),
      // Those in flight from before there were any have none.
      wire::optional_field("search_attributes", &T::search_attributes, "The server knows ours."),
      wire::optional_field("window_s", &T::window_s, "So long syncs wait for each other."));
}

namespace {

// Those of the settings; a timer that is longer than Temporal takes would fail the workflow's task.
constexpr std::int64_t retry_attempts_max = 100;
constexpr std::int64_t retry_interval_max_s = 86'400;
constexpr std::int64_t window_max_s = 3'600;

std::optional<wire::Mismatch> read_text(const std::string& text, WorkflowWant& want) {
  const Result<boost::json::value> json = wire::parse_stored(text);
  if (!json) return wire::Mismatch{"", "is no JSON"};
  std::optional<wire::Mismatch> wrong = wire::ObjectForm<WorkflowWant>::read(*json, want);
  if (wrong) return wrong;
  if (want.retry_attempts < 1 || want.retry_attempts > retry_attempts_max) {
    return wire::Mismatch{"retry_attempts", "is out of bounds"};
  }
  if (want.retry_interval_s < 1 || want.retry_interval_s > retry_interval_max_s) {
    return wire::Mismatch{"retry_interval_s", "is out of bounds"};
  }
  if (want.window_s && (*want.window_s < 1 || *want.window_s > window_max_s)) {
    return wire::Mismatch{"window_s", "is out of bounds"};
  }
  return std::nullopt;
}

}  // namespace

std::string workflow_id_of(const std::string& dataset_id) { return "dataset-sync-" + dataset_id; }

std::string to_json(const WorkflowWant& want) {
  return boost::json::serialize(wire::ObjectForm<WorkflowWant>::write(want));
}

Result<WorkflowWant> want_from_json(const std::string& text) {
  WorkflowWant want;
  const std::optional<wire::Mismatch> wrong = read_text(text, want);
  if (!wrong) return want;
  return fail(Errc::invalid_argument, Code::bad_want,
              "A want is not as it was sent: " + wire::sentence_of(*wrong));
}

}  // namespace sluice::sync

namespace sluice::wire {

boost::json::value Form<sync::WorkflowWant>::write(const sync::WorkflowWant& want) {
  return boost::json::string(sync::to_json(want));
}

std::optional<Mismatch> Form<sync::WorkflowWant>::read(const boost::json::value& value,
                                                       sync::WorkflowWant& want) {
  std::string text;
  std::optional<Mismatch> wrong = Form<std::string>::read(value, text);
  if (wrong) return wrong;
  return sync::read_text(text, want);
}

}  // namespace sluice::wire
