#include "api/dataset_json.h"

#include <filesystem>
#include <map>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "api/public_error_text.h"
#include "intake/damage.h"
#include "sync/want.h"
#include "wire/dataset_forms.h"
#include "wire/json.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value time_or_null(const std::optional<Micros>& when_us) {
  return when_us ? json::value(to_rfc3339(*when_us)) : json::value(nullptr);
}

json::value number_or_null(const std::optional<std::int64_t>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

/// How the version was read, as intake/conversion.cc noted it; empty for versions older than that.
json::object ingest_of(const DatasetVersion& version) {
  boost::system::error_code code;
  const json::value noted = json::parse(version.ingest_json, code);
  return !code && noted.is_object() ? noted.as_object() : json::object();
}

/// `damage` of a dataset: those of `all` that are its own.
json::array damage_json(const Dataset& dataset, const SyncState& state,
                        const std::vector<metadata::Damage>& all) {
  json::array out;
  for (const metadata::Damage& damage : all) {
    if (damage.dataset_id != dataset.id) continue;
    out.push_back(json::object{{"file", metadata::name_of(damage.kind)},
                               {"name", std::filesystem::path(damage.file).filename().string()},
                               {"found_at", to_rfc3339(damage.found_at_us)},
                               {"remedy", intake::remedy_of(dataset, state, damage.kind, all)}});
  }
  return out;
}

json::value part_of(const json::object& object, std::string_view name) {
  const json::value* part = object.if_contains(name);
  return part == nullptr ? json::value(nullptr) : *part;
}

json::object source_json(const DatasetVersion& version) {
  const json::object noted = ingest_of(version);
  return {{"name", text_or_null(version.source_name)},
          {"bytes", version.source_bytes},
          {"kept", !version.source_file.empty()},
          {"encoding", part_of(noted, "encoding")},
          {"compression", part_of(noted, "compression")}};
}

}  // namespace

json::object dataset_json(const Dataset& dataset, const SyncState& state, bool enabled,
                          const std::vector<metadata::Damage>& damage) {
  const DatasetVersion& current = dataset.current;
  return {{"id", dataset.id},
          {"name", dataset.name},
          {"description", text_or_null(dataset.description)},
          {"version", current.version},
          {"row_count", current.row_count},
          {"file_name", current.file_name},
          {"file_bytes", current.bytes},
          {"sha256", current.sha256},
          {"rows_read", current.row_count + current.rows_rejected},
          {"rows_rejected", current.rows_rejected},
          {"source_format", current.source_format},
          {"source", source_json(current)},
          {"table_name", dataset.table_name},
          {"damage", damage_json(dataset, state, damage)},
          {"created_at", to_rfc3339(dataset.created_at_us)},
          {"updated_at", to_rfc3339(dataset.updated_at_us)},
          {"metadata",
           json::object{{"databricks_enabled", enabled},
                        {"sync_status", name_of(state.status)},
                        {"bronze_table", text_or_null(state.bronze_table)},
                        {"silver_table", text_or_null(state.silver_table)},
                        {"last_sync_at", time_or_null(state.last_sync_at_us)},
                        {"last_sync_error", text_or_null(public_text(state.last_sync_error))},
                        {"last_sync_error_class", text_or_null(state.last_sync_error_class)},
                        {"row_count_databricks", number_or_null(state.row_count_bronze)},
                        {"lakehouse", text_or_null(state.lakehouse)}}}};
}

json::object status_json(const Dataset& dataset, const SyncState& state, bool enabled,
                         const std::vector<metadata::Damage>& damage) {
  return {{"dataset_id", dataset.id},
          {"dataset_name", dataset.name},
          {"databricks_enabled", enabled},
          {"sync_status", name_of(state.status)},
          {"waiting_for", text_or_null(state.waiting_for)},
          {"waiting_since", time_or_null(state.waiting_since_us)},
          {"next_attempt_at", time_or_null(state.next_attempt_at_us)},
          {"lakehouse", text_or_null(state.lakehouse)},
          {"bronze_kind", text_or_null(state.bronze_kind)},
          {"bronze_table", text_or_null(state.bronze_table)},
          {"silver_table", text_or_null(state.silver_table)},
          {"last_sync_at", time_or_null(state.last_sync_at_us)},
          {"last_sync_error", text_or_null(public_text(state.last_sync_error))},
          {"last_sync_error_class", text_or_null(state.last_sync_error_class)},
          {"version", dataset.current.version},
          {"synced_version", number_or_null(state.synced_version)},
          {"row_count_local", dataset.current.row_count},
          {"row_count_databricks", number_or_null(state.row_count_bronze)},
          {"row_count_silver", number_or_null(state.row_count_silver)},
          {"rows_quarantined", number_or_null(state.rows_quarantined)},
          {"duplicates_removed", number_or_null(state.duplicates_removed)},
          {"attempts", state.attempts},
          {"damage", damage_json(dataset, state, damage)},
          {"workflow_id", sync::workflow_id_of(dataset.id)}};
}

json::array columns_json(const std::vector<Column>& columns,
                         const lakehouse::medallion::Plan& plan) {
  std::map<std::string_view, const lakehouse::medallion::SilverColumn*> silver_of;
  for (const lakehouse::medallion::SilverColumn& made : plan.columns) {
    silver_of[made.source] = &made;
  }
  json::array all;
  for (const Column& column : columns) {
    json::value silver = nullptr;
    if (const auto found = silver_of.find(column.name); found != silver_of.end()) {
      const lakehouse::medallion::SilverColumn& made = *found->second;
      silver = json::object{{"name", made.name}, {"type", made.type}, {"reason", made.reason}};
    }
    json::object shown = wire::to_object(column);
    shown["silver"] = std::move(silver);
    all.push_back(std::move(shown));
  }
  return all;
}

json::object schema_json(const Dataset& dataset, const lakehouse::medallion::Plan& plan) {
  const json::object noted = ingest_of(dataset.current);
  return {{"dataset_id", dataset.id},
          {"version", dataset.current.version},
          {"options", part_of(noted, "options")},
          {"notes", part_of(noted, "notes")},
          {"decision", part_of(noted, "decision")},
          {"columns", columns_json(dataset.current.columns, plan)}};
}

json::object cost_json(const SyncCost& cost) {
  json::object shown = wire::to_object(cost);
  for (const char* name : {"awake_ms", "dbu"}) shown.emplace(name, nullptr);
  return shown;
}

}  // namespace sluice::api
