// `sluice databricks check`: what a look at the workspace found, for people or as JSON.
#include <algorithm>
#include <cstdio>
#include <iostream>

#include "app/mains.h"
#include "base/error_codes.h"
#include "cli/table.h"
#include "dataset/names.h"
#include "lakehouse/databricks/check/check_workspace.h"
#include "wire/json.h"

namespace sluice::app {
namespace {

namespace databricks = lakehouse::databricks;

Result<databricks::WorkspaceCheck> checked_workspace(const Result<Settings>& settings,
                                                     const DatabricksCheckOptions& options) {
  if (!settings) return fail(settings.error());
  if (!is_tenant_id(options.tenant)) {
    return fail(Errc::invalid_argument, BaseCode::bad_setting,
                "--tenant is no id that a tenant may have.", "Give it as it stands in a catalog.");
  }
  // With LAKEHOUSE=local they were not looked at.
  TRY_ASSIGN(const databricks::Connection connection, databricks::checked(settings->databricks));
  databricks::CheckOptions asked;
  asked.tenant = TenantId{options.tenant};
  asked.with_statement = options.with_statement;
  return databricks::check_workspace(connection, asked);
}

/// An enumerator's word in JSON, filled up to the width.
template <typename Enum>
std::string padded_word(Enum value, std::size_t width) {
  std::string word(wire::to_json(value).as_string());
  word.resize(std::max(word.size(), width), ' ');
  return word;
}

void print(const databricks::WorkspaceCheck& check) {
  constexpr std::size_t verdict_width = sizeof "warning";
  constexpr std::size_t topic_width = sizeof "external_location";
  if (!check.host.empty()) std::cout << cli::printable(check.host) << "\n";
  for (const databricks::Finding& finding : check.findings) {
    std::cout << padded_word(finding.verdict, verdict_width + 1)
              << padded_word(finding.topic, topic_width + 1) << cli::printable(finding.says)
              << "\n";
    if (finding.to_do.empty()) continue;
    std::cout << std::string(verdict_width + topic_width + 2, ' ') << "-> "
              << cli::printable(finding.to_do) << "\n";
  }
  std::cout << (check.would_pass ? "A first sync would pass" : "A first sync would not pass")
            << " (" << check.rest_calls << " calls, " << check.statements << " statements, "
            << (check.took_ms + 50) / 100 / 10 << "." << (check.took_ms + 50) / 100 % 10
            << " s).\n";
}

}  // namespace

int run_databricks_check(const Result<Settings>& settings, const DatabricksCheckOptions& options) {
  const Result<databricks::WorkspaceCheck> looked = checked_workspace(settings, options);
  const databricks::WorkspaceCheck check =
      looked ? *looked
             : databricks::check_of_bad_settings(settings ? settings->databricks.host : "",
                                                 looked.error());
  if (options.json) {
    std::cout << wire::to_text(check) << "\n";
  } else {
    print(check);
  }
  std::cout.flush();
  return check.would_pass ? 0 : 1;
}

}  // namespace sluice::app
