#include "lakehouse/databricks/check/check_in_progress.h"

namespace sluice::lakehouse::databricks {
namespace {

/// A call that fails is told, not waited for: twice, and the cause is known.
constexpr RetryPolicy few_retries{.first_interval = std::chrono::milliseconds(500), .attempts = 2};

std::string listed(const std::vector<CheckedPrivilege>& privileges, Held held) {
  std::string names;
  for (const CheckedPrivilege& each : privileges) {
    if (each.held == held) names += (names.empty() ? "" : ", ") + each.privilege;
  }
  return names;
}

}  // namespace

CheckInProgress::CheckInProgress(const Connection& workspace, const CheckOptions& asked)
    : connection(workspace),
      options(asked),
      rest(workspace, few_retries),
      reads(rest, WorkspaceReads::Clock::now() + asked.deadline, asked.stop, calls) {}

void CheckInProgress::add(Topic topic, Verdict verdict, std::string says, std::string to_do) {
  result.findings.push_back({topic, verdict, std::move(says), std::move(to_do)});
}

void CheckInProgress::add_failed(Topic topic, const std::string& what, const Error& error,
                                 const std::string& to_do) {
  const std::string& advice = to_do.empty() ? error.remedy : to_do;
  if (is_refused(error)) {
    add(topic, Verdict::warning, what + " cannot be seen. " + error.detail, advice);
  } else if (is_retryable(error.kind)) {
    add(topic, Verdict::warning, what + " could not be looked at. " + error.detail, "Check again.");
  } else {
    add(topic, Verdict::wrong, error.detail, advice);
  }
}

void CheckInProgress::add_privileges(const Securable& securable,
                                     const std::vector<WantedPrivilege>& wanted) {
  const std::vector<CheckedPrivilege> looked = Privileges(reads, me).look(securable, wanted);
  std::vector<std::string> to_grant;
  bool lacks_first = false;
  for (const CheckedPrivilege& each : looked) {
    if (each.held != Held::yes) to_grant.push_back(each.privilege);
    lacks_first = lacks_first || (each.held == Held::no && each.for_first_sync);
  }
  result.privileges.insert(result.privileges.end(), looked.begin(), looked.end());
  std::string says;
  if (const std::string held = listed(looked, Held::yes); !held.empty()) {
    says = "Our principal has " + held + " on " + securable.sql + ".";
  }
  if (const std::string missing = listed(looked, Held::no); !missing.empty()) {
    says += (says.empty() ? "Our principal lacks " : " It lacks ") + missing + " on " +
            securable.sql + ".";
  }
  if (const std::string unseen = listed(looked, Held::unseen); !unseen.empty()) {
    says +=
        (says.empty() ? "" : " ") + unseen + " on " + securable.sql +
        " is not granted to our principal itself; whether one of its groups has it cannot be seen.";
  }
  const Verdict verdict = lacks_first        ? Verdict::wrong
                          : to_grant.empty() ? Verdict::ok
                                             : Verdict::warning;
  add(Topic::privileges, verdict, std::move(says),
      to_grant.empty() ? "" : grant_statement(to_grant, securable.sql, me.name));
}

}  // namespace sluice::lakehouse::databricks
