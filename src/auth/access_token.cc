#include "auth/access_token.h"

#include <sodium.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "auth/error_codes.h"
#include "auth/token.h"
#include "base/base64.h"
#include "base/ids.h"

namespace sluice::auth {
namespace {

namespace json = boost::json;

constexpr std::string_view algorithm = "EdDSA";
constexpr std::string_view token_type = "at+jwt";
constexpr Micros second_us = 1'000'000;
/// Between the clocks of our own processes.
constexpr Micros skew_us = 60 * second_us;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  ///< The first two with their dot.
};

std::optional<Parts> parts_of(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
               token.substr(second + 1), token.substr(0, second)};
}

std::optional<json::object> object_of(std::string_view part) {
  const std::optional<std::string> text = base64_decode(part, Base64::url_unpadded);
  if (!text) return std::nullopt;
  boost::system::error_code broken;
  json::value value = json::parse(*text, broken);
  if (broken || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

/// Empty where it is not there or no text.
std::string_view text_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                : std::string_view();
}

/// Seconds as microseconds; nothing for what is no whole number, or one that no clock shows.
std::optional<Micros> time_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  const std::int64_t seconds = value->get_int64();
  if (seconds < 0 || seconds > 100'000'000'000) return std::nullopt;
  return seconds * second_us;
}

tl::unexpected<Error> invalid() {
  return fail(Errc::unauthenticated, Code::access_token_invalid,
              "That is no access token of this install.",
              "Log in: POST /api/v1/auth/login gives one.");
}

bool is_signed(const Parts& parts, std::string_view public_key) {
  const std::optional<std::string> signature = base64_decode(parts.signature, Base64::url_unpadded);
  return signature && signature->size() == crypto_sign_BYTES &&
         public_key.size() == crypto_sign_PUBLICKEYBYTES &&
         crypto_sign_verify_detached(bytes_of(*signature), bytes_of(parts.signed_text),
                                     parts.signed_text.size(), bytes_of(public_key)) == 0;
}

}  // namespace

std::string sign_access_token(const SigningKey& key, const AccessClaims& claims,
                              std::string_view audience) {
  const json::object header{{"alg", algorithm}, {"typ", token_type}, {"kid", key.id}};
  const json::object payload{{"iss", token_issuer},
                             {"aud", audience},
                             {"sub", claims.person_id},
                             {"sid", claims.session_id},
                             {"tid", claims.tenant.value},
                             {"iat", claims.issued_at_us / second_us},
                             {"exp", claims.expires_at_us / second_us},
                             {"jti", new_uuid_v7()}};
  std::string token = base64_encode(json::serialize(header), Base64::url_unpadded) + "." +
                      base64_encode(json::serialize(payload), Base64::url_unpadded);
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, bytes_of(token),
                       token.size(), bytes_of(key.private_key));
  return token + "." + base64_encode(signature, Base64::url_unpadded);
}

bool looks_like_jwt(std::string_view text) {
  // `{"` in base64url, whatever follows.
  return text.starts_with("eyJ") && parts_of(text).has_value();
}

Result<AccessClaims> verify_access_token(std::string_view token, const KeyFinder& find_key,
                                         Micros now_us) {
  if (token.size() > bearer_bytes_max) return invalid();
  const std::optional<Parts> parts = parts_of(token);
  if (!parts) return invalid();
  const std::optional<json::object> header = object_of(parts->header);
  if (!header || text_at(*header, "alg") != algorithm || text_at(*header, "typ") != token_type ||
      header->contains("crit")) {
    return invalid();
  }
  const std::optional<std::string> key = find_key(text_at(*header, "kid"));
  if (!key || !is_signed(*parts, *key)) return invalid();
  const std::optional<json::object> payload = object_of(parts->payload);
  if (!payload || text_at(*payload, "iss") != token_issuer ||
      text_at(*payload, "aud") != token_audience) {
    return invalid();
  }
  const std::optional<Micros> issued_at = time_at(*payload, "iat");
  const std::optional<Micros> expires_at = time_at(*payload, "exp");
  if (!issued_at || !expires_at || *issued_at > now_us + skew_us) return invalid();
  if (*expires_at <= now_us) {
    return fail(Errc::unauthenticated, Code::access_token_expired, "The access token has expired.",
                "POST /api/v1/auth/refresh gives the next one.");
  }
  AccessClaims claims{std::string(text_at(*payload, "sid")),
                      std::string(text_at(*payload, "sub")),
                      {std::string(text_at(*payload, "tid"))},
                      *issued_at,
                      *expires_at};
  if (!is_uuid(claims.session_id)) return invalid();
  return claims;
}

}  // namespace sluice::auth
