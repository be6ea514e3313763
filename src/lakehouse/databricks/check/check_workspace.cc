#include "lakehouse/databricks/check/check_workspace.h"

#include <algorithm>

#include "lakehouse/databricks/check/check_in_progress.h"

namespace sluice::lakehouse::databricks {
namespace {

void look(CheckInProgress& check) {
  if (!check_sign_in(check) || !check_metastore(check)) return;
  check_warehouse(check);
  check_catalog(check);
  check_external_location(check);
  check_readers(check);
  if (check.options.with_statement) check_statement(check);
}

bool has_no_wrong(const std::vector<Finding>& findings) {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& each) { return each.verdict == Verdict::wrong; });
}

}  // namespace

WorkspaceCheck check_workspace(const Connection& connection, const CheckOptions& options) {
  const auto begun = std::chrono::steady_clock::now();
  CheckInProgress check(connection, options);
  check.result.host = connection.host;
  look(check);
  check.result.would_pass = has_no_wrong(check.result.findings);
  check.result.rest_calls = check.calls.rest_calls;
  check.result.took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                             std::chrono::steady_clock::now() - begun)
                             .count();
  return std::move(check.result);
}

WorkspaceCheck check_of_bad_settings(const std::string& host, const Error& error) {
  WorkspaceCheck check;
  check.host = host;
  check.findings.push_back({Topic::settings, Verdict::wrong, error.detail, error.remedy});
  return check;
}

}  // namespace sluice::lakehouse::databricks
