#include "auth/password.h"

#include <sodium.h>

#include <algorithm>

#include "auth/error_codes.h"
#include "base/ascii.h"
#include "base/utf8.h"

namespace sluice::auth {
namespace {

/// Picks the fastest code for this processor; without it hashing takes twice as long.
void use_sodium() {
  static const int ready = sodium_init();
  static_cast<void>(ready);
}

bool is_blank_or_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7F;
}

}  // namespace

Result<std::string> normal_login(std::string_view login) {
  const std::string_view bare = trimmed(login);
  const auto bad = [](const char* why) {
    return fail(Errc::invalid_argument, Code::bad_login, std::string("The login ") + why + ".",
                "Use an e-mail address or a name without blanks.");
  };
  if (bare.empty()) return bad("is empty");
  if (bare.size() > login_bytes_max) return bad("is longer than 254 bytes (login_bytes_max)");
  if (std::any_of(bare.begin(), bare.end(), is_blank_or_control)) return bad("holds blanks");
  if (!is_utf8(bare)) return bad("is not UTF-8");
  return lowered(bare);
}

Result<void> check_new_password(std::string_view password, std::string_view login) {
  const auto bad = [](std::string why) {
    return fail(
        Errc::invalid_argument, Code::bad_password, "The password " + std::move(why) + ".",
        "Take at least 10 characters: a few words are better than a short word with signs.");
  };
  if (password.size() < password_bytes_min) {
    return bad("is shorter than 10 characters (password_bytes_min)");
  }
  if (password.size() > password_bytes_max) {
    return bad("is longer than 1,024 bytes (password_bytes_max)");
  }
  if (!is_utf8(password)) return bad("is not UTF-8");
  if (lowered(password) == lowered(login)) return bad("is the login");
  return {};
}

Result<std::string> hash_password(std::string_view password, const PasswordCost& cost) {
  use_sodium();
  char hash[crypto_pwhash_STRBYTES] = {};
  if (crypto_pwhash_str(hash, password.data(), password.size(), cost.passes, cost.memory_bytes) !=
      0) {
    return fail(Errc::unavailable, Code::password_memory,
                "There was not enough memory to hash a password.", "Try again in a moment.");
  }
  return std::string(hash);
}

bool password_matches(std::string_view password_hash, std::string_view password) {
  use_sodium();
  char hash[crypto_pwhash_STRBYTES] = {};
  if (password_hash.size() >= sizeof hash) return false;
  std::copy(password_hash.begin(), password_hash.end(), hash);
  return crypto_pwhash_str_verify(hash, password.data(), password.size()) == 0;
}

bool needs_rehash(std::string_view password_hash, const PasswordCost& cost) {
  const std::string hash(password_hash);
  return crypto_pwhash_str_needs_rehash(hash.c_str(), cost.passes, cost.memory_bytes) != 0;
}

}  // namespace sluice::auth
