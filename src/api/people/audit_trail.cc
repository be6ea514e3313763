#include "api/people/audit_trail.h"

#include <string>

#include "api/people/who_asks.h"

namespace sluice::api {
namespace {

std::string_view result_of(int status) {
  if (status < 400) return "ok";
  return status == 401 || status == 403 ? "refused" : "failed";
}

/// What it was done to: of the path, or what was made.
std::string object_of(std::string_view in_path, const http::Response& response) {
  if (!in_path.empty()) return std::string(in_path);
  const std::string_view location = response.headers.get("Location");
  const std::size_t slash = location.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(location.substr(slash + 1));
}

}  // namespace

bool is_audited(const DescribedOperation& described) {
  const bool changes = described.permission == Permission::write ||
                       described.permission == Permission::admin ||
                       described.operation == Operation::change_password;
  return changes && described.body != BodyLimit::chunk &&
         described.operation != Operation::list_audit;
}

http::Response with_audit(Context& context, const DescribedOperation& described,
                          const http::Request& request, const auth::Principal& principal,
                          http::Response response) {
  metadata::AuditEntry entry;
  entry.tenant = principal.tenant;
  entry.operation = described.id;
  entry.object_id = request.parameter("id");
  entry.person_id = principal.person_id;
  entry.name = principal.name;
  entry.credential_kind = principal.kind == auth::CredentialKind::session ? "session" : "token";
  entry.credential_id = principal.credential_id;
  entry.address = caller_of(context, request).address;
  entry.request_id = request.request_id;
  return http::with_change(std::move(response),
                           [&context, entry = std::move(entry)](http::Response answer) {
                             metadata::AuditEntry line = entry;
                             line.status = answer.status;
                             line.result = result_of(answer.status);
                             line.object_id = object_of(entry.object_id, answer);
                             context.accounts.audit(std::move(line));
                             return answer;
                           });
}

}  // namespace sluice::api
