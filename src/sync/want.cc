#include "sync/want.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "sync/error_codes.h"

namespace sluice::sync {

namespace json = boost::json;

namespace {

// Those of the settings; a timer that is longer than Temporal takes would fail the workflow's task.
constexpr std::int64_t retry_attempts_max = 100;
constexpr std::int64_t retry_interval_max_s = 86'400;

}  // namespace

std::string workflow_id_of(const std::string& dataset_id) { return "dataset-sync-" + dataset_id; }

std::string to_json(const WorkflowWant& want) {
  return json::serialize(json::object{{"kind", metadata::name_of(want.want.kind)},
                                      {"dataset_id", want.want.dataset_id},
                                      {"tenant_id", want.want.tenant.value},
                                      {"version", want.want.version},
                                      {"sha256", want.want.sha256},
                                      {"table_name", want.want.table_name},
                                      {"order", want.order},
                                      {"retry_attempts", want.retry_attempts},
                                      {"retry_interval_s", want.retry_interval_s},
                                      {"search_attributes", want.search_attributes}});
}

Result<WorkflowWant> want_from_json(const std::string& text) {
  try {
    const json::value parsed = json::parse(text);
    const json::object& object = parsed.as_object();
    const auto text_of = [&](const char* name) {
      return json::value_to<std::string>(object.at(name));
    };
    WorkflowWant out;
    const std::optional<metadata::WantKind> kind = metadata::parse_want_kind(text_of("kind"));
    if (!kind)
      return fail(Errc::invalid_argument, Code::bad_want, "Unknown want: " + text_of("kind"));
    out.want.kind = *kind;
    out.want.dataset_id = text_of("dataset_id");
    out.want.tenant.value = text_of("tenant_id");
    out.want.version = object.at("version").as_int64();
    out.want.sha256 = text_of("sha256");
    out.want.table_name = text_of("table_name");
    out.order = object.at("order").as_int64();
    out.retry_attempts = object.at("retry_attempts").as_int64();
    out.retry_interval_s = object.at("retry_interval_s").as_int64();
    if (out.retry_attempts < 1 || out.retry_attempts > retry_attempts_max ||
        out.retry_interval_s < 1 || out.retry_interval_s > retry_interval_max_s) {
      return fail(Errc::invalid_argument, Code::bad_want, "A want's retries are out of bounds.");
    }
    // Those in flight from before there were any have none.
    const json::value* search = object.if_contains("search_attributes");
    out.search_attributes = search != nullptr && search->as_bool();
    return out;
  } catch (const std::exception& broken) {
    return fail(Errc::invalid_argument, Code::bad_want,
                std::string("A want is not as it was sent: ") + broken.what());
  }
}

}  // namespace sluice::sync
