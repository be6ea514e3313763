#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/permissions.h"
#include "dataset/dataset.h"

namespace sluice::auth {

/// What proved who is asking.
enum class CredentialKind : std::uint8_t {
  token,    ///< An API token.
  session,  ///< A person's login: its access token.
};

/// Who is asking, once a credential was recognised. The credential itself is never kept beyond its
/// check.
struct Principal {
  TenantId tenant;
  std::string credential_id;  ///< Of the token or the session, UUIDv7: what logs may name.
  Permissions permissions;
  CredentialKind kind = CredentialKind::token;
  std::string person_id = {};    ///< Whose session, or who made the token; empty where nobody did.
  std::string name = {};         ///< The person's login, or the token's name.
  std::string csrf_sha256 = {};  ///< Of a browser's session: what its unsafe requests must show.

  bool operator==(const Principal&) const = default;
};

/// Longest credential that is looked at: a token of ours has 68 characters, an access token some
/// 600, one of an identity provider with many groups some thousands.
inline constexpr std::size_t bearer_bytes_max = 8'192;

/// `slc_` and 256 bits from the kernel's generator as lower-case hex: shown once, stored only as
/// its hash.
std::string make_token();

/// True for what make_token makes; anything else need not be looked up.
bool is_token(std::string_view text);

/// `slc_` and the first 8 digits: what may be shown, so that a token can be told from others.
std::string token_prefix(std::string_view token);

/// What is stored and looked up: SHA-256 as lower-case hex. A plain hash is enough, since the token
/// is 256 random bits and cannot be guessed from it.
std::string token_sha256(std::string_view token);

/// The credential of an `Authorization` header's value, `Bearer X`: scheme in any case, one or more
/// spaces, then a b64token (RFC 6750 section 2.1). nullopt for every other scheme or form. The view
/// is into `header_value`.
std::optional<std::string_view> bearer_credential(std::string_view header_value);

}  // namespace sluice::auth
