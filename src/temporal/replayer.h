#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "temporal/payload_codec.h"
#include "temporal/workflow.h"

namespace sluice::temporal {

class Runtime;

/// Runs workflow code against histories of runs that have been, without a server and without
/// activities: tells before a deployment whether the code still fits what is in flight. Threads:
/// one at a time.
class Replayer {
 public:
  /// The runtime outlives it. `codec` as in ClientOptions.
  explicit Replayer(const Runtime& runtime, std::shared_ptr<const PayloadCodec> codec = nullptr);
  ~Replayer();

  void register_workflow(WorkflowDefinition definition);

  /// `history_json`: as Client::history_json or `temporal workflow show --output json` give it; a
  /// history of a run that goes on is replayed as far as it goes. Errors: `nondeterminism` with
  /// what does not fit; `workflow_task` where workflow code threw what ends no workflow;
  /// `history_malformed`.
  Result<void> replay(const std::string& workflow_id, const std::string& history_json);

 private:
  const Runtime& runtime_;
  std::shared_ptr<const PayloadCodec> codec_;
  std::map<std::string, WorkflowDefinition> definitions_;
};

}  // namespace sluice::temporal
