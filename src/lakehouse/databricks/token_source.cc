#include "lakehouse/databricks/token_source.h"

#include <algorithm>

#include <boost/json.hpp>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/files.h"
#include "http/percent_encoding.h"
#include "lakehouse/databricks/api_error.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;

/// The official clients hold a token for ended so long before it ends.
constexpr std::chrono::seconds expiry_margin{40};
/// They renew from the middle of its life on, at most so long before its end.
constexpr std::chrono::minutes renewal_window{20};
constexpr std::chrono::seconds fetch_deadline{30};
/// RFC 6749 lets a server leave `expires_in` out.
constexpr std::int64_t lifetime_s_unsaid = 600;
/// The application that Azure Databricks is at Entra ID, the same in every directory.
constexpr const char* azure_databricks_scope = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default";

/// What Entra ID's numbers mean (learn.microsoft.com, "Microsoft Entra authentication and
/// authorization error codes"), for an application that signs in by its secret.
struct EntraRefusal {
  const char* number;
  const char* remedy;
};

const EntraRefusal entra_refusals[] = {
    {"AADSTS7000222",
     "The client secret has expired: make another in Entra ID (App registrations, Certificates & "
     "secrets), set ARM_CLIENT_SECRET to its value, and sync again."},
    {"AADSTS7000215",
     "ARM_CLIENT_SECRET must be the secret's value, not its id, of the application ARM_CLIENT_ID "
     "(Entra ID, App registrations, Certificates & secrets). Set it, and sync again."},
    {"AADSTS700016",
     "The directory ARM_TENANT_ID has no application ARM_CLIENT_ID: set both as the application's "
     "page in Entra ID shows them, and sync again."},
    {"AADSTS7000112",
     "Have the application's service principal switched on in Entra ID (Enterprise applications, "
     "Properties), and sync again."},
    {"AADSTS90002", "ARM_TENANT_ID names no directory of Entra ID: correct it, and sync again."},
    {"AADSTS900023", "ARM_TENANT_ID names no directory of Entra ID: correct it, and sync again."},
    {"AADSTS500011",
     "The directory ARM_TENANT_ID does not know Azure Databricks: set it to the directory that the "
     "workspace is in, and sync again."},
    {"AADSTS5300",
     "Have the administrator of Entra ID except our principal or this machine's address from the "
     "policy of Conditional Access, and sync again."},
};

/// RFC 8693, and what Databricks' own clients send (databricks-sdk-py, oidc.py).
constexpr const char* token_exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr const char* jwt = "urn:ietf:params:oauth:token-type:jwt";
constexpr std::size_t federated_token_bytes_max = 64U << 10U;

constexpr const char* token_file_remedy =
    "DATABRICKS_OIDC_TOKEN_FILEPATH must name a file that holds the identity provider's token (a "
    "JWT) and that Sluice may read. Then sync again.";

tl::unexpected<Error> bad_token_file(const std::string& path, const std::string& problem) {
  return fail(Errc::unauthenticated, Code::databricks_token,
              "The token file " + path + " " + problem + ".", token_file_remedy);
}

Result<std::string> federated_token(const FederatedIdentity& federated) {
  if (federated.token_file.empty()) return federated.token;
  const Result<std::string> text = read_file(federated.token_file, federated_token_bytes_max);
  if (!text) return bad_token_file(federated.token_file, "cannot be read: " + text.error().detail);
  const std::string_view token = trimmed(*text);
  if (token.empty()) return bad_token_file(federated.token_file, "is empty");
  return std::string(token);
}

/// What a policy looks at of a JWT, ` (iss …, sub …, aud …)`; empty where it is none. None of it is
/// a secret.
std::string claims_of(const std::string& token) {
  constexpr std::size_t claim_length_max = 200;
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string::npos ? first : token.find('.', first + 1);
  if (second == std::string::npos) return {};
  const auto payload = base64_decode(std::string_view(token).substr(first + 1, second - first - 1),
                                     Base64::url_unpadded);
  boost::system::error_code bad;
  const json::value claims = payload ? json::parse(*payload, bad) : json::value();
  if (bad || !claims.is_object()) return {};
  std::string said;
  for (const char* name : {"iss", "sub", "aud"}) {
    const json::value* claim = claims.get_object().if_contains(name);
    if (claim == nullptr) continue;
    const std::string text = json::serialize(*claim).substr(0, claim_length_max);
    said += (said.empty() ? "" : ", ") + std::string(name) + " " + text;
  }
  return said.empty() ? said : " The token says: " + said + ".";
}

/// Why a secret is refused is most often that it is one of the other kind.
std::string remedy_for_refusal(const Connection& connection, const std::string& said) {
  if (is_federated(connection)) {
    return std::string(
               "Make a federation policy in the account that trusts this token's issuer, "
               "subject and audience") +
           (connection.client_id.empty()
                ? ", or set DATABRICKS_CLIENT_ID to the service principal whose policy does"
                : " for the service principal of DATABRICKS_CLIENT_ID") +
           "; and see that the token has not expired. Then sync again.";
  }
  if (!connection.entra.client_id.empty()) {
    for (const EntraRefusal& refusal : entra_refusals) {
      if (said.find(refusal.number) != said.npos) return refusal.remedy;
    }
    return "Check ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET, which must be a client "
           "secret "
           "of Entra ID that has not expired, and sync again.";
  }
  return "DATABRICKS_CLIENT_SECRET must be an OAuth secret that was made at Databricks for this "
         "principal (its page, Secrets), not a client secret of Entra ID: for one of those set "
         "ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET instead. Then sync again.";
}

}  // namespace

Result<std::string> TokenSource::token(const std::string& token_url, const std::stop_token& stop) {
  if (!connection_.token.empty()) return connection_.token;
  std::unique_lock lock(mutex_);
  while (true) {
    const Clock::time_point now = Clock::now();
    const bool usable = !grant_.token.empty() && now < grant_.expires_at;
    if (usable && (now < grant_.renew_at || fetching_)) return grant_.token;
    if (!fetching_) break;
    if (!fetched_.wait(lock, stop, [this] { return !fetching_; })) {
      return fail(work_stopped());
    }
  }
  fetching_ = true;
  lock.unlock();
  Result<Grant> fresh = fetch(token_url, stop);
  lock.lock();
  fetching_ = false;
  fetched_.notify_all();
  if (fresh) {
    grant_ = std::move(*fresh);
    return grant_.token;
  }
  // The old one holds a while yet: the next call tries again.
  if (!grant_.token.empty() && Clock::now() < grant_.expires_at) return grant_.token;
  return fail(fresh.error());
}

bool TokenSource::reject(const std::string& token) {
  if (!connection_.token.empty()) return false;
  const std::lock_guard lock(mutex_);
  if (grant_.token == token) grant_ = {};
  return true;
}

http::ClientRequest TokenSource::request_of(const std::string& token_url,
                                            const std::string& federated) const {
  http::ClientRequest request;
  request.method = "POST";
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  if (is_federated(connection_)) {
    request.url = token_url;
    request.body = std::string("grant_type=") + http::percent_encode(token_exchange) +
                   "&scope=all-apis&subject_token_type=" + http::percent_encode(jwt) +
                   "&subject_token=" + http::percent_encode(federated);
    if (!connection_.client_id.empty()) {
      request.body += "&client_id=" + http::percent_encode(connection_.client_id);
    }
    return request;
  }
  request.body = "grant_type=client_credentials";
  const EntraPrincipal& entra = connection_.entra;
  if (entra.client_id.empty()) {
    request.url = token_url;
    request.headers.set("Authorization", "Basic " + base64_encode(connection_.client_id + ":" +
                                                                  connection_.client_secret));
    request.body += "&scope=all-apis";
    return request;
  }
  request.url = entra.login_host + "/" + entra.tenant_id + "/oauth2/v2.0/token";
  request.body += "&client_id=" + http::percent_encode(entra.client_id) +
                  "&client_secret=" + http::percent_encode(entra.client_secret) +
                  "&scope=" + http::percent_encode(azure_databricks_scope);
  return request;
}

Result<TokenSource::Grant> TokenSource::fetch(const std::string& token_url,
                                              const std::stop_token& stop) const {
  TRY_ASSIGN(const std::string federated, federated_token(connection_.federated));
  http::ClientRequest request = request_of(token_url, federated);
  request.deadline = fetch_deadline;
  request.response_bytes_max = 64U << 10U;
  request.stop_token = stop;
  const Clock::time_point asked = Clock::now();
  TRY_ASSIGN(const http::ClientResponse response, client_.send(request));
  if (response.status != 200) {
    ApiError error = api_error_of(response);
    // RFC 6749 5.2: a client that is refused gets 400 or 401, with a name for what it did wrong;
    // `temporarily_unavailable` is not its doing.
    if (error.status == 400) error.status = 401;
    if (error.status == 401) {
      const FailureClass named = classify(error);
      if (named != FailureClass::transient && named != FailureClass::needs_person) {
        error.code = "invalid_client";
      }
    }
    Error refused = to_error(error, "Getting a token");
    if (refused.code == Code::databricks_token) {
      refused.detail += claims_of(federated);
      refused.remedy = remedy_for_refusal(connection_, error.message);
    }
    return fail(std::move(refused));
  }
  boost::system::error_code bad;
  const json::value body = json::parse(response.body, bad);
  const json::object* object = bad ? nullptr : body.if_object();
  const json::value* text = object == nullptr ? nullptr : object->if_contains("access_token");
  if (text == nullptr || !text->is_string()) {
    return fail(Errc::unavailable, Code::databricks_unavailable,
                "Getting a token: the answer holds none.", "Check DATABRICKS_HOST.");
  }
  std::int64_t lifetime_s = lifetime_s_unsaid;
  if (const json::value* expires = object->if_contains("expires_in")) {
    boost::system::error_code no_number;
    const auto said = expires->to_number<std::int64_t>(no_number);
    if (!no_number) lifetime_s = said;
  }
  const std::chrono::seconds lifetime(std::max<std::int64_t>(lifetime_s, 1));
  Grant grant;
  grant.token = std::string(text->get_string());
  // A test's token of a few seconds has no forty to spare.
  grant.expires_at = asked + lifetime - std::min<std::chrono::seconds>(expiry_margin, lifetime / 4);
  grant.renew_at = grant.expires_at - std::min<std::chrono::seconds>(renewal_window, lifetime / 2);
  return grant;
}

}  // namespace sluice::lakehouse::databricks
