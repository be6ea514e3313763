#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "dataset/dataset.h"

namespace sluice::auth {

/// What a token may do with its tenant's datasets.
enum class Scope {
  full,  ///< Read, write, delete, sync.
  read,  ///< Read and query only.
};

std::string_view name_of(Scope scope);
std::optional<Scope> parse_scope(std::string_view name);

/// Who is asking, once a token was recognised. The token itself is never kept beyond its check.
struct Principal {
  TenantId tenant;
  std::string token_id;  ///< UUIDv7 of the stored token: what logs may name.
  Scope scope = Scope::full;

  bool operator==(const Principal&) const = default;
};

/// Longest credential that is looked at; ours has 68 characters, an MCP_API_KEY may be anyone's
/// choice.
inline constexpr std::size_t bearer_bytes_max = 512;

/// `slc_` and 256 bits from the kernel's generator as lower-case hex: shown once, stored only as
/// its hash.
std::string make_token();

/// True for what make_token makes; anything else need not be looked up.
bool is_token(std::string_view text);

/// What is stored and looked up: SHA-256 as lower-case hex. A plain hash is enough, since the token
/// is 256 random bits and cannot be guessed from it.
std::string token_sha256(std::string_view token);

/// The credential of an `Authorization` header's value, `Bearer X`: scheme in any case, one or more
/// spaces, then a b64token (RFC 6750 section 2.1). nullopt for every other scheme or form. The view
/// is into `header_value`.
std::optional<std::string_view> bearer_credential(std::string_view header_value);

}  // namespace sluice::auth
