// `sluice workflow`: a dataset's history for people, its payloads opened.
#include <cstdio>

#include "app/bootstrap.h"
#include "app/error_codes.h"
#include "app/main_support.h"
#include "app/mains.h"
#include "base/files.h"
#include "sync/want.h"
#include "temporal/client.h"
#include "temporal/payload/readable_payloads.h"
#include "temporal/runtime.h"

namespace sluice::app {
namespace {

Result<std::string> history_of(const Settings& settings, const std::string& dataset_id) {
  const DataFolder folder(settings.data_storage_path);
  if (settings.temporal_payload_keys.empty() &&
      !std::filesystem::exists(folder.temporal_payload_keys())) {
    return fail(Errc::not_found, Code::no_payload_keys,
                "There is no " + folder.temporal_payload_keys().string() + ".",
                "Run this where the server's data folder is, or set TEMPORAL_PAYLOAD_KEYS.");
  }
  temporal::ClientOptions options;
  TRY_ASSIGN(options.codec, open_payload_sealer(settings, folder));
  options.target = settings.temporal_address.empty()
                       ? "127.0.0.1:" + std::to_string(settings.temporal_port)
                       : settings.temporal_address;
  options.namespace_name = settings.temporal_namespace;
  TRY_ASSIGN(const std::unique_ptr<temporal::Runtime> runtime, temporal::Runtime::create());
  TRY_ASSIGN(const std::unique_ptr<temporal::Client> client,
             temporal::Client::connect(*runtime, options));
  TRY_ASSIGN(const std::string history, client->history_json(sync::workflow_id_of(dataset_id)));
  return temporal::readable_history(history);
}

}  // namespace

int run_workflow(const Settings& settings, const std::string& dataset_id) {
  const Result<std::string> history = history_of(settings, dataset_id);
  if (!history) return refuse_start("workflow", history.error());
  std::printf("%s\n", history->c_str());
  return 0;
}

}  // namespace sluice::app
