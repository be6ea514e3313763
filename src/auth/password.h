#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::auth {

/// What hashing a password costs: memory and passes over it. The default is OWASP's least for
/// argon2id. About 30 ms of one core; the hash itself says with which cost it was made.
struct PasswordCost {
  std::uint64_t memory_bytes = 19ULL << 20;
  std::uint32_t passes = 2;
};

/// What argon2id can be told here.
inline constexpr std::uint64_t password_memory_bytes_min = 8ULL << 10;
inline constexpr std::uint64_t password_memory_bytes_max = 1ULL << 30;
/// NIST SP 800-63B: length is what counts, and no rule of letters and digits.
inline constexpr std::size_t password_bytes_min = 10;
/// Longer than any passphrase; each is hashed.
inline constexpr std::size_t password_bytes_max = 1'024;
inline constexpr std::size_t login_bytes_max = 254;  ///< As of an e-mail address (RFC 5321).

/// In the form in which logins are kept and compared: without blanks around it, A–Z in small
/// letters. `bad_login` for one that is empty, too long, or holds blanks or control characters.
Result<std::string> normal_login(std::string_view login);

/// `bad_password`: too short, too long, not UTF-8, or the login itself.
Result<void> check_new_password(std::string_view password, std::string_view login);

/// argon2id, in the form of crypto_pwhash_str, with a salt of its own. Takes `cost.memory_bytes`
/// and the time; the caller bounds how many run at once. `password_memory` where there is none.
Result<std::string> hash_password(std::string_view password, const PasswordCost& cost);

/// In a time that does not depend on where they differ. False for a hash that is not ours too.
/// Takes what the hash says it costs.
bool password_matches(std::string_view password_hash, std::string_view password);

/// True where the hash was made with another cost, so that a login can replace it.
bool needs_rehash(std::string_view password_hash, const PasswordCost& cost);

}  // namespace sluice::auth
