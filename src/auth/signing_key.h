#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::auth {

/// An Ed25519 key that signs access tokens. Holds a secret: never logged, stored only sealed.
struct SigningKey {
  std::string id;           ///< The `kid` of what it signs.
  std::string public_key;   ///< 32 bytes.
  std::string private_key;  ///< 64 bytes.
};

SigningKey make_signing_key();

/// What seals private keys for storing: made of SLUICE_SECRET_KEY. A value that holds a secret.
class KeySealer {
 public:
  /// `secret_key_short` for a secret of fewer than 32 characters. It must be random: nothing slows
  /// down who guesses it.
  static Result<KeySealer> create(std::string_view secret);

  /// The private key under this one, as base64; bound to the key's id.
  std::string seal(const SigningKey& key) const;
  /// `signing_key_sealed` where it was sealed with another secret, for another id, or is damaged.
  Result<SigningKey> open(std::string_view id, std::string_view sealed) const;

 private:
  explicit KeySealer(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

}  // namespace sluice::auth
