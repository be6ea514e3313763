#include "auth/signing_key.h"

#include <sodium.h>

#include "auth/error_codes.h"
#include "base/base64.h"
#include "base/ids.h"

namespace sluice::auth {
namespace {

constexpr std::size_t secret_bytes_min = 32;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

tl::unexpected<Error> sealed_otherwise() {
  return fail(Errc::data_loss, Code::signing_key_sealed,
              "A signing key was sealed with another SLUICE_SECRET_KEY.",
              "Give every process the same one; a new key is made by itself.");
}

}  // namespace

SigningKey make_signing_key() {
  SigningKey key;
  key.id = new_uuid_v7();
  key.public_key.resize(crypto_sign_PUBLICKEYBYTES);
  key.private_key.resize(crypto_sign_SECRETKEYBYTES);
  crypto_sign_keypair(bytes_of(key.public_key), bytes_of(key.private_key));
  return key;
}

Result<KeySealer> KeySealer::create(std::string_view secret) {
  if (secret.size() < secret_bytes_min) {
    return fail(Errc::invalid_argument, Code::secret_key_short,
                "SLUICE_SECRET_KEY has fewer than 32 characters.",
                "Use 32 random bytes: head -c 32 /dev/urandom | base64.");
  }
  constexpr std::string_view purpose = "sluice signing keys";
  std::string key(crypto_secretbox_KEYBYTES, '\0');
  crypto_generichash_state state;
  crypto_generichash_init(&state, bytes_of(purpose), purpose.size(), key.size());
  crypto_generichash_update(&state, bytes_of(secret), secret.size());
  crypto_generichash_final(&state, bytes_of(key), key.size());
  return KeySealer(std::move(key));
}

std::string KeySealer::seal(const SigningKey& key) const {
  const std::string plain = key.id + key.private_key;
  std::string sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.size(), '\0');
  randombytes_buf(sealed.data(), crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(bytes_of(sealed) + crypto_secretbox_NONCEBYTES, bytes_of(plain),
                        plain.size(), bytes_of(sealed), bytes_of(key_));
  return base64_encode(sealed);
}

Result<SigningKey> KeySealer::open(std::string_view id, std::string_view sealed) const {
  const std::optional<std::string> bytes = base64_decode(sealed);
  constexpr std::size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  const std::size_t plain_bytes = id.size() + crypto_sign_SECRETKEYBYTES;
  if (!bytes || bytes->size() != overhead + plain_bytes) return sealed_otherwise();
  std::string plain(plain_bytes, '\0');
  if (crypto_secretbox_open_easy(bytes_of(plain), bytes_of(*bytes) + crypto_secretbox_NONCEBYTES,
                                 bytes->size() - crypto_secretbox_NONCEBYTES, bytes_of(*bytes),
                                 bytes_of(key_)) != 0) {
    return sealed_otherwise();
  }
  if (!plain.starts_with(id)) return sealed_otherwise();
  SigningKey key;
  key.id = id;
  key.private_key = plain.substr(id.size());
  key.public_key.resize(crypto_sign_PUBLICKEYBYTES);
  crypto_sign_ed25519_sk_to_pk(bytes_of(key.public_key), bytes_of(key.private_key));
  return key;
}

}  // namespace sluice::auth
