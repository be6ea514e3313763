#pragma once

// Workflows that use what test_workflows.h does not.

#include "temporal/testing/test_workflows.h"

namespace sluice::temporal::testing {

/// Local activities; the input chooses: `"plain"`, `"flaky"`, `"backoff"` (a pause longer than the
/// threshold), `"bad_data"`.
class LocalSteps final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
};

/// Children; the input chooses: `"result"`, `"failure"`, `"exists"`, `"cancelled"`, `"signalled"`.
class Parent final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;

 private:
  Task<std::string> result(WorkflowContext& ctx);
  Task<std::string> failure(WorkflowContext& ctx);
  Task<std::string> exists(WorkflowContext& ctx);
  Task<std::string> cancelled(WorkflowContext& ctx);
  Task<std::string> signalled(WorkflowContext& ctx);
};

/// Cancellation of parts; the input names the activity's cancellation type.
class Scopes final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
};

/// Coroutines side by side.
class Spawner final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;

 private:
  Task<int> twice(WorkflowContext& ctx, int number);
  Task<void> fails(WorkflowContext& ctx);
};

/// A number that updates, signals and queries work on, until it is told to stop.
class Counter final : public Workflow {
 public:
  static WorkflowDefinition definition();
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;

 private:
  Task<std::string> add(WorkflowContext& ctx, std::string json);
  void check(const std::string& json) const;
  Task<void> add_later(WorkflowContext& ctx, std::string json);
  void stop(WorkflowContext& ctx, const std::string& json);
  std::string value(const std::string& json) const;
  std::string meddle(const std::string& json) const;

  WorkflowContext* context_ = nullptr;
  int value_ = 0;
  bool stopped_ = false;
};

/// Code that changed twice: without the patch, with it, with the patch deprecated.
class Changing final : public Workflow {
 public:
  static inline std::atomic<int> generation = 0;
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
  void on_go(WorkflowContext& ctx, const std::string& json);

 private:
  bool go_ = false;
};

/// Upserts memo and search attributes and tells what it knows of itself.
class Attributes final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
};

/// Fails until its third attempt as a whole.
class Stumbling final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
};

/// An activity on a queue that nobody asks, for at most 300 ms.
class Unheard final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
};

/// Does what workflow code must not; the input chooses: `"call"`, `"outside"`.
class Forbidden final : public Workflow {
 public:
  static inline Client* client = nullptr;
  static inline std::atomic<bool> is_forbidden = true;
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
};

void register_features(Worker& worker);

}  // namespace sluice::temporal::testing
