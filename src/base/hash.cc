#include "base/hash.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <vector>

namespace sluice {

// OpenSSL's takes the processor's own instructions, several times as fast as sodium's portable
// code: an upload waits for the hash of its Parquet file.
struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

namespace {

void require(int done) {
  if (done != 1) throw std::runtime_error("OpenSSL has no SHA-256 or no memory");
}

}  // namespace

Sha256::Sha256() : state_(std::make_unique<State>()) {
  require(EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr));
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

std::string Sha256::finish_hex() {
  unsigned char digest[crypto_hash_sha256_BYTES];
  require(EVP_DigestFinal_ex(state_->context.get(), digest, nullptr));
  char hex[2 * sizeof digest + 1];
  sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
  return hex;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish_hex();
}

Result<std::string> sha256_file_hex(const std::filesystem::path& path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                       &std::fclose);
  if (!file) return fail(error_from_errno(errno, "Cannot read", path.string()));
  Sha256 hash;
  std::vector<char> buffer(1 << 18);
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    hash.update({buffer.data(), got});
  }
  if (std::ferror(file.get()) != 0) {
    return fail(error_from_errno(errno, "Cannot read", path.string()));
  }
  return hash.finish_hex();
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  unsigned char digest_a[crypto_hash_sha256_BYTES];
  unsigned char digest_b[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest_a, reinterpret_cast<const unsigned char*>(a.data()), a.size());
  crypto_hash_sha256(digest_b, reinterpret_cast<const unsigned char*>(b.data()), b.size());
  return sodium_memcmp(digest_a, digest_b, sizeof digest_a) == 0;
}

}  // namespace sluice
