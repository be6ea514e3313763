#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "auth/signing_key.h"
#include "base/clock.h"
#include "base/result.h"
#include "dataset/dataset.h"

namespace sluice::auth {

/// What an access token says: whose session it is of, and until when. What the person may is not in
/// it: that is asked of the session, so that a change of role counts at once.
struct AccessClaims {
  std::string session_id;  ///< `sid`.
  std::string person_id;   ///< `sub`.
  TenantId tenant;         ///< `tid`.
  Micros issued_at_us = 0;
  Micros expires_at_us = 0;

  bool operator==(const AccessClaims&) const = default;
};

/// `iss` and `aud` of ours.
inline constexpr std::string_view token_issuer = "sluice";
inline constexpr std::string_view token_audience = "sluice-api";
inline constexpr Micros access_token_lifetime_us = 15LL * 60 * 1'000'000;

/// A JWT (RFC 7519, typ `at+jwt` of RFC 9068) signed with EdDSA (RFC 8037). Times are cut to
/// seconds.
std::string sign_access_token(const SigningKey& key, const AccessClaims& claims,
                              std::string_view audience = token_audience);

/// True where it is worth a look: three parts of base64url, of which the first is a JSON object.
bool looks_like_jwt(std::string_view text);

/// The public key (32 bytes) of a `kid`; nothing where it is not one of ours.
using KeyFinder = std::function<std::optional<std::string>(std::string_view key_id)>;

/// The claims of a token that one of our keys signed, for us, and that has not expired.
/// `access_token_expired`, or `access_token_invalid` for everything else that is wrong: the words
/// never say how near it came. The algorithm is EdDSA whatever the token says.
Result<AccessClaims> verify_access_token(std::string_view token, const KeyFinder& find_key,
                                         Micros now_us);

}  // namespace sluice::auth
