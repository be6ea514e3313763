// `sluice token`: API tokens of the tenant whose token this machine has.
#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/answer_text.h"
#include "cli/api_client.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "http/percent_encoding.h"

namespace sluice::cli {

namespace json = boost::json;

namespace {

std::string words_of(const json::value& token) {
  std::string words;
  const json::value* scopes = token.as_object().if_contains("scopes");
  if (scopes == nullptr || !scopes->is_array()) return words;
  for (const json::value& scope : scopes->get_array()) {
    words += (words.empty() ? "" : " ") + shown(scope);
  }
  return words;
}

/// `revoked`, or when it ends.
std::string end_of(const json::value& token) {
  return field(token, "revoked_at").empty() ? field(token, "expires_at") : "revoked";
}

}  // namespace

int create_token(const Connection& connection, const TokenOptions& options, Output& output) {
  ApiClient api(connection);
  json::object body{{"name", options.name}};
  json::array scopes;
  for (const std::string& scope : options.scopes) scopes.push_back(json::value(scope));
  body["scopes"] = std::move(scopes);
  if (options.expires_in_days > 0) body["expires_in_days"] = options.expires_in_days;
  const Result<Answer> answer = api.call("POST", "/api/v1/tokens", json::serialize(body));
  if (!answer) return refused(answer.error(), output);
  if (output.json) {
    output.out << answer->body << "\n";
    return exit_ok;
  }
  // The secret alone, so that it can be piped; what else there is to say is on the other stream.
  output.out << field(answer->value, "token") << "\n";
  output.err << "It is shown this once. Its id is " << printable(field(answer->value, "id"))
             << ".\n";
  return exit_ok;
}

int list_tokens(const Connection& connection, Output& output) {
  ApiClient api(connection);
  const Result<Answer> answer = api.call("GET", "/api/v1/tokens");
  if (!answer) return refused(answer.error(), output);
  if (output.json) {
    output.out << answer->body << "\n";
    return exit_ok;
  }
  std::vector<std::vector<std::string>> rows;
  const json::object* object = answer->value.if_object();
  const json::value* tokens = object == nullptr ? nullptr : object->if_contains("tokens");
  if (tokens != nullptr && tokens->is_array()) {
    for (const json::value& token : tokens->get_array()) {
      if (!token.is_object()) continue;
      rows.push_back({field(token, "id"), field(token, "name"), field(token, "prefix"),
                      words_of(token), field(token, "last_used_at"), end_of(token)});
    }
  }
  output.out << render_table({"id", "name", "begins with", "scopes", "last used", "ends"}, rows);
  return exit_ok;
}

int revoke_token(const Connection& connection, const std::string& id, Output& output) {
  ApiClient api(connection);
  const Result<Answer> answer = api.call("DELETE", "/api/v1/tokens/" + http::percent_encode(id));
  if (!answer) return refused(answer.error(), output);
  if (output.json) output.out << "{}\n";
  return exit_ok;
}

}  // namespace sluice::cli
